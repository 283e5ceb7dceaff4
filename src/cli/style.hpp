// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace cihost::cli {

/// Colours, where they are wanted. Meaning never hangs on a colour alone.
class style {
  public:
    explicit style(bool colours = false) noexcept
        : colours_{colours} {}

    std::string good(const std::string& text) const { return in("32", text); }
    std::string bad(const std::string& text) const { return in("31", text); }
    std::string waiting(const std::string& text) const { return in("33", text); }
    std::string strong(const std::string& text) const { return in("1", text); }
    std::string faint(const std::string& text) const { return in("2", text); }

  private:
    std::string in(const char* code, const std::string& text) const {
        return colours_ && !text.empty() ? "\x1b[" + std::string(code) + "m" + text + "\x1b[0m"
                                         : text;
    }

    bool colours_;
};

} // namespace cihost::cli
