// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/ca_system.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace cihost::sim {

/// The made-up card in the CAM: takes service keys out of EMMs, and control words out of ECMs under
/// a service key that it has.
class smart_card {
  public:
    /// Enough for a few operators' keys, the old and the new one each.
    static constexpr std::size_t max_service_keys = 16;

    /// No key: a CAM without a card. `lapses_after`: the entitlement is over so long after the last
    /// EMM, or after the first look at the card; 0 = never.
    explicit smart_card(std::optional<aes_key> card_key, duration lapses_after = duration{0})
        : card_key_{card_key}
        , lapses_after_{lapses_after} {}

    void forget() noexcept { service_keys_.clear(); }
    /// True once when the entitlement lapses.
    bool lapse(time_point now);
    bool entitled() const noexcept { return !service_keys_.empty(); }
    bool entitled(std::uint32_t service_key_number) const noexcept {
        return find(service_key_number) != nullptr;
    }

    /// The number of the service key, when the EMM brought one that is new.
    std::optional<std::uint32_t> take_emm(bytes_view section, time_point now);
    std::optional<ecm_content> open(bytes_view ecm) const;

  private:
    const emm_content* find(std::uint32_t service_key_number) const noexcept;

    std::optional<aes_key> card_key_;
    duration lapses_after_;
    time_point refreshed_at_ = never;
    /// Oldest first.
    std::deque<emm_content> service_keys_;
};

} // namespace cihost::sim
