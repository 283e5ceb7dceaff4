// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <termios.h>

namespace cihost::cli {

/// Lines that somebody types, or that come from a file or a pipe. On a terminal nothing is shown
/// of what is typed but while it is asked for, and what was typed before is thrown away: it was
/// meant for something else. The destructor gives the terminal back as it was.
class typed_lines {
  public:
    explicit typed_lines(int fd);
    typed_lines(const typed_lines&) = delete;
    typed_lines& operator=(const typed_lines&) = delete;
    ~typed_lines();

    /// From now on what is typed is an answer to what was just asked.
    void ask(bool blind);
    /// It is none any more.
    void hush();

    /// Reads once; to be called when the descriptor is readable. A whole line, without its end, or
    /// nothing yet.
    std::optional<std::string> read();
    /// There will be no more.
    bool at_end() const noexcept { return end_; }

  private:
    void show_typing(bool echo);

    int fd_;
    termios before_{};
    bool terminal_;
    bool end_ = false;
    std::string input_;
};

} // namespace cihost::cli
