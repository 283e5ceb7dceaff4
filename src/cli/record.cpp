// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/record.hpp"

#include "base/printable.hpp"
#include "cli/interruption.hpp"
#include "cli/json_view.hpp"
#include "cli/report_view.hpp"
#include "cli/text.hpp"

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

json::value service_param(const std::string& service) {
    const bool number =
        std::all_of(service.begin(), service.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (number)
        return std::stoul(service);
    return json::value(service);
}

json::object params_of(const record_command& what) {
    json::object params{{"service", service_param(what.service)}};
    if (what.file)
        params["file"] = what.file->string();
    if (what.receiver)
        params["receiver"] = *what.receiver;
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

    void show(const json::value& recording, clock::duration since) {
        if (!terminal_.progress)
            return;
        const auto time = std::chrono::duration_cast<std::chrono::seconds>(since);
        terminal_.err << "\r\x1b[K" << elapsed(time) << "  "
                      << recording_line(recording, terminal_.style) << std::flush;
        shown_ = true;
    }

  private:
    const terminal& terminal_;
    bool shown_ = false;
};

/// Until Ctrl-C, the end of the duration, or the end of the recording: then its last report.
std::optional<json::value> follow(control_client& daemon, std::uint64_t id,
                                  std::optional<std::chrono::seconds> duration,
                                  interruption& interrupted, const terminal& t) {
    progress_line line{t};
    const auto start = clock::now();
    for (;;) {
        auto recording = find(daemon.call("record.list"), id);
        if (recording && ended(*recording))
            return recording;
        if (recording)
            line.show(*recording, clock::now() - start);
        auto pause = progress_period;
        if (duration) {
            const auto left = std::chrono::ceil<milliseconds>(start + *duration - clock::now());
            if (left.count() <= 0)
                return std::nullopt;
            pause = std::min(pause, left);
        }
        if (interrupted.wait(pause))
            return std::nullopt;
    }
}

} // namespace

exit_status record(control_client& daemon, const record_command& what, bool as_json,
                   const terminal& t) {
    std::optional<json::value> final;
    std::uint64_t id = 0;
    {
        // from before the start on: Ctrl-C must not leave a recording behind
        interruption interrupted;
        const auto started = daemon.call("record.start", params_of(what));
        const json_view v{started};
        id = v["id"].number().value_or(0);
        t.err << "Recording " << id << " of " << printable(what.service) << " to "
              << v["file"].text() << (what.duration ? "" : ", until Ctrl-C") << "\n";
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
    return failed || nothing ? exit_status::refused : exit_status::done;
}

} // namespace cihost::cli
