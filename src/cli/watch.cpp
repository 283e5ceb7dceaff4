// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/watch.hpp"

#include "cli/attention.hpp"
#include "cli/changes.hpp"
#include "cli/report_view.hpp"
#include "cli/screen.hpp"
#include "cli/window_size.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string_view>

namespace cihost::cli {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr milliseconds watch_look_period{1000};
/// A storm of changes is shown that often.
constexpr milliseconds shortest_pause{100};
constexpr window_size usual_window{24, 80};

/// What changes all the time while nothing happens.
constexpr std::array<std::string_view, 21> measurements{"uptime",
                                                        "signal",
                                                        "packets",
                                                        "continuity_errors",
                                                        "transport_errors",
                                                        "overflows",
                                                        "emm_sections",
                                                        "tpdus_sent",
                                                        "tpdus_received",
                                                        "ecms",
                                                        "bytes",
                                                        "clear_packets",
                                                        "crypto_periods",
                                                        "trace_report",
                                                        "stale_scrambling_bits",
                                                        "pmt_complete_at",
                                                        "ca_pmts_sent",
                                                        "dropped_packets",
                                                        "scrambled_packets",
                                                        "scrambled_before_clear",
                                                        "scrambled_after_clear"};

/// The rest.
json::value essence(const json::value& v) {
    if (const auto* array = v.if_array()) {
        json::array some;
        for (const auto& entry : *array)
            some.push_back(essence(entry));
        return some;
    }
    if (const auto* object = v.if_object()) {
        json::object some;
        for (const auto& member : *object)
            if (std::ranges::find(measurements, std::string_view{member.key()}) ==
                measurements.end())
                some[member.key()] = essence(member.value());
        return some;
    }
    return v;
}

/// One block below the other, for files and pipes.
void print_on_change(control_client& daemon, changes& news, bool as_json, const terminal& t,
                     attention& signals) {
    std::optional<json::value> before;
    do {
        const auto status = daemon.call("status");
        auto now = essence(status);
        if (now == before)
            continue;
        if (before && !as_json)
            t.out << "\n";
        t.out << (as_json ? json::serialize(status) + "\n" : status_text(status, t.style))
              << std::flush;
        before = std::move(now);
    } while (news.next(signals) != changes::reason::ended);
}

void draw_on_change(control_client& daemon, changes& news, const terminal& t, attention& signals) {
    screen window{t.out};
    for (;;) {
        const auto status = daemon.call("status");
        window.draw(status_text(status, t.style) + "\n", window_of(t.window).value_or(usual_window),
                    "Ctrl-C ends this.");
        const auto meanwhile = signals.wait(shortest_pause, {});
        if (meanwhile == attention::reason::ended)
            return;
        if (meanwhile == attention::reason::time_over &&
            news.next(signals) == changes::reason::ended)
            return;
    }
}

} // namespace

exit_status watch_status(control_client& daemon, bool as_json, const terminal& t) {
    attention signals;
    if (t.window >= 0 && !as_json) {
        changes news{daemon,
                     {"receivers", "cams", "services", "recordings", "menus", "measurements"},
                     watch_look_period};
        draw_on_change(daemon, news, t, signals);
    } else {
        changes news{
            daemon, {"receivers", "cams", "services", "recordings", "menus"}, watch_look_period};
        print_on_change(daemon, news, as_json, t, signals);
    }
    return exit_status::done;
}

} // namespace cihost::cli
