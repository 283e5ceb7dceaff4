// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/nodes/poll_set.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <string>

namespace cihost::sim {

/// Where the receiver is used from: device nodes of its own, or those of a kernel. Each turn of the
/// loop: prepare(), wait, serve().
class host_side {
  public:
    host_side() = default;
    host_side(const host_side&) = delete;
    host_side& operator=(const host_side&) = delete;
    virtual ~host_side() = default;

    virtual void prepare(poll_set& set) const = 0;
    virtual void serve(const poll_set& set, time_point now) = 0;
    /// When serve() is due although nothing is ready.
    virtual time_point deadline(time_point now) const = 0;
    /// Whole packets that have passed the CAMs.
    virtual void deliver(bytes_view packets, time_point now) = 0;
    /// The buffer behind them overflows: what is in it is lost, and who reads is told so.
    virtual void overflow(time_point) {}
    /// Why it cannot go on, a sentence; empty = it can.
    virtual std::string failure() const { return {}; }
};

} // namespace cihost::sim
