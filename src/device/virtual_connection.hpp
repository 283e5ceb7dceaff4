// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.hpp"
#include "device/virtual_protocol.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace cihost::device {

/// A command channel (device/virtual_protocol.hpp): one request at a time.
class virtual_channel {
  public:
    virtual_channel() = default;
    explicit virtual_channel(unique_fd socket) noexcept;

    /// One request and its reply, which fills `answer` exactly. ENODEV when the receiver is gone,
    /// breaks the protocol, or is silent for so long that it must be taken for dead.
    error_code call(virtual_protocol::operation op, std::uint32_t argument, bytes_view payload = {},
                    std::span<std::uint8_t> answer = {}) noexcept;

    int fd() const noexcept { return socket_.get(); }

  private:
    error_code give_up() noexcept;

    unique_fd socket_;
};

/// One node of a virtual receiver, open. Its channels and receive() may be used on a thread each.
class virtual_connection {
  public:
    /// Connects and waits for the open_reply.
    static result<virtual_connection> open(const std::filesystem::path& folder,
                                           const std::string& node);

    /// On the node's own channel.
    error_code call(virtual_protocol::operation op, std::uint32_t argument, bytes_view payload = {},
                    std::span<std::uint8_t> answer = {}) noexcept {
        return node_.call(op, argument, payload, answer);
    }
    std::size_t slot_count() const noexcept { return slots_.size(); }
    /// Of a slot below slot_count().
    virtual_channel& slot(std::size_t number) noexcept { return slots_[number]; }

    /// One message of the data channel, never waiting; what does not fit is lost. A failed read
    /// of the node is returned as the errno it holds.
    result<std::size_t> receive(std::span<std::uint8_t> buffer) noexcept;
    /// -1: the node has none.
    int data_fd() const noexcept { return data_.get(); }

  private:
    virtual_connection() = default;

    virtual_channel node_;
    unique_fd data_;
    std::vector<virtual_channel> slots_;
};

} // namespace cihost::device
