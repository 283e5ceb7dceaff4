// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.hpp"
#include "support/catch.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <cstdint>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>

namespace cihost::test {

/// A player, or a browser.
class http_client {
  public:
    explicit http_client(std::uint16_t port, int receive_buffer = 0)
        : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        if (receive_buffer > 0)
            ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
                0);
    }
    void say(const std::string& text) const {
        ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    }
    void get(const std::string& path, const std::string& more = {}) const {
        say("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n");
    }
    bool readable() const {
        pollfd waiting{fd_.get(), POLLIN, 0};
        return ::poll(&waiting, 1, 0) == 1;
    }
    /// All until so many bytes, or the end of the connection.
    std::string read(std::size_t at_least) {
        std::string text;
        while (text.size() < at_least) {
            pollfd waiting{fd_.get(), POLLIN, 0};
            if (::poll(&waiting, 1, 20'000) != 1)
                break;
            std::array<char, 4096> chunk{};
            const auto n = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
            if (n <= 0)
                break;
            text.append(chunk.data(), static_cast<std::size_t>(n));
        }
        return text;
    }
    std::string rest() { return read(std::size_t{1} << 30); }

  private:
    unique_fd fd_;
};

} // namespace cihost::test
