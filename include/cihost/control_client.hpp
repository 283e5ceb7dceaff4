// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cihost {

/// There is no daemon to talk to, or it stopped talking. what() says what to do.
class control_unreachable : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The daemon answered with an error; what() is its sentence.
class control_refused : public std::runtime_error {
  public:
    explicit control_refused(const std::string& sentence, int code = 0)
        : std::runtime_error{sentence}
        , code_{code} {}

    /// A code of JSON-RPC 2.0 (-32700…-32600) or of cihostd: -32001 no such thing, -32002 something
    /// is in the way, -32003 tried and failed, -32004 a limit. 0: none was given.
    int code() const noexcept { return code_; }
    /// The daemon is older than who asks.
    bool unknown_method() const noexcept { return code_ == -32601; }

  private:
    int code_;
};

/// A connection to cihostd's control socket: blocking, one call at a time. Parameters, results and
/// notifications are JSON as text, UTF-8; src/daemon/CONTROL.md documents them. Notifications that
/// come during a call are kept for notification(). One thread at a time.
class control_client {
  public:
    /// The version of the protocol that this speaks.
    static constexpr int protocol = 1;
    static constexpr std::chrono::seconds default_patience{10};

    /// Connects and reads the daemon's `hello`. Throws control_unreachable; control_refused if the
    /// daemon has no room for us.
    explicit control_client(const std::filesystem::path& socket,
                            std::chrono::milliseconds patience = default_patience);
    control_client(control_client&&) noexcept;
    control_client& operator=(control_client&&) noexcept;
    ~control_client();

    /// The daemon's greeting: an object with "protocol", "program", "version" and "features".
    const std::string& hello() const noexcept;

    /// `params` is an object, the result any JSON. Throws control_refused, or control_unreachable
    /// (after `patience` too); std::invalid_argument if `params` is no object.
    std::string call(std::string_view method, std::string_view params = "{}",
                     std::chrono::milliseconds patience = default_patience);

    /// The next one: an object with "method" and "params", as it came. Nothing: none came within
    /// `patience`. Throws control_unreachable when there will be none; control_refused with the
    /// reason if the daemon gave one for ending the connection.
    std::optional<std::string>
    notification(std::chrono::milliseconds patience = std::chrono::milliseconds{0});

    /// Readable when something came; for the caller's event loop. Then ask notification() until it
    /// gives nothing.
    int fd() const noexcept;

  private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace cihost
