// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/http_server.hpp"
#include "daemon/viewer_streams.hpp"
#include "policy/back_off.hpp"
#include "runtime/control_queue.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cihost::daemon {

/// Where streams are to be had.
struct http_place {
    /// Nothing: nowhere.
    std::optional<http_address> where;
    /// Why, if they are meant to be somewhere: a sentence or two; or empty.
    std::string problem;
};

/// Between the HTTP server's thread and the control thread's streams. On the control thread.
class viewer_door {
  public:
    /// From one try to open it to the next.
    static constexpr policy::back_off usual_pauses{std::chrono::seconds{1},
                                                   std::chrono::seconds{60}};

    /// `streams` must outlive this object.
    viewer_door(boost::asio::io_context& context, viewer_streams& streams,
                runtime::log_function log, policy::back_off pauses = usual_pauses);

    /// When that cannot be, as the port is in use, it says so and tries again and again; the daemon
    /// has other things to do, too.
    void open(const http_address& where);
    /// To another place, or nowhere. Who watches goes on at the old one, which nobody else finds
    /// any more; nowhere is for all. Empty, or why it stays where it is: the other cannot be had.
    std::string move(const std::optional<http_address>& where);
    /// Lets go of old places that nobody is at any more. Every few seconds.
    void look();
    /// At once, if it is still to be opened. True: it is open now, and was not.
    bool try_again();
    void close();
    http_place place() const;

  private:
    bool attempt();
    void announce() const;
    http_source source();
    http_answer page(const std::string& path, const std::string& host) const;
    http_answer ask(const http_source::stream& what, const std::shared_ptr<viewer_queue>& viewer);

    viewer_streams& streams_;
    const runtime::log_function log_;
    runtime::control_queue control_;
    /// Where it is to be, open or not.
    std::optional<http_address> wanted_;
    std::string problem_;
    policy::back_off pauses_;
    runtime::control_timer timer_;
    std::unique_ptr<http_server> server_;
    /// Of old places.
    std::vector<std::unique_ptr<http_server>> leaving_;
};

} // namespace cihost::daemon
