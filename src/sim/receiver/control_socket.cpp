// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/receiver/control_socket.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string_view>
#include <sys/socket.h>
#include <utility>

namespace cihost::sim {

namespace json = boost::json;

namespace {

constexpr std::size_t max_line = 64 * 1024;
constexpr std::size_t max_unread_answers = 1024 * 1024;
constexpr std::size_t max_clients = 16;

json::object answer_line(std::string_view line, const control_socket::handler& answer) {
    error_code bad;
    const auto request = json::parse({line.data(), line.size()}, bad);
    if (bad || !request.is_object())
        return {{"error", "A request is one JSON object in one line."}};
    return answer(request.get_object());
}

} // namespace

control_socket::control_socket(listener listening)
    : listener_{std::move(listening)} {}

result<control_socket> control_socket::open(const node_folder& folder, std::string& why) {
    auto listening = listener::open(folder, "control", SOCK_STREAM, why);
    if (!listening)
        return listening.error();
    return control_socket{std::move(*listening)};
}

void control_socket::prepare(poll_set& set) const {
    set.add(listener_.fd(), POLLIN);
    for (const auto& each : clients_)
        set.add(each.socket.get(), each.out.empty() ? POLLIN : short{POLLIN | POLLOUT});
}

void control_socket::serve(const poll_set& set, const handler& answer) {
    clients_.remove_if([&](client& each) {
        return set.ready(each.socket.get()) && !(receive(each, answer) && send(each));
    });
    if (!set.ready(listener_.fd()))
        return;
    auto socket = listener_.accept();
    if (socket && clients_.size() < max_clients)
        clients_.push_back({.socket = std::move(socket), .in = {}, .out = {}});
}

bool control_socket::receive(client& from, const handler& answer) {
    std::array<char, 4096> part;
    const auto n = ::recv(from.socket.get(), part.data(), part.size(), MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    if (n == 0)
        return false;
    from.in.append(part.data(), static_cast<std::size_t>(n));
    for (auto end = from.in.find('\n'); end != std::string::npos; end = from.in.find('\n')) {
        from.out += json::serialize(answer_line(std::string_view{from.in}.substr(0, end), answer));
        from.out += '\n';
        from.in.erase(0, end + 1);
    }
    return from.in.size() <= max_line && from.out.size() <= max_unread_answers;
}

bool control_socket::send(client& to) {
    if (to.out.empty())
        return true;
    const auto n =
        ::send(to.socket.get(), to.out.data(), to.out.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    to.out.erase(0, static_cast<std::size_t>(n));
    return true;
}

} // namespace cihost::sim
