// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace cihost::cli {

/// There is no daemon to talk to, or it stopped talking. what() says what to do.
class unreachable : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The daemon answered with an error; what() is its sentence.
class refused : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// A connection to cihostd's control socket: blocking, one call at a time.
class control_client {
  public:
    /// The protocol this client speaks.
    static constexpr int protocol = 1;
    static constexpr std::chrono::seconds default_patience{10};

    /// Connects and reads the daemon's `hello`. Throws unreachable; refused if the daemon has no
    /// room for us.
    explicit control_client(const std::filesystem::path& socket,
                            std::chrono::milliseconds patience = default_patience);

    /// Throws refused, or unreachable (after `patience` too).
    boost::json::value call(std::string_view method, boost::json::object params = {},
                            std::chrono::milliseconds patience = default_patience);

  private:
    using time_point = std::chrono::steady_clock::time_point;

    void connect();
    void read_hello(time_point deadline);
    void send(const std::string& line, time_point deadline);
    boost::json::object receive(time_point deadline);
    void await(short events, time_point deadline) const;

    std::filesystem::path path_;
    unique_fd fd_;
    std::string input_;
    std::uint64_t last_id_ = 0;
};

} // namespace cihost::cli
