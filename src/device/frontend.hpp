// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/error.hpp>

#include <cstdint>

namespace cihost::device {

struct tuning {
    std::uint64_t frequency_hz = 0;

    friend bool operator==(const tuning&, const tuning&) = default;
};

struct signal_status {
    bool locked = false;
    /// Thousandths of a dBm and of a dB.
    std::int32_t strength_mdbm = 0;
    std::int32_t cnr_mdb = 0;
};

/// A tuner. Every call may block and is made on the frontend's thread.
class frontend {
  public:
    frontend() = default;
    frontend(const frontend&) = delete;
    frontend& operator=(const frontend&) = delete;
    virtual ~frontend() = default;

    /// Starts tuning; lock comes later.
    virtual error_code tune(const tuning& where) noexcept = 0;
    virtual result<signal_status> status() noexcept = 0;
};

} // namespace cihost::device
