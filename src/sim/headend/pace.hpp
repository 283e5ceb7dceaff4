// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/ts/packet.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace cihost::sim {

/// When each packet of a stream is due by the stream's own clock: PCR, else PTS/DTS, else a guess.
/// Times are system clock ticks since packet 0.
class pace {
  public:
    enum class source { pcr, pts, guess };

    /// Between these two packets time runs evenly; the last segment goes on for ever.
    struct segment {
        std::size_t first_packet = 0;
        double start = 0;
        double ticks_per_packet = 0;
    };

    std::int64_t time_of(std::size_t packet) const noexcept;
    source from() const noexcept { return from_; }
    double packets_per_second() const noexcept;

  private:
    friend class pace_meter;
    std::vector<segment> segments_;
    double ticks_per_packet_ = 0;
    source from_ = source::guess;
};

/// Reads a stream packet by packet and finds its pace.
class pace_meter {
  public:
    void push(ts::packet_view packet);
    pace result() const;

  private:
    struct point {
        std::size_t packet;
        std::int64_t clock;
    };
    using points = std::vector<point>;

    static bool by_segments(const points& clock, pace& out);
    static bool by_average(const points& clock, pace& out);

    std::size_t packets_ = 0;
    std::map<ts::pid_t, points> pcr_;
    std::map<ts::pid_t, points> pts_;
};

} // namespace cihost::sim
