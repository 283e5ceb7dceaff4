// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/record.hpp"

#include "base/printable.hpp"
#include "cli/interruption.hpp"
#include "cli/json_view.hpp"
#include "cli/report_view.hpp"
#include "cli/screen.hpp"
#include "cli/text.hpp"
#include "cli/window_size.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace cihost::cli {
namespace {

namespace json = boost::json;
using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds progress_period{500};
/// Once it should have ended.
constexpr milliseconds end_period{50};

json::object params_of(const record_command& what) {
    json::object params{{"service", service_param(what.service)}};
    if (what.file)
        params["file"] = what.file->string();
    if (what.receiver)
        params["receiver"] = *what.receiver;
    // without this command nobody would end it
    if (what.duration)
        params["duration"] = what.duration->count();
    else if (!what.background)
        params["attached"] = true;
    return params;
}

std::optional<json::value> find(const json::value& list, std::uint64_t id) {
    for (const auto& entry : json_view{list}["recordings"].list())
        if (json_view{entry}["id"].number() == id)
            return entry;
    return std::nullopt;
}

bool ended(const json::value& recording) {
    const auto state = json_view{recording}["state"].text();
    return state == "failed" || state == "stopped";
}

/// One line on stderr, written over again and again.
class progress_line {
  public:
    explicit progress_line(const terminal& t)
        : terminal_{t} {}
    ~progress_line() {
        if (shown_)
            terminal_.err << "\r\x1b[K" << std::flush;
    }
    progress_line(const progress_line&) = delete;
    progress_line& operator=(const progress_line&) = delete;

    /// A line that stays.
    void say(const std::string& sentence) {
        terminal_.err << (shown_ ? "\r\x1b[K" : "") << sentence << "\n";
        shown_ = false;
    }
    void show(const json::value& recording, clock::duration since) {
        if (!terminal_.progress)
            return;
        const auto time = std::chrono::duration_cast<std::chrono::seconds>(since);
        auto line = elapsed(time) + "  " + recording_line(recording, terminal_.style);
        // a line that breaks would not be written over; the last column is left alone, where some
        // terminals break already
        if (const auto window = window_of(terminal_.err_window))
            line = cut(line, window->columns - 1);
        terminal_.err << "\r\x1b[K" << line << std::flush;
        shown_ = true;
    }

  private:
    const terminal& terminal_;
    bool shown_ = false;
};

/// Until Ctrl-C, or the end of the recording, which is the daemon's to find: then its last report.
std::optional<json::value> follow(control_client& daemon, std::uint64_t id,
                                  std::optional<std::chrono::seconds> duration,
                                  interruption& interrupted, const terminal& t) {
    progress_line line{t};
    const auto start = clock::now();
    std::string told;
    for (;;) {
        auto recording = find(daemon.call("record.list"), id);
        if (recording && ended(*recording))
            return recording;
        if (recording) {
            const json_view now{*recording};
            // what is wrong with its disk; one that waits has other reasons
            if (const auto why = now["reason"].text();
                now["state"].text() == "recording" && why != told) {
                line.say("Recording " + std::to_string(id) + ": " +
                         (why.empty() ? "The disk takes it again." : why));
                told = why;
            }
            line.show(*recording, clock::now() - start);
        }
        auto pause = progress_period;
        if (duration) { // look when it ends
            const auto left = std::chrono::ceil<milliseconds>(start + *duration - clock::now());
            pause = left.count() > 0 ? std::min(pause, left) : end_period;
        }
        if (interrupted.wait(pause))
            return std::nullopt;
    }
}

} // namespace

json::value service_param(const std::string& service) {
    const bool number =
        std::all_of(service.begin(), service.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (number)
        return std::stoul(service);
    return json::value(service);
}

exit_status record(control_client& daemon, const record_command& what, bool as_json,
                   const terminal& t) {
    std::optional<json::value> final;
    std::uint64_t id = 0;
    if (what.background) {
        const auto started = daemon.call("record.start", params_of(what), disk_patience);
        if (as_json)
            t.out << json::serialize(started) << "\n";
        else
            t.out << "Recording " << json_view{started}["id"].number().value_or(0) << " of "
                  << printable(what.service) << " to " << json_view{started}["file"].text()
                  << (what.duration ? "" : ", until it is stopped") << "\n";
        return exit_status::done;
    }
    {
        // from before the start on: Ctrl-C must not leave a recording behind
        interruption interrupted;
        const auto started = daemon.call("record.start", params_of(what), disk_patience);
        const json_view v{started};
        id = v["id"].number().value_or(0);
        t.err << "Recording " << id << " of " << printable(what.service) << " to "
              << v["file"].text() << (what.duration ? "" : ", until Ctrl-C") << "\n";
        if (const auto remark = v["remark"].text(); !remark.empty())
            t.err << remark << "\n";
        final = follow(daemon, id, what.duration, interrupted, t);
    }
    // a second Ctrl-C leaves the rest to the daemon
    if (!final)
        final = daemon.call("record.stop", {{"id", id}}, disk_patience);

    const auto line = recording_line(*final, t.style);
    if (as_json)
        t.out << json::serialize(*final) << "\n";
    const json_view report{*final};
    const bool failed = report["state"].text() == "failed";
    const bool nothing = report["bytes"].number().value_or(0) == 0;
    if (failed)
        t.err << "Recording " << id << " failed: " << report["reason"].text() << "\n";
    else if (nothing)
        t.err << "Recording " << id << ": nothing was recorded. " << report["reason"].text()
              << "\n";
    else if (!as_json)
        t.out << line << "\n";
    if (failed || nothing)
        return exit_status::refused;
    return report["dropped_packets"].number().value_or(0) > 0 ? exit_status::incomplete
                                                              : exit_status::done;
}

} // namespace cihost::cli
