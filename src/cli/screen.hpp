// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/window_size.hpp"

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

namespace cihost::cli {

/// As much of the text as the window holds, and the line `last` below it; what is left out is
/// counted there. The only escape sequences in the text are our own colours.
std::string fitted(std::string_view text, window_size window, std::string_view last = {});

/// So much of a line; each code point takes a column. Colours take none, and end with it.
std::string cut(std::string_view line, std::size_t columns);

/// The terminal's other screen, on which a text is drawn again and again in place; the destructor
/// gives the first one back as it was.
class screen {
  public:
    explicit screen(std::ostream& out);
    screen(const screen&) = delete;
    screen& operator=(const screen&) = delete;
    ~screen();

    void draw(std::string_view text, window_size window, std::string_view last = {});

  private:
    std::ostream& out_;
};

} // namespace cihost::cli
