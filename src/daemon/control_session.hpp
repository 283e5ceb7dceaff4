// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/rpc_dispatcher.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace cihost::daemon {

/// What one client may cost.
struct control_limits {
    std::size_t line = std::size_t{1} << 20;
    /// Answers and notifications that wait for the client to read them; above, it is dropped.
    std::size_t output = std::size_t{1} << 20;
    /// Above, no further request is read until the client has read some answers.
    std::size_t output_pause = std::size_t{256} << 10;
    /// Requests whose answers are still to come.
    std::size_t open_requests = 32;
    /// A client that reads nothing for that long while answers wait is dropped.
    std::chrono::milliseconds write_patience = std::chrono::seconds{30};
    std::size_t clients = 128;
};

/// One connection to the control socket: lines in, answers out, within the limits.
class control_session final : public rpc_client,
                              public std::enable_shared_from_this<control_session> {
  public:
    using socket = boost::asio::local::stream_protocol::socket;
    /// Why it ended, for the log.
    using closed_function = std::function<void(const std::string& why)>;

    control_session(socket connection, const rpc_dispatcher& dispatcher,
                    const control_limits& limits, closed_function closed);

    void start(std::string hello);
    /// At once; answers that wait are lost.
    void close(const std::string& why);

    /// Beyond control_limits::output what waits is thrown away, and a last line says why.
    void notify(std::string line) override;
    bool gone() const override { return ending_; }

  private:
    void read();
    void take_lines();
    void handle(const std::string& line);
    void send(std::string line);
    void write();
    void end_after_output(const std::string& why);
    void close_if_done();
    bool paused() const noexcept;

    socket socket_;
    const rpc_dispatcher& dispatcher_;
    const control_limits& limits_;
    closed_function closed_;
    boost::asio::steady_timer write_timer_;

    std::array<char, 16384> chunk_{};
    std::string input_;
    /// Bytes of input_ known to hold no newline.
    std::size_t searched_ = 0;
    std::deque<std::string> output_;
    std::size_t output_size_ = 0;
    std::size_t open_requests_ = 0;
    /// One read, one walk over the lines and one write at a time.
    bool reading_ = false;
    bool walking_ = false;
    bool writing_ = false;
    /// Nothing more is read; the connection closes once all answers are out.
    bool ending_ = false;
    std::string ending_why_;
    /// Answers that are still to come are nobody's.
    bool dropped_ = false;
    bool closed_already_ = false;
};

} // namespace cihost::daemon
