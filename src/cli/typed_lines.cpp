// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/typed_lines.hpp"

#include <array>
#include <cerrno>
#include <unistd.h>

namespace cihost::cli {

typed_lines::typed_lines(int fd)
    : fd_{fd}
    , terminal_{::tcgetattr(fd, &before_) == 0} {
    show_typing(false);
}

typed_lines::~typed_lines() {
    // with what was typed and not read: a PIN must not become a command of the shell
    if (terminal_)
        ::tcsetattr(fd_, TCSAFLUSH, &before_);
}

void typed_lines::ask(bool blind) {
    if (!terminal_)
        return;
    hush();
    if (!blind)
        show_typing(true);
}

void typed_lines::hush() {
    if (!terminal_)
        return;
    input_.clear();
    show_typing(false);
}

void typed_lines::show_typing(bool echo) {
    if (!terminal_)
        return;
    auto wanted = before_;
    wanted.c_lflag |= ICANON;
    wanted.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (echo)
        wanted.c_lflag |= ECHO;
    // the Enter behind a blind answer moves on all the same
    wanted.c_lflag |= ECHONL;
    ::tcsetattr(fd_, echo ? TCSANOW : TCSAFLUSH, &wanted);
}

std::optional<std::string> typed_lines::read() {
    auto newline = input_.find('\n');
    if (newline == std::string::npos) {
        std::array<char, 4096> chunk{};
        const auto size = ::read(fd_, chunk.data(), chunk.size());
        if (size > 0)
            input_.append(chunk.data(), static_cast<std::size_t>(size));
        else if (size == 0 || (errno != EINTR && errno != EAGAIN))
            end_ = true;
        newline = input_.find('\n');
    }
    if (newline == std::string::npos) {
        if (!end_ || input_.empty())
            return std::nullopt;
        newline = input_.size(); // the last line of a file need not end
    }
    auto line = input_.substr(0, newline);
    input_.erase(0, newline + 1);
    if (!line.empty() && line.back() == '\r')
        line.pop_back();
    return line;
}

} // namespace cihost::cli
