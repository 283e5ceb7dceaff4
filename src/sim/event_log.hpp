// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/time.hpp>

#include <boost/json/object.hpp>

#include <fstream>
#include <optional>
#include <string>

namespace cihost::sim {

/// What happened in the simulator, one JSON object a line:
/// {"t": seconds since start, "who": "cam"|"headend"|"receiver", "event": "…", …}. Lines are
/// flushed as they come. Control words go to a file of their own, never to this one.
class event_log {
  public:
    /// Writes nowhere: for tests that do not look.
    event_log() = default;
    event_log(const std::string& file, time_point start);

    /// Says what "t" counts from, as seconds of CLOCK_MONOTONIC: {"event":"clock","monotonic_s":…}.
    /// Other programs of the same machine can be put on one clock with it.
    void write_clock();
    void write(time_point now, const char* who, const char* event, boost::json::object fields = {});
    /// Why a line could not be written, a sentence; empty = all were. A log with a hole proves
    /// nothing, so nothing is written behind one.
    const std::string& failure() const noexcept { return failure_; }

  private:
    void write_line(const std::string& line);

    std::string name_;
    std::ofstream file_;
    std::string failure_;
    time_point start_{};
};

} // namespace cihost::sim
