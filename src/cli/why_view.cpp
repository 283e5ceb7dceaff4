// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/why_view.hpp"

#include "base/state_words.hpp"
#include "base/table.hpp"
#include "cli/json_view.hpp"

namespace cihost::cli {

bool found_clear(const boost::json::value& why) { return json_view{why}["clear"].flag(); }

std::string why_text(const boost::json::value& why, const style& s) {
    const json_view v{why};
    const auto cause = state_words(v["cause"].text());
    auto title = v["service"]["name"].text();
    if (const auto number = v["service"]["program_number"].number(); number && *number != 0)
        title += title.empty() ? std::to_string(*number) : " (" + std::to_string(*number) + ")";
    auto text = s.strong(title) + ": " +
                (cause == "clear"   ? s.good(cause)
                 : found_clear(why) ? s.waiting(cause)
                                    : s.bad(cause)) +
                "\n  " + v["sentence"].text() + "\n";
    if (const auto remedy = v["remedy"].text(); !remedy.empty())
        text += "  " + remedy + "\n";
    table t{{{"evidence", table::align::left}, {"", table::align::left}}};
    for (const auto& entry : v["evidence"].list()) {
        const json_view e{entry};
        t.add({table::cell{e["what"].text()}, table::cell{e["value"].text()}});
    }
    return t.empty() ? text : text + "\n" + t.text(2);
}

} // namespace cihost::cli
