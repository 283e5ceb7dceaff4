// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>

namespace cihost::test {

/// A client without manners: sends any bytes, reads what comes.
class raw_client {
  public:
    explicit raw_client(const std::filesystem::path& path)
        : fd_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto& text = path.native();
        std::copy(text.begin(), text.end(), std::begin(address.sun_path));
        connected =
            ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }

    bool connected = false;

    /// Bytes taken by the other side before it hung up.
    std::size_t send(std::string_view bytes) const {
        std::size_t sent = 0;
        while (sent < bytes.size()) {
            const auto n =
                ::send(fd_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (n <= 0)
                break;
            sent += static_cast<std::size_t>(n);
        }
        return sent;
    }
    void end_of_input() const { ::shutdown(fd_.get(), SHUT_WR); }

    /// The next line; nothing at the end of the connection, or after 10 s.
    std::optional<std::string> line() {
        for (;;) {
            if (const auto newline = input_.find('\n'); newline != std::string::npos) {
                auto text = input_.substr(0, newline);
                input_.erase(0, newline + 1);
                return text;
            }
            if (!more())
                return std::nullopt;
        }
    }
    boost::json::value message() {
        const auto text = line();
        return text ? boost::json::parse(*text) : boost::json::value{};
    }
    /// True if the other side closed; what it said before is thrown away.
    bool closed() {
        while (more())
            input_.clear();
        return ended_;
    }
    int fd() const noexcept { return fd_.get(); }

  private:
    bool more() {
        pollfd waiting{fd_.get(), POLLIN, 0};
        if (::poll(&waiting, 1, 10000) != 1)
            return false;
        std::array<char, 65536> chunk{};
        const auto n = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
        ended_ = n <= 0;
        if (n > 0)
            input_.append(chunk.data(), static_cast<std::size_t>(n));
        return n > 0;
    }

    unique_fd fd_;
    std::string input_;
    bool ended_ = false;
};

} // namespace cihost::test
