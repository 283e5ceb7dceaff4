// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/journal.hpp"
#include "sim/cam/module_sessions.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <cstdint>
#include <deque>
#include <optional>

namespace cihost::sim {

/// One object of Host Control, EN 50221 §8.5.1, for the host.
struct host_control_order {
    const char* name = "";
    std::uint32_t tag = 0;
    bytes body;

    static host_control_order tune(std::uint16_t original_network_id,
                                   std::uint16_t transport_stream_id, std::uint16_t service_id);
    static host_control_order replace(std::uint8_t reference, std::uint16_t replaced_pid,
                                      std::uint16_t replacement_pid);
    static host_control_order clear_replace(std::uint8_t reference);
};

/// The module's side of Host Control: orders wait until the session is open; a host that asks for
/// its release gets it.
class module_host_control {
  public:
    module_host_control(module_sessions& sessions, journal& log) noexcept
        : sessions_{sessions}
        , log_{log} {}

    void reset();
    void send(host_control_order order, time_point now);
    bool open() const noexcept { return session_.has_value(); }
    /// False: there was no session.
    bool release(time_point now);

    void opened(std::uint16_t session, time_point now);
    /// By the host, or it did not come to be.
    void closed();
    /// False: an unexpected object.
    bool receive(const session_event& object, time_point now);

  private:
    void flush(time_point now);

    module_sessions& sessions_;
    journal& log_;
    std::optional<std::uint16_t> session_;
    std::deque<host_control_order> waiting_;
};

} // namespace cihost::sim
