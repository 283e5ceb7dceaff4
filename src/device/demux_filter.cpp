// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/demux_filter.hpp"

#include <fcntl.h>
#include <linux/dvb/dmx.h>
#include <sys/ioctl.h>
#include <utility>

namespace cihost::device {

demux_filter::demux_filter(kernel_node node) noexcept
    : node_{std::move(node)} {}

result<demux_filter> demux_filter::open(system_calls& calls,
                                        const std::filesystem::path& demux) noexcept {
    auto node = kernel_node::open(calls, demux, O_RDWR);
    if (!node)
        return node.error();
    return demux_filter{std::move(*node)};
}

error_code demux_filter::start(std::uint16_t pid) noexcept {
    dmx_pes_filter_params filter{};
    filter.pid = pid;
    filter.input = DMX_IN_FRONTEND;
    filter.output = DMX_OUT_TS_TAP;
    filter.pes_type = DMX_PES_OTHER;
    filter.flags = DMX_IMMEDIATE_START;
    return node_.ask(DMX_SET_PES_FILTER, filter);
}

error_code demux_filter::stop() noexcept { return node_.order(DMX_STOP); }

} // namespace cihost::device
