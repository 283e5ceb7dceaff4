// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/rpc_error.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace cihost::daemon {

/// What a method answers.
using rpc_outcome = std::variant<boost::json::value, rpc_error>;

/// Who asks, for methods that have more to tell him later.
class rpc_client {
  public:
    rpc_client() = default;
    rpc_client(const rpc_client&) = delete;
    rpc_client& operator=(const rpc_client&) = delete;
    virtual ~rpc_client() = default;

    /// A line with its newline. One who does not read what he is told may be dropped by this.
    virtual void notify(std::string line) = 0;
    /// Nothing reaches him any more.
    virtual bool gone() const = 0;
};

/// JSON-RPC 2.0: a line of text in, a line of text out. Knows nothing of sockets.
class rpc_dispatcher {
  public:
    /// Calls a batch may hold, and how deep JSON may nest: a bound on the work of one line.
    static constexpr std::size_t max_batch = 32;
    static constexpr std::size_t max_depth = 32;

    /// To be called once, at once or later; further calls do nothing.
    using reply = std::function<void(rpc_outcome)>;
    /// May throw rpc_error. Any other exception is answered as an internal error.
    using method = std::function<void(const boost::json::object& params, reply done)>;
    using client = std::shared_ptr<rpc_client>;
    using client_method =
        std::function<void(const boost::json::object& params, const client& who, reply done)>;
    using answer = std::function<void(std::string line)>;

    void add(std::string name, method code);
    void add_for_client(std::string name, client_method code);

    /// Reads one line without its newline; any bytes are allowed. Calls `done` exactly once, when
    /// the last method has replied: with a line and its newline, or with nothing when the line
    /// held notifications only. `who` is
    /// null where nobody could be told more later.
    void handle(std::string_view line, answer done, const client& who = {}) const;

  private:
    void call(const boost::json::value& request, const client& who,
              std::function<void(boost::json::value)> done) const;
    void batch(const boost::json::array& requests, const client& who, answer done) const;
    void invoke(std::string_view name, const boost::json::object& params, const client& who,
                const reply& done) const;

    std::map<std::string, client_method, std::less<>> methods_;
};

/// An answer that belongs to no request.
std::string rpc_error_line(const rpc_error& error);
/// A message that wants no answer.
std::string rpc_notification_line(std::string_view method, boost::json::object params);

} // namespace cihost::daemon
