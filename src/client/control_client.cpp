// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/unique_fd.hpp"
#include "client/socket_remedy.hpp"

#include <cihost/control_client.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <utility>

namespace cihost {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using clock = std::chrono::steady_clock;

/// No answer of a daemon is that long; something else listens there.
constexpr std::size_t longest_line = std::size_t{64} << 20;

control_unreachable no_connection(const fs::path& path, int error) {
    const auto name = path.string();
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return control_unreachable{
            "cihostd is not running, or listens elsewhere: there is no socket " + name +
            ". Start cihostd, or name the socket it listens on (cihost --socket PATH)."};
    case ECONNREFUSED:
        return control_unreachable{"cihostd is not running: the socket " + name +
                                   " exists, but nobody listens on it. Start cihostd; it replaces "
                                   "the socket."};
    case EACCES:
    case EPERM:
        return control_unreachable{"The socket " + name + " exists, but you may not use it. " +
                                   socket_remedy(path)};
    default:
        return control_unreachable{"cihostd cannot be reached on " + name + ": " +
                                   std::generic_category().message(error) + "."};
    }
}

control_unreachable lost(const fs::path& path) {
    return control_unreachable{"cihostd ended the connection on " + path.string() +
                               ". If it has stopped, its log says why."};
}

control_refused refused_with(const json::object& error) {
    const auto* code = error.if_contains("code");
    const auto number = code != nullptr && code->is_int64() ? code->get_int64() : 0;
    const auto* message = error.if_contains("message");
    if (message == nullptr || !message->is_string())
        return control_refused{"cihostd refused without saying why.", static_cast<int>(number)};
    return control_refused{std::string(message->get_string()), static_cast<int>(number)};
}

const json::object* error_in(const json::object& message) {
    const auto* error = message.if_contains("error");
    return error != nullptr ? error->if_object() : nullptr;
}

} // namespace

class control_client::impl {
  public:
    impl(const fs::path& socket, clock::time_point deadline)
        : path_{socket}
        , fd_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} {
        if (!fd_)
            throw no_connection(path_, errno);
        connect();
        read_hello(deadline);
    }

    json::value call(std::string_view method, json::object params, clock::time_point deadline);
    std::optional<json::object> notification(clock::time_point deadline);
    const std::string& hello() const noexcept { return hello_; }
    int fd() const noexcept { return fd_.get(); }

  private:
    void connect();
    void read_hello(clock::time_point deadline);
    void send(const std::string& line, clock::time_point deadline);
    json::object receive(clock::time_point deadline);
    /// False: nothing has come.
    bool read_some();
    std::optional<json::object> take_line();
    /// False: it does not come to that before the deadline.
    bool await(short events, clock::time_point deadline) const;
    control_unreachable stranger() const {
        return control_unreachable{"What listens on " + path_.string() + " is not cihostd."};
    }
    control_unreachable silent() const {
        return control_unreachable{"cihostd on " + path_.string() + " does not answer."};
    }

    fs::path path_;
    unique_fd fd_;
    std::string hello_;
    std::string input_;
    /// Of input_, known to hold no end of a line.
    std::size_t searched_ = 0;
    std::deque<json::object> notifications_;
    std::uint64_t last_id_ = 0;
};

void control_client::impl::connect() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto& text = path_.native();
    if (text.size() >= sizeof address.sun_path)
        throw no_connection(path_, ENAMETOOLONG);
    std::copy(text.begin(), text.end(), std::begin(address.sun_path));
    if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw no_connection(path_, errno);
}

void control_client::impl::read_hello(clock::time_point deadline) {
    const auto hello = receive(deadline);
    if (const auto* error = error_in(hello))
        throw refused_with(*error);
    const auto* method = hello.if_contains("method");
    const auto* params = hello.if_contains("params");
    if (method == nullptr || *method != json::value("hello") || params == nullptr ||
        !params->is_object())
        throw stranger();
    const auto* theirs = params->get_object().if_contains("protocol");
    if (theirs == nullptr || *theirs != json::value(protocol))
        throw control_unreachable{"cihostd on " + path_.string() + " speaks version " +
                                  (theirs != nullptr ? json::serialize(*theirs) : "?") +
                                  " of the control protocol, this cihost version " +
                                  std::to_string(protocol) +
                                  ". Install both from the same "
                                  "release."};
    hello_ = json::serialize(*params);
}

json::value control_client::impl::call(std::string_view method, json::object params,
                                       clock::time_point deadline) {
    const auto id = ++last_id_;
    json::object request{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}};
    if (!params.empty())
        request["params"] = std::move(params);
    send(json::serialize(request) + "\n", deadline);
    for (;;) {
        auto answer = receive(deadline);
        if (answer.contains("method")) {
            notifications_.push_back(std::move(answer));
            continue;
        }
        const auto* about = answer.if_contains("id");
        const bool ours = about != nullptr && *about == json::value(id);
        // without an id it is about the connection
        if (const auto* error = error_in(answer);
            error != nullptr && (ours || about == nullptr || about->is_null()))
            throw refused_with(*error);
        if (!ours)
            continue; // of a call that was given up
        if (auto* result = answer.if_contains("result"))
            return std::move(*result);
        throw control_unreachable{"cihostd sent an answer without a result."};
    }
}

std::optional<json::object> control_client::impl::notification(clock::time_point deadline) {
    for (;;) {
        if (!notifications_.empty()) {
            auto first = std::move(notifications_.front());
            notifications_.pop_front();
            return first;
        }
        if (auto message = take_line()) {
            if (message->contains("method"))
                return message;
            const auto* about = message->if_contains("id");
            if (const auto* error = error_in(*message);
                error != nullptr && (about == nullptr || about->is_null()))
                throw refused_with(*error);
        } else if (!read_some() && !await(POLLIN, deadline)) {
            return std::nullopt;
        }
    }
}

void control_client::impl::send(const std::string& line, clock::time_point deadline) {
    std::string_view rest = line;
    while (!rest.empty()) {
        const auto sent = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent >= 0)
            rest.remove_prefix(static_cast<std::size_t>(sent));
        else if (errno == EAGAIN) {
            if (!await(POLLOUT, deadline))
                throw silent();
        } else if (errno != EINTR)
            throw lost(path_);
    }
}

json::object control_client::impl::receive(clock::time_point deadline) {
    for (;;) {
        if (auto message = take_line())
            return std::move(*message);
        if (!read_some() && !await(POLLIN, deadline))
            throw silent();
    }
}

bool control_client::impl::read_some() {
    std::array<char, 16384> chunk{};
    const auto size = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
    if (size > 0)
        input_.append(chunk.data(), static_cast<std::size_t>(size));
    else if (size < 0 && errno == EAGAIN)
        return false;
    else if (size == 0 || errno != EINTR)
        throw lost(path_);
    return true;
}

std::optional<json::object> control_client::impl::take_line() {
    const auto newline = input_.find('\n', searched_);
    searched_ = newline == std::string::npos ? input_.size() : 0;
    if (searched_ > longest_line)
        throw stranger();
    if (newline == std::string::npos)
        return std::nullopt;
    const auto line = input_.substr(0, newline);
    input_.erase(0, newline + 1);
    boost::system::error_code failed;
    auto message = json::parse(line, failed);
    if (failed || !message.is_object())
        throw stranger();
    return std::move(message.get_object());
}

bool control_client::impl::await(short events, clock::time_point deadline) const {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()).count();
    pollfd waiting{fd_.get(), events, 0};
    return left > 0 && ::poll(&waiting, 1, static_cast<int>(left) + 1) != 0;
}

control_client::control_client(const fs::path& socket, std::chrono::milliseconds patience)
    : impl_{std::make_unique<impl>(socket, clock::now() + patience)} {}

control_client::control_client(control_client&&) noexcept = default;
control_client& control_client::operator=(control_client&&) noexcept = default;
control_client::~control_client() = default;

const std::string& control_client::hello() const noexcept { return impl_->hello(); }
int control_client::fd() const noexcept { return impl_->fd(); }

std::string control_client::call(std::string_view method, std::string_view params,
                                 std::chrono::milliseconds patience) {
    boost::system::error_code failed;
    auto object = json::parse(params, failed);
    if (failed || !object.is_object())
        throw std::invalid_argument("The parameters of a call are a JSON object.");
    return json::serialize(
        impl_->call(method, std::move(object.get_object()), clock::now() + patience));
}

std::optional<std::string> control_client::notification(std::chrono::milliseconds patience) {
    const auto message = impl_->notification(clock::now() + patience);
    return message ? std::optional{json::serialize(*message)} : std::nullopt;
}

} // namespace cihost
