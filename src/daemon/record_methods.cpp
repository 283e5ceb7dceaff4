// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/record_methods.hpp"

#include "daemon/report_json.hpp"
#include "daemon/rpc_params.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>
#include <variant>

namespace cihost::daemon {

namespace json = boost::json;

namespace {
/// As the command line has it.
constexpr std::uint64_t longest_duration = 240 * 3600;

/// Whether a connection has ended.
std::function<bool()> end_of(const rpc_dispatcher::client& who) {
    return [client = std::weak_ptr{who}] {
        const auto there = client.lock();
        return !there || there->gone();
    };
}
} // namespace

json::object to_json(const booked_recording& recording) {
    auto object = to_json(recording.running);
    object["title"] = recording.title;
    object["end"] = recording.end
                        ? json::value(std::chrono::system_clock::to_time_t(*recording.end))
                        : json::value(nullptr);
    object["earlier_files"] =
        json::array(recording.earlier_files.begin(), recording.earlier_files.end());
    const auto part = recording.earlier_files.size() + 1;
    json::array gaps;
    for (const auto& gap : recording.running.report.gaps)
        gaps.push_back(to_json(gap, part));
    object["gaps"] = std::move(gaps);
    object["gap_count"] = recording.running.report.gap_count;
    return object;
}

void record_methods::start(const json::object& params, const rpc_dispatcher::client& who,
                           rpc_dispatcher::reply done) {
    const rpc_params p{params, {"service", "file", "receiver", "duration", "resume", "attached"}};
    recording_request what;
    what.service = p.required_service("service");
    what.receiver = p.text("receiver");
    if (const auto file = p.text("file"))
        what.file = (directory_ / *file).lexically_normal();
    if (const auto seconds = p.number("duration")) {
        if (*seconds == 0 || *seconds > longest_duration)
            throw rpc_error{rpc_code::invalid_params, "'duration' is " + std::to_string(*seconds) +
                                                          ". Allowed: 1 to 864000 (seconds)"};
        what.duration = std::chrono::seconds{*seconds};
    }
    const bool attached = p.flag("attached").value_or(false);
    what.outlives_daemon = p.flag("resume").value_or(!attached);
    if (attached && what.outlives_daemon)
        throw rpc_error{rpc_code::invalid_params,
                        "'resume' is for a recording that outlives its connection. Allowed: "
                        "'attached' without 'resume', or with false"};
    if (attached)
        what.abandoned = end_of(who);
    book_.start(what, [done = std::move(done)](
                          const std::variant<recording_book::started, rpc_error>& outcome) {
        if (const auto* const failed = std::get_if<rpc_error>(&outcome))
            return done(*failed);
        const auto& [recording, name, remark] = std::get<recording_book::started>(outcome);
        done(json::value{{"id", recording.report.id},
                         {"file", recording.report.file},
                         {"receiver", recording.receiver},
                         {"program_number", recording.report.program_number},
                         {"name", name},
                         {"remark", remark}});
    });
}

void record_methods::stop(const json::object& params, rpc_dispatcher::reply done) {
    const rpc_params p{params, {"id"}};
    book_.stop(p.required_number("id"), [done = std::move(done)](const booked_recording& finished) {
        done(json::value(to_json(finished)));
    });
}

json::object record_methods::list() {
    json::array all;
    for (const auto& recording : book_.list())
        all.push_back(to_json(recording));
    return {{"recordings", std::move(all)}};
}

} // namespace cihost::daemon
