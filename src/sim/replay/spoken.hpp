// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/replay/recording.hpp"

#include <cihost/bytes.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace cihost::sim {

/// Session numbers of the recording, and those that the host under test gave instead.
class session_numbers {
  public:
    void pair(std::uint16_t recorded, std::uint16_t now) {
        now_[recorded] = now;
        recorded_[now] = recorded;
    }
    /// The recorded number's counterpart; the number itself where there is none.
    std::uint16_t now(std::uint16_t recorded) const { return look_up(now_, recorded); }
    std::uint16_t recorded(std::uint16_t now) const { return look_up(recorded_, now); }
    bool all_the_same() const {
        for (const auto& [recorded, now] : now_)
            if (recorded != now)
                return false;
        return true;
    }

  private:
    using numbers = std::map<std::uint16_t, std::uint16_t>;
    static std::uint16_t look_up(const numbers& in, std::uint16_t number) {
        const auto found = in.find(number);
        return found == in.end() ? number : found->second;
    }
    numbers now_;
    numbers recorded_;
};

/// What a message of the host says, as far as it can be compared.
struct spoken {
    /// The message with what does not matter blanked out: the number of a new session, a date.
    bytes said;
    /// TPDU, SPDU and first APDU tag: messages of one kind may differ in content only.
    std::uint64_t kind = 0;
    std::uint16_t session_nb = 0;
    std::uint32_t apdu_tag = 0;
    /// Resource of an open_session_response.
    std::uint32_t resource = 0;
    std::uint8_t spdu_tag = 0;

    bool date() const;
    /// A CA_PMT, a user's answer, the end: nothing the host stack does by itself.
    bool caused_from_outside() const;
    /// "profile", "open_session_response" …
    std::string name() const;
};

spoken understand(const recorded_message& message);

/// Where the SPDU holds a session number: its offset; 0 where it has none.
std::size_t session_number_at(bytes_view spdu);
/// The SPDU with another session number.
void set_session_number(bytes& spdu, std::uint16_t session_nb);
std::uint16_t session_number_of(bytes_view spdu);

} // namespace cihost::sim
