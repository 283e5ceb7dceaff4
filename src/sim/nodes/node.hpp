// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.hpp"
#include "device/virtual_protocol.hpp"
#include "sim/event_log.hpp"
#include "sim/nodes/listener.hpp"
#include "sim/nodes/poll_set.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>
#include <cihost/time.hpp>

#include <string>
#include <utility>

namespace cihost::sim {

/// One device node: a listening socket and at most one opener. A second opener gets EBUSY; an
/// opener that breaks the protocol, or stops reading its replies, loses its connection and costs
/// nobody else anything.
///
/// Each turn of the loop: prepare(), wait, serve(). Between turns nothing happens.
class node {
  public:
    node(const node&) = delete;
    node& operator=(const node&) = delete;
    virtual ~node() = default;

    void prepare(poll_set& set) const;
    void serve(const poll_set& set, time_point now);
    bool is_open() const noexcept { return static_cast<bool>(command_); }

  protected:
    using operation = device::virtual_protocol::operation;
    using request = device::virtual_protocol::request;

    node(listener listening, std::string name, event_log& log);

    /// The data channel's other end for the new opener; empty for a node without one.
    virtual result<unique_fd> opened() { return unique_fd{}; }
    virtual void closed(time_point now) = 0;
    /// Leads to exactly one reply(), at once or in a later progress().
    virtual void command(const request& asked, bytes_view payload, time_point now) = 0;
    /// Once a turn while open: what became due, what can be written.
    virtual void progress(time_point /*now*/) {}
    /// Adds what progress() waits for.
    virtual void prepare_data(poll_set& /*set*/) const {}

    void reply(int error, bytes_view payload = {}) noexcept;
    event_log& log() noexcept { return log_; }

  private:
    void welcome(time_point now);
    bool hung_up() const noexcept;
    void receive_command(time_point now);
    void drop(time_point now);

    listener listener_;
    std::string name_;
    event_log& log_;
    unique_fd command_;
    /// One request at a time: the next one is not read before.
    bool reply_owed_ = false;
    /// The opener broke the protocol or does not read; dropped at the end of the turn.
    bool spoilt_ = false;
    bytes buffer_;
};

/// A value as the payload of a reply.
template<class T>
bytes_view raw_bytes(const T& value) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

/// Both ends of a data channel: ours first.
result<std::pair<unique_fd, unique_fd>> make_data_channel() noexcept;

} // namespace cihost::sim
