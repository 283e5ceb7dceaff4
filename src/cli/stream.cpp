// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/stream.hpp"

#include "base/printable.hpp"
#include "base/unique_fd.hpp"
#include "cli/json_view.hpp"
#include "cli/record.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <netdb.h>
#include <optional>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace cihost::cli {
namespace {

constexpr std::size_t longest_header = 16384;
constexpr std::chrono::milliseconds silence{1000};

/// "127.0.0.1:8088", "[::1]:8088".
struct place {
    std::string host;
    std::string port;
};

place parse_place(const std::string& text) {
    const auto colon = text.rfind(':');
    auto host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[')
        host = host.substr(1, host.size() - 2);
    return {host, colon == std::string::npos ? "" : text.substr(colon + 1)};
}

unique_fd connect_to(const std::string& where) {
    const auto [host, port] = parse_place(where);
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0)
        throw control_unreachable("cihostd names " + where + " as the place of its streams.");
    unique_fd fd{::socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0)};
    const bool connected = fd && ::connect(fd.get(), found->ai_addr, found->ai_addrlen) == 0;
    const int error = errno;
    ::freeaddrinfo(found);
    if (!connected)
        throw control_unreachable("The streams at " + where + " cannot be reached: " +
                                  std::generic_category().message(error) + ".");
    return fd;
}

std::string encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
        if (plain) {
            out += c;
            continue;
        }
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 0x0FU];
    }
    return out;
}

bool write_all(int fd, std::string_view data) {
    while (!data.empty()) {
        const auto n = ::write(fd, data.data(), data.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

/// Header and body of an answer, as they come.
class http_stream {
  public:
    explicit http_stream(unique_fd connection)
        : connection_{std::move(connection)} {}

    void ask(const std::string& host, const std::string& path) {
        if (!write_all(connection_.get(), "GET " + path + " HTTP/1.1\r\nHost: " + host +
                                              "\r\nConnection: close\r\n\r\n"))
            throw control_unreachable("cihostd hung up.");
    }
    /// The status; 0: that was no HTTP.
    int read_header() {
        std::size_t end = std::string::npos;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
            if (buffer_.size() > longest_header || !more())
                return 0;
        const int status = buffer_.rfind("HTTP/1.1 ", 0) == 0 ? std::atoi(buffer_.c_str() + 9) : 0;
        buffer_.erase(0, end + 4);
        return status;
    }
    /// False at the end.
    bool more() {
        for (;;) {
            const auto n = ::recv(connection_.get(), chunk_.data(), chunk_.size(), 0);
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                return false;
            buffer_.append(chunk_.data(), static_cast<std::size_t>(n));
            return true;
        }
    }
    std::string& buffer() { return buffer_; }
    /// Something comes within that time, or it is the end.
    bool comes(std::chrono::milliseconds time) const {
        pollfd waiting{connection_.get(), POLLIN, 0};
        return ::poll(&waiting, 1, static_cast<int>(time.count())) != 0;
    }

  private:
    unique_fd connection_;
    std::array<char, 65536> chunk_{};
    std::string buffer_;
};

/// Until the service is clear nothing comes; why, is said as soon as it is known, and again when
/// it is something else.
void await_packets(http_stream& stream, control_client& daemon, const stream_command& what,
                   const terminal& t) {
    boost::json::object params{{"service", service_param(what.service)}};
    if (what.receiver)
        params["receiver"] = *what.receiver;
    std::string told;
    while (stream.buffer().empty() && !stream.comes(silence)) {
        try {
            const auto answer = daemon.call("why", params);
            const json_view why{answer};
            auto words = why["sentence"].text();
            if (const auto remedy = why["remedy"].text(); !remedy.empty())
                words += " " + remedy;
            if (!why["clear"].flag() && words != told)
                t.err << "cihost: nothing comes yet: " << words << "\n" << std::flush;
            told = words;
        } catch (const control_refused&) { // an older daemon, or several of that name
            return;
        } catch (const control_unreachable&) { // the stream ends, then
            return;
        }
    }
}

} // namespace

exit_status stream(control_client& daemon, const stream_command& what, const terminal& t,
                   int output) {
    if (::isatty(output) != 0) {
        t.err << "cihost: a stream is nothing for a terminal; send it to a player or a file:\n"
                 "  cihost stream SERVICE | mpv -\n";
        return exit_status::usage;
    }
    const auto status_now = daemon.call("status");
    const auto where = json_view{status_now}["http"].text();
    if (const auto why = json_view{status_now}["http_problem"].text(); where.empty())
        throw control_refused(
            why.empty() ? "cihostd has no streams: [http] listen is \"off\" in its configuration."
                        : why);
    http_stream stream{connect_to(where)};
    stream.ask(where, "/stream/" + encoded(what.service) +
                          (what.receiver ? "?receiver=" + encoded(*what.receiver) : ""));
    const auto status = stream.read_header();
    if (status != 200) {
        while (status != 0 && stream.buffer().size() < longest_header && stream.more()) {
        }
        auto why = stream.buffer();
        while (!why.empty() && why.back() == '\n')
            why.pop_back();
        throw control_refused(status == 0 ? "What answers at " + where + " is not cihostd." : why);
    }
    await_packets(stream, daemon, what, t);
    // a reader that leaves is the end as a rule, not a signal
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    bool taken = true;
    do {
        taken = write_all(output, stream.buffer());
        stream.buffer().clear();
    } while (taken && stream.more());
    const int error = errno;
    std::signal(SIGPIPE, before);
    if (taken) {
        t.err << "cihost: the stream has ended; the log of cihostd says why.\n";
        return exit_status::refused;
    }
    if (error == EPIPE)
        return exit_status::done;
    t.err << "cihost: the stream cannot be written: " << std::generic_category().message(error)
          << ".\n";
    return exit_status::refused;
}

} // namespace cihost::cli
