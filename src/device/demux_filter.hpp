// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/kernel_node.hpp"

#include <cihost/error.hpp>

#include <cstdint>
#include <filesystem>

namespace cihost::device {

/// One opening of a demux: sends the packets of one PID to the dvr. To close it is to stop it.
///
/// One PID each, although there is DMX_ADD_PID: the kernel takes a second PID only in filters that
/// are read by themselves (DMX_OUT_TSDEMUX_TAP). And into the dvr a packet goes once, however many
/// filters match it; so filters may overlap, and what comes changes without gap or repetition.
class demux_filter {
  public:
    /// All PIDs of the multiplex, as the kernel calls it.
    static constexpr std::uint16_t whole_multiplex = 0x2000;

    static result<demux_filter> open(system_calls& calls,
                                     const std::filesystem::path& demux) noexcept;

    /// From now on; what it did before ends.
    error_code start(std::uint16_t pid) noexcept;
    error_code stop() noexcept;

  private:
    explicit demux_filter(kernel_node node) noexcept;

    kernel_node node_;
};

} // namespace cihost::device
