// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/changes.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <string>

namespace cihost::cli {

changes::changes(control_client& daemon, std::initializer_list<std::string_view> topics,
                 std::chrono::milliseconds look_period)
    : daemon_{daemon}
    , look_period_{look_period} {
    boost::json::array names;
    for (const auto topic : topics)
        names.emplace_back(topic);
    try {
        daemon_.call("subscribe", {{"topics", std::move(names)}});
        told_ = true;
    } catch (const control_refused& e) {
        if (!e.unknown_method())
            throw;
    }
}

changes::reason changes::next(attention& signals, int input,
                              std::optional<std::chrono::milliseconds> limit) {
    if (!told_)
        limit = std::min(look_period_, limit.value_or(look_period_));
    bool changed = false;
    for (;;) {
        while (const auto news = daemon_.notification()) {
            const auto* method = news->if_contains("method");
            changed = changed || *method == boost::json::value("changed");
        }
        if (changed)
            return reason::changed;
        switch (signals.wait(limit, {daemon_.fd(), input})) {
        case attention::reason::time_over:
            return reason::changed;
        case attention::reason::resized:
            return reason::resized;
        case attention::reason::ended:
            return reason::ended;
        case attention::reason::readable:
            break;
        }
        if (input >= 0 && readable(input))
            return reason::input;
    }
}

} // namespace cihost::cli
