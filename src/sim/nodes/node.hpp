// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.hpp"
#include "device/virtual_protocol.hpp"
#include "sim/event_log.hpp"
#include "sim/nodes/command_channel.hpp"
#include "sim/nodes/listener.hpp"
#include "sim/nodes/poll_set.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>
#include <cihost/time.hpp>

#include <string>
#include <utility>
#include <vector>

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
    bool is_open() const noexcept { return command_.is_open(); }

  protected:
    using operation = device::virtual_protocol::operation;
    using request = device::virtual_protocol::request;

    node(listener listening, std::string name, event_log& log);

    /// What the open_reply passes to the new opener: the other ends of its further channels.
    virtual result<std::vector<unique_fd>> opened() { return std::vector<unique_fd>{}; }
    virtual void closed(time_point now) = 0;
    /// Leads to exactly one reply(), at once or in a later progress().
    virtual void command(const request& asked, bytes_view payload, time_point now) = 0;
    /// Once a turn while open: what came on further channels, what became due, what can be written.
    virtual void progress(const poll_set& /*set*/, time_point /*now*/) {}
    /// Adds what progress() waits for.
    virtual void prepare_data(poll_set& /*set*/) const {}

    void reply(int error, bytes_view payload = {}) noexcept;
    /// The opener broke the protocol or does not read: it is dropped at the end of the turn.
    void spoil() noexcept { spoilt_ = true; }
    event_log& log() noexcept { return log_; }

  private:
    void welcome(time_point now);
    void receive_command(time_point now);
    void drop(time_point now);

    listener listener_;
    std::string name_;
    event_log& log_;
    command_channel command_;
    bool spoilt_ = false;
};

/// Both ends of a further channel: ours first.
result<std::pair<unique_fd, unique_fd>> make_channel() noexcept;

} // namespace cihost::sim
