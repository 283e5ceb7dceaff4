// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/bytes.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>

namespace cihost::sim {

/// Writes the source and the on-air stream to two files, in step, on a thread of its own: a slow
/// disk must not stall the air. A dump with a hole would prove nothing, so what cannot be written
/// ends both of them, and finish() says why.
class dump_writer {
  public:
    /// An empty name: not that one.
    dump_writer(const std::string& source_file, const std::string& on_air_file);
    dump_writer(const dump_writer&) = delete;
    dump_writer& operator=(const dump_writer&) = delete;
    ~dump_writer();

    /// The same packets before and after scrambling.
    void write(bytes source, bytes on_air);
    /// What went wrong so far, a sentence; empty = nothing.
    std::string failure();
    /// Everything is on disk, or a sentence says what went wrong; empty = well.
    std::string finish();

  private:
    struct block {
        bytes source;
        bytes on_air;
    };

    void run();
    void note_failure();

    const std::string source_file_;
    const std::string on_air_file_;
    /// The writing thread's.
    std::ofstream source_;
    std::ofstream on_air_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<block> queue_;
    std::size_t queued_bytes_ = 0;
    bool finished_ = false;
    std::string failure_;
    std::thread thread_;
};

} // namespace cihost::sim
