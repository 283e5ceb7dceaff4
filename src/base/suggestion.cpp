// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <vector>

namespace cihost {
namespace {

/// Longer input is no slip of the finger, and the cost grows with its square.
constexpr std::size_t longest = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Optimal string alignment distance, by three rows of its table.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0U : 1U)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

} // namespace

std::optional<std::string> suggestion(std::string_view typed, std::span<const std::string> words) {
    if (typed.empty() || typed.size() > longest)
        return std::nullopt;
    std::optional<std::string> best;
    std::size_t best_distance = std::max<std::size_t>(1, typed.size() / 3) + 1;
    for (const auto& word : words) {
        if (word.size() > longest)
            continue;
        const auto d = distance(typed, word);
        if (d < best_distance) {
            best_distance = d;
            best = word;
        }
    }
    return best;
}

std::optional<std::string> unknown_command(std::string_view typed,
                                           std::span<const std::string> commands) {
    if (typed.empty() || typed.front() == '-' ||
        std::find(commands.begin(), commands.end(), typed) != commands.end())
        return std::nullopt;
    auto sentence = "'" + std::string(typed.substr(0, longest)) + "' is not a command";
    if (const auto meant = suggestion(typed, commands))
        return sentence + "; did you mean '" + *meant + "'?";
    return sentence + ". Commands: " + join(commands) + ".";
}

std::vector<std::string> distinct(std::vector<std::string> words) {
    std::set<std::string> met;
    std::erase_if(words, [&](const std::string& word) { return !met.insert(word).second; });
    return words;
}

std::string join(std::span<const std::string> words) {
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string join(std::span<const std::string> words, std::size_t most) {
    if (words.size() <= most)
        return join(words);
    return join(words.first(most)) + " and " + std::to_string(words.size() - most) + " more";
}

} // namespace cihost
