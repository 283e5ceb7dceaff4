// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cam_place.hpp"
#include "cli/declare.hpp"

#include <algorithm>
#include <memory>

namespace cihost::cli {
namespace {

struct menu_words {
    std::string place;
    bool show = false;
    std::string choose;
    bool answer = false;
    bool back = false;
    bool close = false;
    std::string id;
};

/// CLI11 would take -1 for the largest number.
std::string number_fault(const std::string& text) {
    const bool digits = !text.empty() && text.size() < 10 &&
                        std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    return digits && std::stoul(text) > 0 ? std::string{} : "'" + text + "' is no number from 1 on";
}

menu_command command_of(const menu_words& w) {
    using action = menu_command::action;
    menu_command c;
    c.where = parse_cam_place(w.place);
    if (!w.id.empty())
        c.id = std::stoul(w.id);
    if (!w.choose.empty()) {
        c.what = action::choose;
        c.choice = static_cast<unsigned>(std::stoul(w.choose));
    } else {
        c.what = w.show     ? action::show
                 : w.answer ? action::answer_from_stdin
                 : w.back   ? action::back
                 : w.close  ? action::close
                            : action::walk;
    }
    return c;
}

} // namespace

void declare_menu(CLI::App& app, chosen_command& chosen) {
    const auto w = std::make_shared<menu_words>();
    auto* menu = app.add_subcommand("menu", "walk the menus of a CAM, and answer what it asks");
    menu->add_option("place", w->place, "the slot; not needed if there is one CAM only")
        ->type_name("RECEIVER[:SLOT]");
    auto* show = menu->add_flag("--show", w->show,
                                "print what the CAM shows; ask for its menu if it shows nothing");
    auto* choose = menu->add_option("--choose", w->choose, "pick this choice of a menu")
                       ->type_name("N")
                       ->check(number_fault);
    auto* answer = menu->add_flag("--answer-stdin", w->answer,
                                  "answer a question with one line of stdin, such as a PIN");
    auto* back = menu->add_flag("--back", w->back,
                                "back from a menu, done with a list, no answer to a question");
    auto* close = menu->add_flag("--close", w->close, "end what the CAM shows");
    auto* id = menu->add_option("--id", w->id, "only if the CAM still shows what had this id")
                   ->type_name("ID")
                   ->check(number_fault);
    const auto actions = {show, choose, answer, back, close};
    for (auto* one : actions)
        for (auto* other : actions)
            if (one != other)
                one->excludes(other);
    id->excludes(show)->excludes(close);
    menu->final_callback([w, &chosen] { chosen = command_of(*w); });
    add_example(*menu, "cihost menu roof:0\n"
                       "  pass show cam-pin | cihost menu roof:0 --answer-stdin");
}

} // namespace cihost::cli
