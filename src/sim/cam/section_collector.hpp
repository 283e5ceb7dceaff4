// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/ts/packet.hpp>

#include <vector>

namespace cihost::sim {

/// The module's own section reader for one PID, ISO/IEC 13818-1 §2.4.4: written apart from the
/// host's, so that a host that sends broken ECM packets on is found out. No CRC: ECMs have none.
class section_collector {
  public:
    /// The sections that this packet completes.
    std::vector<bytes> push(ts::packet_view packet);

  private:
    void start(bytes_view part, std::vector<bytes>& complete);
    void go_on(bytes_view part, std::vector<bytes>& complete);
    bool cut(std::vector<bytes>& complete);
    void drop() noexcept;

    bytes partial_;
    bool collecting_ = false;
    int last_counter_ = -1;
};

} // namespace cihost::sim
