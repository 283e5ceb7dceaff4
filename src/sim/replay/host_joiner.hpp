// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "en50221/tpdu.hpp"
#include "sim/replay/recording.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace cihost::sim {

/// Puts the messages of a host together in one conversation, for an SPDU may take several TPDUs.
/// What only keeps the conversation going is none: Create_T_C, RCV, polls.
class host_joiner {
  public:
    /// The message that this TPDU is, or completes; `at` and `packet` are its.
    std::optional<recorded_message> take(const en50221::tpdu::object& object, duration at = {},
                                         std::size_t packet = 0) {
        using namespace en50221;
        switch (object.tag) {
        case tpdu::create_t_c:
        case tpdu::rcv:
            return std::nullopt;
        case tpdu::data_more:
        case tpdu::data_last:
            chain_.insert(chain_.end(), object.data.begin(), object.data.end());
            if (object.tag == tpdu::data_more)
                return std::nullopt;
            if (chain_.empty()) {
                ++polls_;
                return std::nullopt;
            }
            return recorded_message{tpdu::data_last, std::exchange(chain_, {}), at, packet};
        default:
            return recorded_message{object.tag, bytes(object.data.begin(), object.data.end()), at,
                                    packet};
        }
    }

    /// Empty Data_Last so far.
    std::size_t polls() const noexcept { return polls_; }

  private:
    bytes chain_;
    std::size_t polls_ = 0;
};

} // namespace cihost::sim
