// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.hpp"
#include "device/virtual_protocol.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace cihost::device {

/// One node of a virtual receiver, open: its command channel and, where the node has one, its data
/// channel (device/virtual_protocol.hpp). call() and receive() may run on two threads at once.
class virtual_connection {
  public:
    /// Connects and waits for the open_reply.
    static result<virtual_connection> open(const std::filesystem::path& folder,
                                           const std::string& node);

    /// One request and its reply, which fills `answer` exactly. ENODEV when the receiver is gone,
    /// breaks the protocol, or is silent for so long that it must be taken for dead.
    error_code call(virtual_protocol::operation op, std::uint32_t argument, bytes_view payload = {},
                    std::span<std::uint8_t> answer = {}) noexcept;

    /// One message of the data channel, never waiting; what does not fit is lost. A failed read
    /// of the node is returned as the errno it holds.
    result<std::size_t> receive(std::span<std::uint8_t> buffer) noexcept;
    int data_fd() const noexcept { return data_.get(); }

  private:
    virtual_connection(unique_fd command, unique_fd data) noexcept;
    error_code give_up() noexcept;

    unique_fd command_;
    unique_fd data_;
};

} // namespace cihost::device
