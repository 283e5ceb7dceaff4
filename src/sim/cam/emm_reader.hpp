// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/journal.hpp"
#include "sim/cam/section_collector.hpp"
#include "sim/cam/smart_card.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>
#include <cihost/ts/packet.hpp>

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace cihost::sim {

/// Finds the EMM PIDs of the CAM's systems in the CAT, and brings the EMMs to the card. Needs no
/// word from the host, only that it lets these PIDs through.
class emm_reader {
  public:
    emm_reader(std::vector<std::uint16_t> ca_system_ids, smart_card& card, journal& log)
        : ca_system_ids_{std::move(ca_system_ids)}
        , card_{card}
        , log_{log} {}

    void reset();

    const std::vector<std::uint16_t>& pids() const noexcept { return pids_; }
    /// True when the EMM PIDs are others than before.
    bool cat_packet(ts::packet_view packet);
    void emm_packet(ts::packet_view packet, time_point now);

  private:
    void read_cat(bytes_view section);

    std::vector<std::uint16_t> ca_system_ids_;
    smart_card& card_;
    journal& log_;
    section_collector cat_;
    /// By section_number.
    std::map<std::uint8_t, std::vector<std::uint16_t>> cat_sections_;
    std::map<std::uint16_t, section_collector> emm_streams_;
    std::vector<std::uint16_t> pids_;
};

} // namespace cihost::sim
