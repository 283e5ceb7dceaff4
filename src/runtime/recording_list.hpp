// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "runtime/control_queue.hpp"
#include "runtime/disk_writer.hpp"
#include "runtime/multiplex.hpp"
#include "runtime/receiver.hpp"
#include "runtime/stream_pump.hpp"
#include "runtime/stream_watch.hpp"

#include <cihost/time.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cihost::runtime {

/// The recordings of one receiver, on the control thread: their taps live in the pump, their files
/// at the disk writer.
class recording_list {
  public:
    /// Those that have not ended: each costs a file, a buffer and a share of every packet.
    static constexpr std::size_t max_active = 64;
    /// Those that have ended and are still reported: the latest.
    static constexpr std::size_t max_ended = 100;

    struct hooks {
        log_function log;
        /// A recording wants its service for as long as it runs.
        std::function<void(std::uint16_t program_number)> want;
        std::function<void(std::uint16_t program_number)> unwant;
        /// Why a service is not clear.
        std::function<std::string(std::uint16_t program_number)> reason;
    };

    recording_list(control_queue& control, disk_writer& disk, stream_pump& pump,
                   const multiplex& tables, time_point zero, hooks h);

    /// errno EEXIST when the file is there, EMFILE when there are max_active already.
    result<std::uint64_t> start(std::uint16_t program_number, const std::filesystem::path& file);
    error_code stop(std::uint64_t id, std::function<void(recording_report)> done);
    std::vector<recording_report> reports() const;

    void pmt_changed(std::uint16_t program_number);
    /// The service is not there: its recordings wait for it.
    void service_gone(std::uint16_t program_number);
    /// As if every service were gone. The pump knows already.
    void retuned();
    /// The pump's latest figures.
    void update(const std::vector<recording_figures>& all);

  private:
    struct recording {
        recording_report report;
        std::shared_ptr<disk_file> file;
        recording_figures figures;
        std::vector<std::function<void(recording_report)>> waiting;
        bool stopping = false;
        /// Since when the service is away; min: it was there all the time.
        time_point away_since = time_point::min();
    };

    void wait(recording& r);
    void take(recording& r, const recording_figures& figures);
    void failed(std::uint64_t id, const std::string& sentence);
    /// Takes the tap out of the pump, closes the file; finished() follows.
    void finish(std::uint64_t id);
    void finished(std::uint64_t id, const recording_figures& figures);
    recording_report report_of(const recording& r) const;

    control_queue& control_;
    disk_writer& disk_;
    stream_pump& pump_;
    const multiplex& tables_;
    const time_point zero_;
    const hooks hooks_;
    std::map<std::uint64_t, recording> recordings_;
    /// In the order in which they ended.
    std::deque<std::uint64_t> ended_;
    std::uint64_t next_id_ = 1;
};

} // namespace cihost::runtime
