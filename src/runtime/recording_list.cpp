// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/recording_list.hpp"

#include "base/counted.hpp"
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

/// Of one that is over; empty: nothing.
std::string disk_verdict(std::uint64_t lost_to_a_full_one, std::uint64_t lost_to_a_slow_one) {
    if (lost_to_a_full_one > 0)
        return "The disk was full: " + std::to_string(lost_to_a_full_one) +
               " packets are missing. Make room on it, or record to another one.";
    if (lost_to_a_slow_one > 0)
        return "The disk was too slow: " + std::to_string(lost_to_a_slow_one) +
               " packets are missing. Record to a faster one, or less at a time.";
    return {};
}

} // namespace

recording_list::recording_list(control_queue& control, stream_pump& pump, tap_feed feed,
                               time_point zero, hooks h)
    : control_{control}
    , pump_{pump}
    , feed_{feed}
    , zero_{zero}
    , hooks_{std::move(h)} {}

result<std::uint64_t> recording_list::start(const recording_order& what, recording_created done) {
    if (recordings_.size() - ended_.size() >= max_active)
        return from_errno(EMFILE);
    const auto id = what.id.value_or(next_id_);
    if (recordings_.contains(id))
        return from_errno(EEXIST);
    next_id_ = std::max(next_id_, id + 1);
    auto& r = recordings_[id];
    r.report.id = id;
    r.report.program_number = what.program_number;
    r.report.file = what.file.string();
    r.report.state = "waiting";
    r.created = std::move(done);
    r.named = !what.any_name;
    r.disk = std::make_shared<disk_writer>(max_queued, hooks_.create_file);
    r.file = r.disk->create(order_for(id, what, r.gaps));
    auto sink = [disk = r.disk, file = r.file](bytes block) {
        return disk->append(file, std::move(block));
    };
    pump_.post(
        [tap = std::make_shared<recording_tap>(id, what.program_number, std::move(sink), r.gaps)](
            stream_analysis& analysis) { analysis.add(tap); });
    feed_.all(id, what.program_number);
    hooks_.want(what.program_number);
    return id;
}

disk_file_order recording_list::order_for(std::uint64_t id, const recording_order& what,
                                          const std::shared_ptr<recording_gaps>& gaps) {
    disk_file_order order{.path = what.file,
                          .unit = ts::packet_size,
                          .any_name = what.any_name,
                          .beside = what.beside,
                          .outlasts_full_disk = true};
    auto& control = control_;
    order.failure = [this, &control, id](std::string why) {
        control.post([this, id, why = std::move(why)] { failed(id, why); });
    };
    order.created = [this, &control, id](const std::filesystem::path& file) {
        control.post([this, id, file] { created(id, file); });
    };
    order.lost = [this, &control, id, gaps](std::uint64_t position, std::size_t size,
                                            const std::string& why) {
        gaps->note(recording_gap::kind::disk, recording_gaps::clock::now(), position,
                   size / ts::packet_size);
        if (!why.empty())
            control.post([this, id, why] { disk_troubled(id, why); });
    };
    order.goes_on = [this, &control, id] { control.post([this, id] { disk_troubled(id, {}); }); };
    return order;
}

void recording_list::created(std::uint64_t id, const std::filesystem::path& file) {
    const auto it = recordings_.find(id);
    if (it == recordings_.end())
        return;
    auto& r = it->second;
    r.report.file = file.string();
    hooks_.log({severity::info, "recording",
                "Recording " + std::to_string(id) + " of service " +
                    std::to_string(r.report.program_number) + " goes to " + file.string() + "."});
    if (const auto done = std::exchange(r.created, nullptr))
        done({}, file);
}

/// Empty: it is over.
void recording_list::disk_troubled(std::uint64_t id, const std::string& sentence) {
    const auto it = recordings_.find(id);
    if (it == recordings_.end() || is_finished(it->second.report))
        return;
    auto& r = it->second;
    r.trouble = sentence.empty() ? sentence
                                 : sentence + " It goes on when there is room: make some, or stop "
                                              "it and record to another disk.";
    const auto number = "Recording " + std::to_string(id);
    if (sentence.empty())
        hooks_.log(
            {severity::info, "recording",
             number + " goes on: the disk takes it again. " +
                 counted(r.file->lost() / ts::packet_size, "packet is lost", "packets are lost") +
                 "."});
    else
        hooks_.log({severity::error, "recording", number + " has no room. " + r.trouble});
}

void recording_list::watch_disk(recording& r) {
    const bool stalls = r.disk && r.disk->busy() > stall_time;
    if (std::exchange(r.stalled, stalls) == stalls)
        return;
    const auto number = "Recording " + std::to_string(r.report.id);
    if (stalls)
        hooks_.log({severity::error, "recording",
                    number + " is held up: the disk under " + r.report.file + " does not answer. " +
                        std::to_string(max_queued >> 20) +
                        " MiB are kept for it, what is more is lost."});
    else
        hooks_.log({severity::info, "recording",
                    number + " goes on: the disk answers again, " +
                        counted(r.figures.dropped, "packet is lost", "packets are lost") + "."});
}

void recording_list::give_up_disks() {
    for (auto& [id, r] : recordings_)
        if (r.disk)
            r.disk->give_up();
}

void recording_list::pmt_changed(std::uint16_t program_number) {
    for (const auto& [id, r] : recordings_)
        if (r.report.program_number == program_number && !is_finished(r.report))
            feed_.pmt(id, program_number);
}

void recording_list::events_changed(std::uint16_t program_number) {
    for (const auto& [id, r] : recordings_)
        if (r.report.program_number == program_number && !is_finished(r.report))
            feed_.events(id, program_number);
}

void recording_list::descriptions_changed() {
    for (const auto& [id, r] : recordings_)
        if (!is_finished(r.report))
            feed_.description(id, r.report.program_number);
}

void recording_list::service_gone(std::uint16_t program_number) {
    for (auto& [id, r] : recordings_)
        if (r.report.program_number == program_number && !is_finished(r.report)) {
            wait(r);
            feed_.suspend(id);
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
    for (auto& [id, r] : recordings_)
        if (!is_finished(r.report))
            watch_disk(r);
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
    auto& r = it->second;
    r.report.reason = sentence;
    r.never_was = r.created != nullptr;
    hooks_.log({r.never_was && r.named ? severity::info : severity::error, "recording", sentence});
    finish(id);
    if (const auto created = std::exchange(r.created, nullptr))
        created(from_errno(r.file->error()), r.report.file);
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
            const auto& ended = recordings_.at(id);
            ended.disk->close(ended.file, [this, &control, id, figures] {
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
    r.trouble.clear();
    if (r.report.reason.empty())
        r.report.reason = disk_verdict(r.file->lost() / ts::packet_size, figures.dropped);
    if (figures.started_at == never && r.report.reason.empty())
        r.report.reason = hooks_.reason(r.report.program_number);
    r.report.state = r.file->failed() ? "failed" : "stopped";
    hooks_.unwant(r.report.program_number);
    r.disk.reset(); // it has nothing to do any more
    const auto final = report_of(r);
    const auto waiting = std::exchange(r.waiting, {});
    if (r.never_was) {
        recordings_.erase(id);
    } else {
        hooks_.log({severity::info, "recording",
                    "Recording " + std::to_string(id) + " is closed with " +
                        counted(final.packets, "packet", "packets") + "."});
        ended_.push_back(id);
        if (ended_.size() > max_ended) {
            recordings_.erase(ended_.front());
            ended_.pop_front();
        }
    }
    for (const auto& done : waiting)
        done(final);
}

recording_report recording_list::report_of(const recording& r) const {
    auto report = r.report;
    report.bytes = r.file->written();
    const auto lost = r.file->lost() / ts::packet_size;
    report.packets = r.figures.packets - std::min(lost, r.figures.packets);
    report.dropped_packets = r.figures.dropped + lost;
    report.scrambled_packets = r.figures.scrambled;
    report.continuity_errors = r.figures.continuity_errors;
    if (r.figures.started_at != never)
        report.began = std::chrono::system_clock::now() -
                       std::chrono::duration_cast<std::chrono::system_clock::duration>(
                           std::chrono::steady_clock::now() - r.figures.started_at);
    if (r.figures.started_at != never)
        report.started_at = std::chrono::duration<double>(r.figures.started_at - zero_).count();
    if (report.state == "waiting" && report.reason.empty())
        report.reason = hooks_.reason(report.program_number);
    if (!r.trouble.empty())
        report.reason = r.trouble;
    else if (r.stalled && !is_finished(r.report))
        report.reason = "The disk under " + report.file + " does not answer.";
    report.gaps = r.gaps->list();
    report.gap_count = r.gaps->count();
    return report;
}

std::vector<recording_report> recording_list::reports() const {
    std::vector<recording_report> all;
    for (const auto& [id, r] : recordings_)
        all.push_back(report_of(r));
    return all;
}

} // namespace cihost::runtime
