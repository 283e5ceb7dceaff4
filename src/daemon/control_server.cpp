// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/control_server.hpp"

#include "daemon/daemon_identity.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace cihost::daemon {
namespace {

namespace asio = boost::asio;

/// accept() fails while descriptors are short; that passes when clients leave.
constexpr std::chrono::milliseconds accept_pause{200};

std::string hello() { return rpc_notification_line("hello", daemon_identity()); }

} // namespace

control_server::control_server(asio::io_context& context, int listening_fd,
                               const rpc_dispatcher& dispatcher, runtime::log_function log,
                               const control_limits& limits)
    : acceptor_{context, asio::local::stream_protocol{}, listening_fd}
    , retry_{context}
    , dispatcher_{dispatcher}
    , log_{std::move(log)}
    , limits_{limits} {}

control_server::~control_server() { close(); }

void control_server::start() { accept(); }

void control_server::stop_accepting() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
}

void control_server::close() {
    stop_accepting();
    // each close() takes its session out of the set
    while (!sessions_.empty()) {
        const auto session = *sessions_.begin();
        session->close("cihostd stops");
    }
}

void control_server::accept() {
    acceptor_.async_accept([this](const boost::system::error_code& failed, socket connection) {
        if (failed == asio::error::operation_aborted)
            return; // perhaps this server is gone
        if (!acceptor_.is_open())
            return;
        if (failed) {
            log(runtime::severity::warning, "A client could not be accepted: " + failed.message());
            retry_.expires_after(accept_pause);
            retry_.async_wait([this](const boost::system::error_code& cancelled) {
                if (!cancelled)
                    accept();
            });
            return;
        }
        if (sessions_.size() < limits_.clients)
            welcome(std::move(connection));
        else
            turn_away(std::move(connection));
        accept();
    });
}

void control_server::welcome(socket connection) {
    const auto slot = std::make_shared<std::weak_ptr<control_session>>();
    auto session = std::make_shared<control_session>(
        std::move(connection), dispatcher_, limits_, [this, slot](const std::string& why) {
            log(runtime::severity::debug, "A client's connection ended: " + why + ".");
            if (const auto gone = slot->lock())
                sessions_.erase(gone);
        });
    *slot = session;
    sessions_.insert(session);
    session->start(hello());
}

void control_server::turn_away(socket connection) const {
    const auto line =
        rpc_error_line({rpc_code::limit, "There are " + std::to_string(limits_.clients) +
                                             " clients already; try again when one has left."});
    // a fresh socket has room for a line; if not, the client learns no reason
    boost::system::error_code ignored;
    connection.non_blocking(true, ignored);
    connection.write_some(asio::buffer(line), ignored);
    log(runtime::severity::warning,
        "A client was turned away: there are " + std::to_string(limits_.clients) + " already.");
}

void control_server::log(runtime::severity level, std::string message) const {
    if (log_)
        log_({level, "control", std::move(message)});
}

} // namespace cihost::daemon
