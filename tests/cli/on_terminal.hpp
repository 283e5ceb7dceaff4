// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.hpp"
#include "cli/window_size.hpp"
#include "support/process.hpp"
#include "support/wait.hpp"

#include <cstddef>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cihost::test {

/// The real cihost on a terminal of its own, in front of which a test sits.
class on_terminal {
  public:
    /// A window of zeroes: a terminal that does not tell.
    explicit on_terminal(std::vector<std::string> arguments, bool colours = false,
                         cli::window_size window = {})
        : terminal_{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)} {
        if (!terminal_ || ::grantpt(terminal_.get()) != 0 || ::unlockpt(terminal_.get()) != 0)
            throw std::runtime_error("no pseudo terminal");
        const std::string name = ::ptsname(terminal_.get());
        const winsize told{static_cast<unsigned short>(window.rows),
                           static_cast<unsigned short>(window.columns), 0, 0};
        ::ioctl(terminal_.get(), TIOCSWINSZ, &told);
        // keeps the settings when the program has ended
        other_end_ = unique_fd{::open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC)};
        if (colours)
            ::unsetenv("NO_COLOR");
        else
            ::setenv("NO_COLOR", "1", 1);
        program_.emplace("cihost", std::move(arguments), process::on_node{name});
    }
    on_terminal(const on_terminal&) = delete;
    on_terminal& operator=(const on_terminal&) = delete;

    /// Waits until the text comes, behind what was waited for before.
    bool shows(const std::string& text) {
        for (;;) {
            const auto at = said_.find(text, seen_);
            if (at != std::string::npos) {
                seen_ = at + text.size();
                return true;
            }
            if (!read_some())
                return false;
        }
    }
    void type(const std::string& text) {
        if (::write(terminal_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
            throw std::runtime_error("nothing can be typed");
    }
    void signal(int number) { program_->signal(number); }
    bool echoes() const {
        termios now{};
        ::tcgetattr(other_end_.get(), &now);
        return (now.c_lflag & ECHO) != 0;
    }
    /// Waits for its end.
    int exit_status() {
        const auto status = program_->exit_status();
        while (readable(terminal_.get(), 0) && read_some()) {
        }
        return status;
    }
    const std::string& said() const noexcept { return said_; }

  private:
    bool read_some() {
        char chunk[4096];
        if (!readable(terminal_.get()))
            return false;
        const auto size = ::read(terminal_.get(), chunk, sizeof chunk);
        if (size <= 0)
            return false;
        said_.append(chunk, static_cast<std::size_t>(size));
        return true;
    }

    unique_fd terminal_;
    unique_fd other_end_;
    std::optional<process> program_;
    std::string said_;
    std::size_t seen_ = 0;
};

} // namespace cihost::test
