// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <vector>

namespace cihost::test {

/// A daemon that has made up its mind: it greets its one client, waits for a line, and says the
/// rest, whatever the line was.
class raw_listener {
  public:
    raw_listener(std::vector<std::string> first, std::vector<std::string> then)
        : listening_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::ranges::copy(socket().native(), std::begin(address.sun_path));
        ::bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
        ::listen(listening_.get(), 1);
        thread_ = std::thread{[this, first = std::move(first), then = std::move(then)] {
            client_ = unique_fd{::accept(listening_.get(), nullptr, nullptr)};
            say(first);
            char c = 0;
            while (::recv(client_.get(), &c, 1, 0) == 1 && c != '\n')
                heard_ += c;
            say(then);
        }};
    }
    raw_listener(const raw_listener&) = delete;
    raw_listener& operator=(const raw_listener&) = delete;
    ~raw_listener() {
        // nobody may have come; whoever came has gone by now
        ::shutdown(listening_.get(), SHUT_RDWR);
        if (thread_.joinable())
            thread_.join();
    }

    std::filesystem::path socket() const { return folder_.path() / "control.sock"; }
    /// The line that came; ends the conversation.
    std::string heard() {
        thread_.join();
        return heard_;
    }

  private:
    void say(const std::vector<std::string>& lines) const {
        for (const auto& line : lines)
            ::send(client_.get(), (line + "\n").data(), line.size() + 1, MSG_NOSIGNAL);
    }

    temporary_folder folder_;
    unique_fd listening_;
    unique_fd client_;
    std::string heard_;
    std::thread thread_;
};

} // namespace cihost::test
