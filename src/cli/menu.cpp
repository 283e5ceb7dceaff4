// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/menu.hpp"

#include "cli/attention.hpp"
#include "cli/changes.hpp"
#include "cli/menu_view.hpp"
#include "cli/typed_lines.hpp"

#include <boost/json/serialize.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace cihost::cli {
namespace {

using std::chrono::milliseconds;
using action = menu_command::action;
using clock = std::chrono::steady_clock;

/// A module that has its answer may work on it.
constexpr milliseconds answer_patience{15'000};

control_refused interrupted() { return control_refused{"Interrupted; the CAM's menu stays as it is."}; }

/// Until `done`, or for so long; false: it did not come about.
template<class Done>
bool wait_for(cam_menu& cam, changes& news, attention& signals, milliseconds time, Done done) {
    const auto end = clock::now() + time;
    for (cam.look(); !done(); cam.look()) {
        const auto left = std::chrono::ceil<milliseconds>(end - clock::now());
        if (left.count() <= 0)
            return false;
        if (news.next(signals, -1, left) == changes::reason::ended)
            throw interrupted();
    }
    return true;
}

void show(cam_menu& cam, changes& news, attention& signals) {
    cam.look();
    if (!cam.shown().null())
        return;
    if (!cam.awaited())
        cam.ask();
    wait_for(cam, news, signals, answer_patience,
             [&] { return !cam.shown().null() || cam.refused_to(); });
    if (cam.shown().null())
        throw control_refused{"The CAM in " + cam.where().text() +
                              " was asked for its menu, and showed nothing. It may have none."};
}

/// What the module shows after its answer, which may be nothing.
void await_next(cam_menu& cam, changes& news, attention& signals, std::uint64_t answered) {
    const auto other = [&] { return !cam.shown().null() && cam.id() != answered; };
    wait_for(cam, news, signals, answer_patience, [&] { return other() || cam.shown().null(); });
    if (cam.shown().null())
        wait_for(cam, news, signals, menu_closing_pause, other);
}

std::string line_for(const cam_menu& cam, const terminal& t, attention& signals) {
    if (t.input < 0)
        throw control_refused{"There is no stdin to read the answer from."};
    typed_lines lines{t.input};
    if (t.person)
        t.err << menu_prompt(cam.shown()) << std::flush;
    lines.ask(cam.shown()["blind"].flag());
    for (;;) {
        if (signals.wait(std::nullopt, {t.input}) == attention::reason::ended)
            throw interrupted();
        if (!readable(t.input))
            continue;
        if (auto line = lines.read())
            return *line;
        if (lines.at_end())
            throw control_refused{"There was no line on stdin; nothing was answered."};
    }
}

/// Nothing else is a choice of what is shown; the daemon would say so in words of its own.
void require_choice(const cam_menu& cam, std::uint64_t choice) {
    const auto form = cam.shown()["form"].text();
    const auto place = cam.where().word();
    const auto count = cam.shown()["choices"].list().size();
    if (form == "enquiry")
        throw control_refused{"The CAM in " + place +
                              " asks for something in writing: --answer-stdin gives it, --back "
                              "gives no answer."};
    if (form == "list")
        throw control_refused{"The CAM in " + place +
                              " shows a list, in which nothing is chosen; --back is done with it."};
    if (choice == 0 || choice > count)
        throw control_refused{"There is no choice " + std::to_string(choice) +
                              " in what the CAM in " + place + " shows. Allowed: --choose 1 to " +
                              std::to_string(count) + ", or --back"};
}

void require_shown(const cam_menu& cam, const menu_command& what) {
    const auto place = cam.where().word();
    if (cam.shown().null())
        throw control_refused{"The CAM in " + place + " shows nothing; 'cihost menu " + place +
                              " --show' asks for its menu."};
    if (what.id && *what.id != cam.id())
        throw control_refused{"The CAM in " + place + " shows something else by now (id " +
                              std::to_string(cam.id()) + "); 'cihost menu " + place +
                              " --show' prints it."};
    if (what.what == action::answer_from_stdin && cam.shown()["form"].text() != "enquiry")
        throw control_refused{"The CAM in " + place +
                              " asks nothing that is answered in writing; see 'cihost menu " +
                              place + " --show', and --choose N or --back."};
    if (what.what == action::choose)
        require_choice(cam, what.choice);
}

void answer(cam_menu& cam, const menu_command& what, const terminal& t, attention& signals) {
    if (what.what == action::choose)
        cam.choose(what.choice);
    else if (what.what == action::back)
        cam.back();
    else
        cam.write(line_for(cam, t, signals));
}

void print(const cam_menu& cam, bool as_json, const terminal& t) {
    if (as_json)
        t.out << boost::json::serialize(cam.report()) << "\n";
    else if (cam.shown().null())
        t.out << "The CAM in " << cam.where().text() << " shows nothing any more.\n";
    else
        t.out << menu_text(cam.shown(), t.style);
    if (cam.answered())
        t.err << "The CAM has an answer to this, and shows nothing new yet.\n";
}

} // namespace

exit_status menu(control_client& daemon, const menu_command& what, bool as_json,
                 const terminal& t) {
    if (what.what == action::walk && (!t.person || as_json)) {
        t.err << "cihost: Walking through menus needs a terminal. Without one, or with --json, use "
                 "--show, --choose N, --answer-stdin, --back or --close.\n";
        return exit_status::usage;
    }
    cam_menu cam{daemon, what.where};
    if (what.what == action::walk)
        return walk_menu(daemon, cam, t);
    if (what.what == action::close) {
        cam.close();
        if (!as_json)
            t.out << "The CAM in " << cam.where().text() << " was told to end its menu.\n";
        else
            t.out << boost::json::serialize(cam.where().params()) << "\n";
        return exit_status::done;
    }
    attention signals;
    changes news{daemon, {"menus", "cams"}, menu_look_period};
    if (what.what == action::show) {
        show(cam, news, signals);
    } else {
        cam.look();
        require_shown(cam, what);
        const auto about = cam.id();
        answer(cam, what, t, signals);
        await_next(cam, news, signals, about);
    }
    print(cam, as_json, t);
    return exit_status::done;
}

} // namespace cihost::cli
