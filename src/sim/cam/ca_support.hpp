// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/behaviour.hpp"
#include "sim/cam/ca_pmt_object.hpp"
#include "sim/cam/capacity.hpp"
#include "sim/cam/descrambler.hpp"
#include "sim/cam/journal.hpp"
#include "sim/cam/module_sessions.hpp"
#include "sim/cam/service_list.hpp"
#include "sim/cam/smart_card.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

namespace cihost::sim {

/// The CAM's user of Conditional Access Support, EN 50221 §8.4.3: says which systems it has, obeys
/// CA_PMT objects, answers queries; in one session, or in several with systems of their own.
class ca_support {
  public:
    /// One list of CA systems a session.
    ca_support(const std::vector<std::vector<std::uint16_t>>& lists, const cam_behaviour& behaviour,
               module_sessions& sessions, descrambler& stream, const smart_card& card,
               journal& log);

    void power_on() noexcept { wedged_ = false; }

    /// How many sessions it wants.
    std::size_t wanted_sessions() const noexcept { return parts_.size(); }
    void opened(std::uint16_t session, time_point now);
    /// The session is gone, and what it selected.
    void closed(std::uint16_t session, const char* reason, time_point now);
    /// So are all.
    void disconnected(const char* reason, time_point now);

    enum class outcome { done, ca_info_sent, unknown_object };
    outcome receive(const session_event& object, time_point now);
    /// What the module says by itself.
    void tick(time_point now);

    /// CA_INFO of the first session went out; nothing before.
    std::optional<time_point> ca_info_at() const noexcept;
    /// Services with something to descramble.
    const std::set<std::uint16_t>& programs() const noexcept { return programs_; }

  private:
    struct part {
        std::vector<std::uint16_t> ca_system_ids;
        service_list services;
        std::optional<std::uint16_t> session;
        /// The first CA_INFO of the session.
        std::optional<time_point> ca_info_at;
        time_point ca_info_again = never;
    };
    part* find(std::uint16_t session);
    void send_ca_info(part& of, time_point now);
    void ca_pmt(part& of, const session_event& object, time_point now);
    const char* reason_to_ignore(const part& of, const ca_pmt_object& object, time_point now);
    void wedge(time_point now);
    void restart_others(const ca_pmt_object& object, time_point now);
    void select(time_point now);
    bytes reply_to(const part& of, const ca_pmt_object& object) const;
    void write_ca_pmt(const ca_pmt_object& object, time_point now);

    cam_behaviour behaviour_;
    module_sessions& sessions_;
    descrambler& stream_;
    const smart_card& card_;
    journal& log_;
    std::deque<part> parts_;
    capacity capacity_;
    std::set<std::uint16_t> programs_;
    std::optional<time_point> last_ca_pmt_;
    bool wedged_ = false;
};

} // namespace cihost::sim
