// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/control_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <utility>

namespace cihost::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using clock = std::chrono::steady_clock;

/// No answer of a daemon is that long; something else listens there.
constexpr std::size_t longest_line = std::size_t{64} << 20;

unreachable no_connection(const fs::path& path, int error) {
    const auto name = path.string();
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return unreachable{"cihostd is not running, or listens elsewhere: there is no socket " +
                           name +
                           ". Start cihostd, or name the socket it listens on with --socket PATH."};
    case ECONNREFUSED:
        return unreachable{"cihostd is not running: the socket " + name +
                           " exists, but nobody listens on it. Start cihostd; it replaces the "
                           "socket."};
    case EACCES:
    case EPERM:
        return unreachable{"The socket " + name +
                           " exists, but you may not use it. Run this as the user or with the "
                           "group that owns it (ls -l " +
                           name + ")."};
    default:
        return unreachable{"cihostd cannot be reached on " + name + ": " +
                           std::generic_category().message(error) + "."};
    }
}

unreachable lost(const fs::path& path) {
    return unreachable{"cihostd ended the connection on " + path.string() +
                       ". If it has stopped, its log says why."};
}

std::string sentence_of(const json::object& error) {
    const auto* message = error.if_contains("message");
    if (message == nullptr || !message->is_string())
        return "cihostd refused without saying why.";
    return std::string(message->get_string());
}

} // namespace

control_client::control_client(const fs::path& socket, std::chrono::milliseconds patience)
    : path_{socket}
    , fd_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} {
    if (!fd_)
        throw no_connection(path_, errno);
    connect();
    read_hello(clock::now() + patience);
}

void control_client::connect() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto& text = path_.native();
    if (text.size() >= sizeof address.sun_path)
        throw no_connection(path_, ENAMETOOLONG);
    std::copy(text.begin(), text.end(), std::begin(address.sun_path));
    if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw no_connection(path_, errno);
}

void control_client::read_hello(time_point deadline) {
    const auto hello = receive(deadline);
    if (const auto* error = hello.if_contains("error"); error != nullptr && error->is_object())
        throw refused{sentence_of(error->get_object())};
    const auto* method = hello.if_contains("method");
    const auto* params = hello.if_contains("params");
    if (method == nullptr || *method != json::value("hello") || params == nullptr ||
        !params->is_object())
        throw unreachable{"What listens on " + path_.string() + " is not cihostd."};
    const auto* theirs = params->get_object().if_contains("protocol");
    if (theirs == nullptr || *theirs != json::value(protocol))
        throw unreachable{"cihostd on " + path_.string() + " speaks version " +
                          (theirs != nullptr ? json::serialize(*theirs) : "?") +
                          " of the control protocol, this cihost version " +
                          std::to_string(protocol) + ". Install both from the same release."};
}

json::value control_client::call(std::string_view method, json::object params,
                                 std::chrono::milliseconds patience) {
    const auto deadline = clock::now() + patience;
    const auto id = ++last_id_;
    json::object request{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}};
    if (!params.empty())
        request["params"] = std::move(params);
    send(json::serialize(request) + "\n", deadline);
    for (;;) {
        auto answer = receive(deadline);
        if (answer.contains("method"))
            continue; // a notification
        const auto* error = answer.if_contains("error");
        if (error != nullptr && error->is_object())
            throw refused{sentence_of(error->get_object())};
        const auto* about = answer.if_contains("id");
        if (about == nullptr || *about != json::value(id))
            continue; // of a call that was given up
        if (auto* result = answer.if_contains("result"))
            return std::move(*result);
        throw unreachable{"cihostd sent an answer without a result."};
    }
}

void control_client::send(const std::string& line, time_point deadline) {
    std::string_view rest = line;
    while (!rest.empty()) {
        const auto sent = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent >= 0)
            rest.remove_prefix(static_cast<std::size_t>(sent));
        else if (errno == EAGAIN)
            await(POLLOUT, deadline);
        else if (errno != EINTR)
            throw lost(path_);
    }
}

json::object control_client::receive(time_point deadline) {
    std::size_t searched = 0;
    std::size_t newline = 0;
    while ((newline = input_.find('\n', searched)) == std::string::npos) {
        searched = input_.size();
        if (searched > longest_line)
            throw unreachable{"What listens on " + path_.string() + " is not cihostd."};
        std::array<char, 16384> chunk{};
        const auto size = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
        if (size > 0)
            input_.append(chunk.data(), static_cast<std::size_t>(size));
        else if (size < 0 && errno == EAGAIN)
            await(POLLIN, deadline);
        else if (size == 0 || errno != EINTR)
            throw lost(path_);
    }
    const auto line = input_.substr(0, newline);
    input_.erase(0, newline + 1);
    boost::system::error_code failed;
    auto message = json::parse(line, failed);
    if (failed || !message.is_object())
        throw unreachable{"What listens on " + path_.string() + " is not cihostd."};
    return std::move(message.get_object());
}

void control_client::await(short events, time_point deadline) const {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()).count();
    pollfd waiting{fd_.get(), events, 0};
    if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left) + 1) == 0)
        throw unreachable{"cihostd on " + path_.string() + " does not answer."};
}

} // namespace cihost::cli
