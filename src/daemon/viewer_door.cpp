// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/viewer_door.hpp"

#include "daemon/ambiguous_service.hpp"
#include "daemon/http_target.hpp"

#include <cihost/version.hpp>

#include <stdexcept>
#include <utility>
#include <variant>

namespace cihost::daemon {
namespace {

unsigned status_of(rpc_code code) {
    switch (code) {
    case rpc_code::not_found:
        return 404;
    case rpc_code::conflict:
    case rpc_code::limit:
        return 503;
    default:
        return 500;
    }
}

/// A viewer knows addresses, and nothing of options.
std::string which_one(const service_ref& service, const ambiguous_service& several) {
    std::string text = "There are several services " + to_string(service) + ". Ask for one of:\n";
    for (const auto& choice : several.choices()) {
        const auto* const number = std::get_if<std::uint16_t>(&choice.service);
        text += stream_path(number != nullptr ? std::to_string(*number)
                                              : std::get<std::string>(choice.service),
                            choice.receiver.value_or("")) +
                "\n";
    }
    return text;
}

std::string index_text(const std::vector<viewable_service>& services, const std::string& host) {
    std::string text = "cihostd " + std::string(version()) + "\n\nhttp://" + host +
                       "/channels.m3u  playlist of all services\n";
    for (const auto& s : services)
        text += stream_address(s, host) + "  " + s.name + "\n";
    return text;
}

} // namespace

viewer_door::viewer_door(boost::asio::io_context& context, viewer_streams& streams,
                         runtime::log_function log, policy::back_off pauses)
    : streams_{streams}
    , log_{std::move(log)}
    , control_{context}
    , pauses_{pauses}
    , timer_{context, [this] {
                 if (!server_)
                     attempt();
             }} {}

void viewer_door::open(const http_address& where) {
    wanted_ = where;
    attempt();
}

bool viewer_door::try_again() {
    if (server_)
        return false;
    pauses_.reset();
    return attempt();
}

bool viewer_door::attempt() {
    if (!wanted_)
        return false;
    try {
        server_ = std::make_unique<http_server>(*wanted_, source(), log_);
    } catch (const std::runtime_error& e) {
        const auto why = "No streams over HTTP: " + std::string{e.what()} +
                         " It is tried again from time to time; 'cihost reload' does so at once.";
        if (why != problem_)
            log_({runtime::severity::warning, "stream", why});
        problem_ = why;
        timer_.set(std::chrono::steady_clock::now() + pauses_.next());
        return false;
    }
    problem_.clear();
    pauses_.reset();
    timer_.set(never);
    announce();
    return true;
}

void viewer_door::announce() const {
    log_({runtime::severity::info, "stream",
          "Streams are at http://" + to_string(server_->address()) + "/."});
}

std::string viewer_door::move(const std::optional<http_address>& where) {
    if (where == wanted_)
        return {};
    if (where && server_) {
        std::unique_ptr<http_server> next;
        try {
            next = std::make_unique<http_server>(*where, source(), log_);
        } catch (const std::runtime_error& e) {
            auto why = e.what() + std::string{" Streams stay at http://"} +
                       to_string(server_->address()) + "/; 'cihost reload' tries again.";
            log_({runtime::severity::warning, "stream", why});
            return why;
        }
        server_->retire();
        leaving_.push_back(std::exchange(server_, std::move(next)));
        wanted_ = where;
        announce();
        return {};
    }
    wanted_ = where;
    problem_.clear();
    pauses_.reset();
    timer_.set(never);
    if (where) {
        attempt();
        return problem_;
    }
    server_.reset();
    leaving_.clear();
    log_({runtime::severity::info, "stream", "Streams are to be had no more, by [http] listen."});
    return {};
}

void viewer_door::look() {
    std::erase_if(leaving_, [](const auto& server) { return server->idle(); });
}

void viewer_door::close() {
    control_.close();
    wanted_.reset();
    timer_.set(never);
    server_.reset();
    leaving_.clear();
}

http_place viewer_door::place() const {
    return {server_ ? std::optional{server_->address()} : std::nullopt, problem_};
}

http_source viewer_door::source() {
    http_source s;
    s.page = [this](const std::string& path, const std::string& host, http_source::reply done) {
        control_.post([this, path, host, done = std::move(done)] { done(page(path, host)); });
    };
    s.open = [this](const http_source::stream& what, std::shared_ptr<viewer_queue> viewer,
                    http_source::reply done) {
        control_.post([this, what, viewer = std::move(viewer), done = std::move(done)] {
            done(ask(what, viewer));
        });
    };
    s.close = [this](std::shared_ptr<viewer_queue> viewer) {
        control_.post([this, viewer = std::move(viewer)] { streams_.close(viewer); });
    };
    return s;
}

http_answer viewer_door::page(const std::string& path, const std::string& host) const {
    if (path == "/")
        return {.body = index_text(streams_.services(), host)};
    if (path == "/channels.m3u")
        return {.type = "audio/x-mpegurl; charset=utf-8",
                .body = playlist(streams_.services(), host)};
    return {.status = 404,
            .body = "There is no such page. There are /, /channels.m3u and /stream/SERVICE.\n"};
}

http_answer viewer_door::ask(const http_source::stream& what,
                             const std::shared_ptr<viewer_queue>& viewer) {
    const auto service = service_of_path(what.service);
    try {
        if (what.service.empty())
            throw rpc_error{rpc_code::not_found, "The service is missing behind /stream/."};
        if (viewer)
            streams_.open(service, viewer, what.receiver);
        else if (!streams_.knows(service, what.receiver))
            throw rpc_error{rpc_code::not_found, "There is no service " + to_string(service) + "."};
    } catch (const ambiguous_service& several) {
        return {.status = status_of(several.code()), .body = which_one(service, several)};
    } catch (const rpc_error& e) {
        return {.status = status_of(e.code()), .body = e.message() + "\n"};
    }
    return {.type = "video/mp2t"};
}

} // namespace cihost::daemon
