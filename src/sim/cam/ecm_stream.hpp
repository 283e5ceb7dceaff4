// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/journal.hpp"
#include "sim/cam/section_collector.hpp"
#include "sim/cam/smart_card.hpp"
#include "sim/csa.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>
#include <cihost/ts/packet.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace cihost::sim {

/// The keys that come out of one ECM stream, and the packets of one pass() that are under them.
struct key_set {
    csa keys;
    std::vector<std::uint8_t*> packets;
};

/// One ECM PID: sections to the card, and what the card says into the keys, ecm_time later.
class ecm_stream {
  public:
    explicit ecm_stream(std::uint16_t pid)
        : pid_{pid} {}

    /// The service key number, when the packet completed an ECM.
    std::optional<std::uint32_t> push(ts::packet_view packet, const smart_card& card,
                                      time_point keys_due, time_point now, journal& log);
    /// Sets the keys whose time has come; true when there are keys now and there were none before.
    bool install(time_point now);
    /// The entitlement is gone, and with it what came from it.
    void lose_keys() noexcept {
        done_.clear();
        pending_.clear();
        installed_.reset();
        keys_.reset();
    }

    /// Nothing before the first keys.
    const std::shared_ptr<key_set>& keys() const noexcept { return keys_; }

  private:
    struct pending {
        time_point due;
        ecm_content content;
    };
    void take(bytes_view section, std::uint32_t key_number, const smart_card& card,
              time_point keys_due, time_point now, journal& log);

    std::uint16_t pid_;
    section_collector sections_;
    /// The last ECM that the card has dealt with: each comes many times.
    bytes done_;
    std::optional<std::uint32_t> missing_key_;
    std::deque<pending> pending_;
    std::optional<ecm_content> installed_;
    std::shared_ptr<key_set> keys_;
};

} // namespace cihost::sim
