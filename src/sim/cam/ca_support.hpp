// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/ca_pmt_object.hpp"
#include "sim/cam/descrambler.hpp"
#include "sim/cam/journal.hpp"
#include "sim/cam/module_sessions.hpp"
#include "sim/cam/service_list.hpp"
#include "sim/cam/smart_card.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <cstdint>
#include <vector>

namespace cihost::sim {

/// The CAM's user of Conditional Access Support, EN 50221 §8.4.3: says which systems it has, obeys
/// CA_PMT objects, answers queries.
class ca_support {
  public:
    ca_support(const std::vector<std::uint16_t>& ca_system_ids, module_sessions& sessions,
               descrambler& stream, const smart_card& card, journal& log);

    /// The session is gone, and what it selected.
    void closed(const char* reason, time_point now);

    enum class outcome { done, ca_info_sent, unknown_object };
    outcome receive(const session_event& object, time_point now);

  private:
    void ca_pmt(const session_event& object, time_point now);
    bytes reply_to(const ca_pmt_object& object) const;
    void write_ca_pmt(const ca_pmt_object& object, time_point now);

    std::vector<std::uint16_t> ca_system_ids_;
    module_sessions& sessions_;
    descrambler& stream_;
    const smart_card& card_;
    journal& log_;
    service_list services_;
};

} // namespace cihost::sim
