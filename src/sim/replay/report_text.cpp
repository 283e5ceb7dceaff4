// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/replay/report_text.hpp"

#include "base/hex.hpp"
#include "base/printable.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <vector>

namespace cihost::sim {

namespace {

std::string seconds(duration value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f s", std::chrono::duration<double>(value).count());
    return text.data();
}

std::string count(std::size_t number, const std::string& one) {
    return std::to_string(number) + " " + one + (number == 1 ? "" : "s");
}

std::string sentence(replay_difference::kind what, const std::string& name) {
    switch (what) {
    case replay_difference::kind::missing:
        return name + " is missing";
    case replay_difference::kind::extra:
        return name + " is too much";
    case replay_difference::kind::changed:
        return name + " differs";
    case replay_difference::kind::ended:
        break;
    }
    return "the host ends the conversation: " + name;
}

std::string text(const replay_difference& d) {
    auto lines = "  at " + seconds(d.at);
    if (d.packet != 0)
        lines += ", packet " + std::to_string(d.packet);
    lines += ": " + sentence(d.what, d.name) + "\n";
    if (!d.recorded.empty())
        lines += "    recorded  " + to_hex(d.recorded) + "\n";
    if (!d.now.empty())
        lines += "    now       " + to_hex(d.now) + "\n";
    return lines;
}

std::string counted(const std::vector<std::string>& names) {
    std::string list;
    auto sorted = names;
    std::sort(sorted.begin(), sorted.end());
    for (auto at = sorted.begin(); at != sorted.end();) {
        const auto end = std::upper_bound(at, sorted.end(), *at);
        list += (list.empty() ? "" : ", ") + *at;
        if (end - at > 1)
            list += " (" + std::to_string(end - at) + " times)";
        at = end;
    }
    return list;
}

/// What does not matter, a line each.
std::string remarks(const replay_report& report) {
    std::string lines;
    const auto say = [&](const std::string& line) { lines += "  " + line + "\n"; };
    if (report.polls_now != report.polls_recorded)
        say(count(report.polls_now, "poll") + ", recorded " +
            std::to_string(report.polls_recorded));
    if (report.other_session_numbers)
        say("other session numbers");
    if (report.dates > 0)
        say(count(report.dates, "date") + " of the replay's own");
    if (report.reordered > 0)
        say(count(report.reordered, "message") + " sooner or later than others");
    if (report.afterwards > 0)
        say(count(report.afterwards, "message") + " after the end of the recording");
    if (!report.not_asked_for.empty())
        say("not asked of the host: " + counted(report.not_asked_for));
    return lines;
}

} // namespace

std::string report_text(const recording& what, const replay_report& report, std::size_t most) {
    std::string lines = "slot " + std::to_string(what.interface);
    if (!what.name.empty())
        lines += " (" + printable(what.name) + ")";
    lines += ": " + count(what.conversations.size(), "conversation") + ", " +
             count(report.module_messages, "message") + " of the module played, " +
             count(report.host_messages, "message") + " of the host compared\n";
    for (const auto other : what.others)
        lines += "slot " + std::to_string(other) + " is in the file too: --slot " +
                 std::to_string(other) + "\n";
    if (report.differences.empty()) {
        lines += "no differences that matter\n";
    } else {
        lines += "differences that matter: " + std::to_string(report.differences.size()) + "\n";
        for (std::size_t i = 0; i < std::min(most, report.differences.size()); ++i)
            lines += text(report.differences[i]);
        if (report.differences.size() > most)
            lines += "  and " + std::to_string(report.differences.size() - most) + " more\n";
    }
    if (const auto minor = remarks(report); !minor.empty())
        lines += "differences that do not matter:\n" + minor;
    if (!report.violations.empty())
        lines += "what the host complains about:\n  " + counted(report.violations) + "\n";
    return lines;
}

} // namespace cihost::sim
