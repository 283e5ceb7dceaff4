// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/tuning.hpp"

#include <cihost/error.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace cihost::device {

/// What the frontend measures; what it does not give is absent. A driver gives either scale.
struct signal_status {
    bool locked = false;
    /// Thousandths of a dBm and of a dB.
    std::optional<std::int32_t> strength_mdbm;
    std::optional<std::int32_t> cnr_mdb;
    /// Relative scale, of 65535.
    std::optional<std::uint16_t> strength_relative;
    std::optional<std::uint16_t> cnr_relative;
    /// Bit error rate before or after the inner code, as the driver counts it.
    std::optional<double> bit_error_rate;
    /// Blocks that the outer code could not correct, since tuning.
    std::optional<std::uint64_t> uncorrected_blocks;
};

/// "-48.0 dBm, C/N 27.5 dB, 3 uncorrected blocks": for people. Empty: nothing is measured.
std::string describe(const signal_status& signal);

/// A tuner. Every call may block and is made on the frontend's thread.
class frontend {
  public:
    frontend() = default;
    frontend(const frontend&) = delete;
    frontend& operator=(const frontend&) = delete;
    virtual ~frontend() = default;

    /// Starts tuning; lock comes later. EINVAL: this frontend cannot receive that.
    virtual error_code tune(const tuning& where) noexcept = 0;
    virtual result<signal_status> status() noexcept = 0;
};

} // namespace cihost::device
