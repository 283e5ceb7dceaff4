// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "runtime/control_queue.hpp"
#include "runtime/disk_writer.hpp"
#include "runtime/receiver.hpp"
#include "runtime/recording_gaps.hpp"
#include "runtime/stream_pump.hpp"
#include "runtime/stream_watch.hpp"
#include "runtime/tap_feed.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>
#include <cihost/ts/packet.hpp>

#include <chrono>
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
/// each at a disk writer of its own, so that a disk that stalls holds up nobody else's.
class recording_list {
  public:
    /// Those that have not ended: each costs a file, a buffer and a share of every packet.
    static constexpr std::size_t max_active = 64;
    /// Those that have ended and are still reported: the latest.
    static constexpr std::size_t max_ended = 100;
    /// What is kept for a disk that stalls: 10 s of 26 Mbit/s.
    static constexpr std::size_t max_queued = std::size_t{32} << 20;
    /// A disk that takes longer for one block is said to stall.
    static constexpr std::chrono::milliseconds stall_time{1000};

    struct hooks {
        log_function log;
        /// A recording wants its service for as long as it runs.
        std::function<void(std::uint16_t program_number)> want;
        std::function<void(std::uint16_t program_number)> unwant;
        /// Why a service is not clear.
        std::function<std::string(std::uint16_t program_number)> reason;
        /// Empty: the file system's.
        disk_writer::open_function create_file;
    };

    recording_list(control_queue& control, stream_pump& pump, tap_feed feed, time_point zero,
                   hooks h);

    /// errno EMFILE when there are max_active already, EEXIST for a number that there is.
    result<std::uint64_t> start(const recording_order& what, recording_created created);
    error_code stop(std::uint64_t id, std::function<void(recording_report)> done);
    std::vector<recording_report> reports() const;

    /// Some have not ended.
    bool active() const noexcept { return recordings_.size() > ended_.size(); }
    /// What is not on the disks is lost.
    void give_up_disks();

    void pmt_changed(std::uint16_t program_number);
    void events_changed(std::uint16_t program_number);
    void descriptions_changed();
    /// The service is not there: its recordings wait for it.
    void service_gone(std::uint16_t program_number);
    /// As if every service were gone. The pump knows already.
    void retuned();
    /// The pump's latest figures.
    void update(const std::vector<recording_figures>& all);

  private:
    struct recording {
        recording_report report;
        std::shared_ptr<disk_writer> disk;
        std::shared_ptr<disk_file> file;
        std::shared_ptr<recording_gaps> gaps = std::make_shared<recording_gaps>();
        recording_created created;
        /// Somebody named the file, and is told what is wrong with that.
        bool named = false;
        /// The file could not be created: it has never been.
        bool never_was = false;
        /// What is wrong with the disk.
        std::string trouble;
        bool stalled = false;
        recording_figures figures;
        std::vector<std::function<void(recording_report)>> waiting;
        bool stopping = false;
        /// Since when the service is away; min: it was there all the time.
        time_point away_since = time_point::min();
    };

    disk_file_order order_for(std::uint64_t id, const recording_order& what,
                              const std::shared_ptr<recording_gaps>& gaps);
    void created(std::uint64_t id, const std::filesystem::path& file);
    void disk_troubled(std::uint64_t id, const std::string& sentence);
    void watch_disk(recording& r);
    void wait(recording& r);
    void take(recording& r, const recording_figures& figures);
    void failed(std::uint64_t id, const std::string& sentence);
    /// Takes the tap out of the pump, closes the file; finished() follows.
    void finish(std::uint64_t id);
    void finished(std::uint64_t id, const recording_figures& figures);
    recording_report report_of(const recording& r) const;

    control_queue& control_;
    stream_pump& pump_;
    const tap_feed feed_;
    const time_point zero_;
    const hooks hooks_;
    std::map<std::uint64_t, recording> recordings_;
    /// In the order in which they ended.
    std::deque<std::uint64_t> ended_;
    std::uint64_t next_id_ = 1;
};

} // namespace cihost::runtime
