// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/log_view.hpp"

#include "base/printable.hpp"
#include "base/table.hpp"
#include "cli/json_view.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>

namespace cihost::cli {
namespace {

constexpr std::array<std::string_view, 4> level_words{"debug", "info", "warning", "error"};

/// In the reader's own time zone.
std::string local_time(double unix_seconds) {
    if (!(unix_seconds >= 0 && unix_seconds < 1e11))
        return "-";
    const auto whole = static_cast<std::time_t>(unix_seconds);
    std::tm local{};
    std::array<char, 32> text{};
    if (::localtime_r(&whole, &local) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local) == 0)
        return "-";
    return text.data();
}

std::string coloured_level(const std::string& level, const style& s) {
    if (level == "error")
        return s.bad(level);
    if (level == "warning")
        return s.waiting(level);
    return level == "debug" ? s.faint(level) : level;
}

} // namespace

std::optional<severity> log_level(std::string_view word) noexcept {
    const auto* const found = std::ranges::find(level_words, word);
    if (found == level_words.end())
        return std::nullopt;
    return static_cast<severity>(std::distance(level_words.begin(), found));
}

std::string log_line_text(const boost::json::value& line, const style& s) {
    const json_view v{line};
    const auto at = v["at"].real();
    auto text = (at ? local_time(*at) : "-") + "  ";
    text += coloured_level(v["level"].text(), s);
    text += "  " + v["area"].text();
    if (const auto receiver = v["receiver"].text(); !receiver.empty())
        text += "  " + s.strong(receiver);
    return text + "  " + v["message"].text() + "\n";
}

bool is_wanted(const boost::json::value& line, const log_command& what) {
    const json_view v{line};
    // a level that is not known yet is no reason to keep the line back
    if (const auto level = log_level(v["level"].text()); level && *level < what.level)
        return false;
    return !what.receiver || v["receiver"].text() == *what.receiver;
}

std::string log_levels_text(const boost::json::value& levels) {
    table t{{{"area", table::align::left}, {"level", table::align::left}}};
    const auto* o = levels.if_object();
    const auto* all = o != nullptr ? o->if_contains("levels") : nullptr;
    if (all != nullptr && all->is_object())
        for (const auto& member : all->get_object())
            t.add({printable({member.key().data(), member.key().size()}),
                   json_view{member.value()}.text()});
    return t.empty() ? "cihostd names no areas of its log.\n" : t.text(2);
}

} // namespace cihost::cli
