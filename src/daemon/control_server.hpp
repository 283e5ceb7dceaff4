// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/control_session.hpp"
#include "runtime/receiver.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <set>

namespace cihost::daemon {

/// Accepts clients on the control socket. No client can stop it or the daemon.
class control_server {
  public:
    /// `listening_fd` is a listening Unix stream socket, taken over. The dispatcher must outlive
    /// the server.
    control_server(boost::asio::io_context& context, int listening_fd,
                   const rpc_dispatcher& dispatcher, runtime::log_function log,
                   const control_limits& limits = {});
    control_server(const control_server&) = delete;
    control_server& operator=(const control_server&) = delete;
    ~control_server();

    void start();
    /// No new clients; those connected stay.
    void stop_accepting();
    void close();

    std::size_t clients() const noexcept { return sessions_.size(); }

  private:
    using socket = control_session::socket;

    void accept();
    void welcome(socket connection);
    void turn_away(socket connection) const;
    void log(runtime::severity level, std::string message) const;

    boost::asio::local::stream_protocol::acceptor acceptor_;
    boost::asio::steady_timer retry_;
    const rpc_dispatcher& dispatcher_;
    runtime::log_function log_;
    control_limits limits_;
    std::set<std::shared_ptr<control_session>> sessions_;
};

} // namespace cihost::daemon
