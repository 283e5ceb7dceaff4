// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/ca_device.hpp"
#include "device/frontend.hpp"
#include "device/ts_input.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace cihost::device {

class system_calls;

/// The nodes of the kernel's DVB API that make one receiver.
struct linux_nodes {
    std::filesystem::path frontend;
    std::filesystem::path demux;
    std::filesystem::path dvr;
    /// Empty: none.
    std::filesystem::path ca;
    /// Of the dvr; the kernel's own is ten times 188 KiB.
    std::size_t dvr_buffer = 4 * 1024 * 1024;

    friend bool operator==(const linux_nodes&, const linux_nodes&) = default;
};

/// Opened for reading and writing, and with that taken: EBUSY when somebody else tunes. ENOTSUP in
/// a build without libdvbv5.
result<std::unique_ptr<frontend>> open_linux_frontend(const linux_nodes& nodes);

/// Demux and dvr. Packets come by the dvr; PIDs are added and removed one by one without a gap in
/// the others. A demux that has no room for so many PIDs gives the whole multiplex instead.
result<std::unique_ptr<ts_input>> open_linux_ts_input(const linux_nodes& nodes,
                                                      system_calls& calls);

/// Link-level (CA_CI_LINK) or high-level (CA_CI) devices, told apart by CA_GET_CAP. ENOTSUP: a
/// device that only has descramblers; it is closed again at once.
result<std::unique_ptr<ca_device>> open_linux_ca(const linux_nodes& nodes, system_calls& calls);

/// What `error`, given by an operation on `node`, means and what to do: "/dev/dvb/adapter0/ca0 is
/// in use by dvblast (process 4711): stop it, or leave this CA device to it." Looks who holds the
/// node and who may open it.
std::string explain_node_error(const std::filesystem::path& node, const error_code& error);

} // namespace cihost::device
