// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/state_words.hpp"

#include <algorithm>
#include <array>

namespace cihost {

std::string state_words(std::string_view state) {
    static constexpr std::array<std::string_view, 5> abbreviations{"ca", "cam", "ecm", "pat",
                                                                   "pmt"};
    std::string text;
    while (!state.empty()) {
        const auto end = std::min(state.find('_'), state.size());
        std::string word{state.substr(0, end)};
        if (std::ranges::find(abbreviations, word) != abbreviations.end())
            std::ranges::transform(word, word.begin(),
                                   [](char c) { return static_cast<char>(c - 'a' + 'A'); });
        text += (text.empty() ? "" : " ") + word;
        state.remove_prefix(std::min(end + 1, state.size()));
    }
    return text;
}

} // namespace cihost
