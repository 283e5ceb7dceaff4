// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/recording_list.hpp"

#include "base/from_errno.hpp"

#include <cihost/ts/packet.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <utility>

namespace cihost::runtime {

namespace {

bool is_finished(const recording_report& r) { return r.state == "stopped" || r.state == "failed"; }

} // namespace

recording_list::recording_list(control_queue& control, disk_writer& disk, stream_pump& pump,
                               const multiplex& tables, time_point zero, hooks h)
    : control_{control}
    , disk_{disk}
    , pump_{pump}
    , tables_{tables}
    , zero_{zero}
    , hooks_{std::move(h)} {}

result<std::uint64_t> recording_list::start(std::uint16_t program_number,
                                            const std::filesystem::path& file) {
    std::error_code ignored;
    const bool taken = std::ranges::any_of(recordings_, [&](const auto& known) {
        return !is_finished(known.second.report) && known.second.file->path() == file;
    });
    if (taken || std::filesystem::exists(file, ignored))
        return from_errno(EEXIST);
    if (recordings_.size() - ended_.size() >= max_active)
        return from_errno(EMFILE);

    const auto id = next_id_++;
    auto& r = recordings_[id];
    r.report.id = id;
    r.report.program_number = program_number;
    r.report.file = file.string();
    r.report.state = "waiting";
    r.file = disk_.create(file, ts::packet_size, [this, &control = control_, id](std::string why) {
        control.post([this, id, why = std::move(why)] { failed(id, why); });
    });
    pump_.post([tap = std::make_shared<recording_tap>(id, program_number, disk_, r.file)](
                   stream_analysis& analysis) { analysis.add(tap); });
    pmt_changed(program_number);
    hooks_.want(program_number);
    hooks_.log({severity::info, "recording",
                "Recording " + std::to_string(id) + " of service " +
                    std::to_string(program_number) + " goes to " + file.string() + "."});
    return id;
}

void recording_list::pmt_changed(std::uint16_t program_number) {
    const auto* const service = tables_.find(program_number);
    if (service == nullptr || !service->pmt)
        return;
    for (const auto& [id, r] : recordings_)
        if (r.report.program_number == program_number && !is_finished(r.report))
            pump_.post([id = id, pmt = *service->pmt, pid = service->pmt_pid,
                        multiplex_id =
                            tables_.transport_stream_id().value_or(0)](stream_analysis& analysis) {
                analysis.set_pmt(id, pmt, multiplex_id, pid);
            });
}

void recording_list::service_gone(std::uint16_t program_number) {
    for (auto& [id, r] : recordings_)
        if (r.report.program_number == program_number && !is_finished(r.report)) {
            wait(r);
            pump_.post([id = id](stream_analysis& analysis) { analysis.suspend(id); });
        }
}

void recording_list::retuned() {
    for (auto& [id, r] : recordings_)
        if (!is_finished(r.report))
            wait(r);
}

void recording_list::wait(recording& r) {
    r.away_since = std::chrono::steady_clock::now();
    if (std::exchange(r.report.state, "waiting") == "recording")
        hooks_.log({severity::warning, "recording",
                    "Recording " + std::to_string(r.report.id) +
                        " waits: its service is gone from the stream."});
}

void recording_list::update(const std::vector<recording_figures>& all) {
    for (const auto& figures : all)
        if (const auto it = recordings_.find(figures.id); it != recordings_.end())
            if (!is_finished(it->second.report))
                take(it->second, figures);
}

void recording_list::take(recording& r, const recording_figures& figures) {
    r.figures = figures;
    // figures from before the service went may still be under way
    if (r.report.state != "waiting" || figures.flowing_since == never ||
        figures.flowing_since < r.away_since)
        return;
    r.report.state = "recording";
    hooks_.log({severity::info, "recording",
                "Recording " + std::to_string(r.report.id) +
                    (r.away_since == time_point::min() || figures.started_at >= r.away_since
                         ? " has begun: the service is clear."
                         : " goes on: the service is back.")});
}

void recording_list::failed(std::uint64_t id, const std::string& sentence) {
    const auto it = recordings_.find(id);
    if (it == recordings_.end() || is_finished(it->second.report))
        return;
    it->second.report.reason = sentence;
    hooks_.log({severity::error, "recording", sentence});
    finish(id);
}

error_code recording_list::stop(std::uint64_t id, std::function<void(recording_report)> done) {
    const auto it = recordings_.find(id);
    if (it == recordings_.end())
        return from_errno(ENOENT);
    auto& r = it->second;
    if (is_finished(r.report)) {
        // not from within this call: the caller may not be ready for it
        control_.post([done = std::move(done), report = report_of(r)] {
            if (done)
                done(report);
        });
        return {};
    }
    if (done)
        r.waiting.push_back(std::move(done));
    finish(id);
    return {};
}

void recording_list::finish(std::uint64_t id) {
    auto& r = recordings_.at(id);
    if (std::exchange(r.stopping, true))
        return;
    pump_.post([this, &control = control_, id](stream_analysis& analysis) {
        const auto figures = analysis.remove(id);
        control.post([this, &control, id, figures] {
            disk_.close(recordings_.at(id).file, [this, &control, id, figures] {
                control.post([this, id, figures] {
                    finished(id, figures.value_or(recording_figures{.id = id}));
                });
            });
        });
    });
}

void recording_list::finished(std::uint64_t id, const recording_figures& figures) {
    auto& r = recordings_.at(id);
    r.figures = figures;
    if (figures.started_at == never && r.report.reason.empty())
        r.report.reason = hooks_.reason(r.report.program_number);
    r.report.state = r.file->failed() ? "failed" : "stopped";
    hooks_.unwant(r.report.program_number);
    const auto final = report_of(r);
    hooks_.log({severity::info, "recording",
                "Recording " + std::to_string(id) + " is closed with " +
                    std::to_string(final.packets) + " packets."});
    const auto waiting = std::exchange(r.waiting, {});
    ended_.push_back(id);
    if (ended_.size() > max_ended) {
        recordings_.erase(ended_.front());
        ended_.pop_front();
    }
    for (const auto& done : waiting)
        done(final);
}

recording_report recording_list::report_of(const recording& r) const {
    auto report = r.report;
    report.bytes = r.file->written();
    report.packets = r.figures.packets;
    report.dropped_packets = r.figures.dropped;
    report.scrambled_packets = r.figures.scrambled;
    report.continuity_errors = r.figures.continuity_errors;
    if (r.figures.started_at != never)
        report.started_at = std::chrono::duration<double>(r.figures.started_at - zero_).count();
    if (report.state == "waiting" && report.reason.empty())
        report.reason = hooks_.reason(report.program_number);
    return report;
}

std::vector<recording_report> recording_list::reports() const {
    std::vector<recording_report> all;
    for (const auto& [id, r] : recordings_)
        all.push_back(report_of(r));
    return all;
}

} // namespace cihost::runtime
