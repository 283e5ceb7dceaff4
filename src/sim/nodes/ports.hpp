// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

/// What stands behind the device nodes. The nodes know sockets and the kernel's habits; they know
/// nothing of head-ends and CAMs.

#include "device/virtual_protocol.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <cstdint>
#include <optional>

namespace cihost::sim {

/// The module in one CI slot, as the link layer sees it.
class module_port {
  public:
    module_port() = default;
    module_port(const module_port&) = delete;
    module_port& operator=(const module_port&) = delete;
    virtual ~module_port() = default;

    virtual bool present() const = 0;
    virtual bool ready(time_point now) const = 0;
    /// The link's FR bit: it would take a fragment now.
    virtual bool free(time_point now) const = 0;
    /// [tcid][TPDU]; only when ready and free.
    virtual void host_wrote(bytes_view tpdu, time_point now) = 0;
    /// [tcid][TPDU…] if the link's DA bit is set; only when ready.
    virtual std::optional<bytes> host_reads(time_point now) = 0;
    /// CA_RESET: boots the module again if there is one.
    virtual void reset(time_point now) = 0;
    /// When host_reads() may have something without anything coming in.
    virtual time_point deadline() const = 0;
};

class tuner_port {
  public:
    tuner_port() = default;
    tuner_port(const tuner_port&) = delete;
    tuner_port& operator=(const tuner_port&) = delete;
    virtual ~tuner_port() = default;

    virtual void tune(std::uint64_t frequency_hz, time_point now) = 0;
    virtual device::virtual_protocol::frontend_status status(time_point now) const = 0;
    /// The last user has closed the frontend; the DVB core powers a tuner down then.
    virtual void power_down(time_point now) = 0;
};

} // namespace cihost::sim
