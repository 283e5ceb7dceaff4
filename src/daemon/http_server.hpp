// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/stream_hub.hpp"
#include "runtime/receiver.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cihost::daemon {

struct http_address {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8088;

    friend bool operator==(const http_address&, const http_address&) = default;
};

/// "127.0.0.1:8088", "[::1]:8088".
std::string to_string(const http_address& where);

/// Why it cannot be listened on now, a sentence; empty: it can. Nothing is left behind.
std::string http_obstacle(const http_address& where);

struct http_answer {
    unsigned status = 200;
    std::string type = "text/plain; charset=utf-8";
    std::string body;
};

/// What the server asks of the daemon, by its own thread; the answers may come by any.
struct http_source {
    using reply = std::function<void(http_answer)>;
    /// A page: its path, and the host (with port) under which the client knows us.
    std::function<void(const std::string& path, const std::string& host, reply)> page;
    /// /stream/SERVICE?receiver=NAME
    struct stream {
        std::string service;
        std::optional<std::string> receiver;
    };
    /// From now on the viewer gets the service: answered with status 200, or with why not. Without
    /// a viewer: whether it could be.
    std::function<void(const stream& what, std::shared_ptr<viewer_queue>, reply)> open;
    /// The viewer left. Always called for one that open() was asked for.
    std::function<void(std::shared_ptr<viewer_queue>)> close;
};

struct http_limits {
    std::size_t clients = 100;
    /// For a request to come, and for an answer to be taken.
    std::chrono::milliseconds patience = std::chrono::seconds{30};
    std::size_t viewer_queue = daemon::viewer_queue::default_limit;
};

/// HTTP/1.1 for players on this machine, on a thread of its own: GET and HEAD of pages and of
/// /stream/SERVICE. A browser's page from elsewhere gets nothing: requests that name another host
/// than a loopback one (DNS rebinding), or say that they come from another site, be it by
/// Sec-Fetch-Site or by Origin, are refused.
class http_server {
  public:
    /// Throws std::runtime_error with a sentence when the address cannot be had.
    http_server(const http_address& where, http_source source, runtime::log_function log,
                http_limits limits = {});
    http_server(const http_server&) = delete;
    http_server& operator=(const http_server&) = delete;
    /// All connections end.
    ~http_server();

    /// Listens no more, and gives the address free; who watches a stream goes on with it.
    void retire();
    /// Nobody is connected.
    bool idle() const;

    /// With the port that it has, if 0 was asked for.
    http_address address() const;

  private:
    class impl;
    std::shared_ptr<impl> impl_;
};

} // namespace cihost::daemon
