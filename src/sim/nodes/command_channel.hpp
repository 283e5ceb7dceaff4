// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.hpp"
#include "device/virtual_protocol.hpp"
#include "sim/nodes/poll_set.hpp"

#include <cihost/bytes.hpp>

#include <cstdint>
#include <utility>

namespace cihost::sim {

/// The serving end of a command channel (device/virtual_protocol.hpp). One request at a time: a
/// request sent before the reply to the last one waits where it is.
class command_channel {
  public:
    struct request {
        device::virtual_protocol::request header;
        /// Valid until the next receive().
        bytes_view payload;
    };

    command_channel() = default;
    /// `socket` is non-blocking or not: no call here waits.
    explicit command_channel(unique_fd socket) noexcept
        : socket_{std::move(socket)} {}

    bool is_open() const noexcept { return static_cast<bool>(socket_); }
    int fd() const noexcept { return socket_.get(); }
    void prepare(poll_set& set) const;

    enum class outcome { nothing, request, closed, nonsense };
    /// Takes the next request; `request` is set with outcome::request alone, and is owed a reply().
    outcome receive(request& next);
    /// False: the opener does not read its replies.
    bool reply(int error, bytes_view payload = {}) noexcept;
    bool reply_owed() const noexcept { return reply_owed_; }
    bool hung_up() const noexcept;
    void close() noexcept;

  private:
    unique_fd socket_;
    bool reply_owed_ = false;
    bytes buffer_;
};

/// A value as the payload of a reply.
template<class T>
bytes_view raw_bytes(const T& value) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

} // namespace cihost::sim
