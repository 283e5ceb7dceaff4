// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace cihost::daemon {

/// Codes of JSON-RPC 2.0 §5.1, and the daemon's own from -32001 on.
enum class rpc_code {
    parse_error = -32700,
    invalid_request = -32600,
    method_not_found = -32601,
    invalid_params = -32602,
    internal_error = -32603,
    /// No such service, receiver, recording, trace or CAM.
    not_found = -32001,
    /// Something stands in the way: the file exists, a trace runs already, the daemon stops.
    conflict = -32002,
    /// It was tried and failed.
    failed = -32003,
    /// The client exceeds a limit: of the control socket, whose connection ends then, or of what a
    /// receiver does at a time.
    limit = -32004,
};

/// Why a request is refused. Methods throw it: a check of a parameter deep inside one ends the
/// request and nothing else.
class rpc_error : public std::exception {
  public:
    rpc_error(rpc_code code, std::string message)
        : code_{code}
        , message_{std::move(message)} {}

    rpc_code code() const noexcept { return code_; }
    const std::string& message() const noexcept { return message_; }
    const char* what() const noexcept override { return message_.c_str(); }

  private:
    rpc_code code_;
    std::string message_;
};

} // namespace cihost::daemon
