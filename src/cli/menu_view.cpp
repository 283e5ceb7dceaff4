// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/menu_view.hpp"

#include "base/counted.hpp"

#include <cstddef>
#include <functional>

namespace cihost::cli {
namespace {

std::string right(std::size_t number, std::size_t width) {
    const auto digits = std::to_string(number);
    return std::string(width > digits.size() ? width - digits.size() : 0, ' ') + digits;
}

/// The texts are the module's, and may have line breaks.
std::string indented(json_view text, std::size_t spaces,
                     const std::function<std::string(const std::string&)>& look) {
    std::string all;
    for (const auto& line : text.lines())
        all += std::string(spaces, ' ') + look(line) + "\n";
    return all;
}

std::string plain(const std::string& line) { return line; }

} // namespace

std::string menu_text(json_view menu, const style& s) {
    auto text = indented(menu["title"], 0, [&](const auto& line) { return s.strong(line); });
    text += indented(menu["subtitle"], 0, plain);
    const auto& choices = menu["choices"].list();
    const bool numbered = menu["form"].text() == "menu";
    const auto width = std::to_string(choices.size()).size();
    std::size_t number = 0;
    for (const auto& choice : choices) {
        ++number;
        auto words = indented(json_view{choice}, numbered ? width + 4 : 2, plain);
        if (words.empty())
            words = "\n";
        if (numbered)
            words = "  " + right(number, width) +
                    (words.size() > width + 2 ? words.substr(width + 2) : "\n");
        text += words;
    }
    return text + indented(menu["bottom"], 0, [&](const auto& line) { return s.faint(line); });
}

std::string menu_prompt(json_view menu) {
    const auto form = menu["form"].text();
    if (form == "enquiry") {
        std::string hints;
        if (const auto length = menu["answer_length"].number())
            hints = counted(*length, "character", "characters") + ", ";
        if (menu["blind"].flag())
            hints += "not shown, ";
        return "Answer (" + hints + "nothing: no answer): ";
    }
    const auto choices = menu["choices"].list().size();
    if (form == "list" || choices == 0)
        return "0 when you have read it: ";
    return "Choice (1" + (choices > 1 ? " to " + std::to_string(choices) : "") + ", 0: back): ";
}

} // namespace cihost::cli
