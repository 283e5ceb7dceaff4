// SPDX-License-Identifier: GPL-2.0-or-later
/// cihost: talks to cihostd (src/daemon/CONTROL.md).

#include "cli/program.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <unistd.h>
#include <vector>

int main(int argc, char** argv) {
    using namespace cihost::cli;
    // https://no-color.org
    const char* no_color = std::getenv("NO_COLOR");
    const bool window = ::isatty(STDOUT_FILENO) == 1;
    const bool colours = window && (no_color == nullptr || *no_color == '\0');
    const bool progress = ::isatty(STDERR_FILENO) == 1;
    const terminal t{.out = std::cout,
                     .err = std::cerr,
                     .style = style{colours},
                     .progress = progress,
                     .window = window ? STDOUT_FILENO : -1,
                     .input = STDIN_FILENO,
                     .person = window && ::isatty(STDIN_FILENO) == 1,
                     .err_window = progress ? STDERR_FILENO : -1};
    try {
        return static_cast<int>(run(std::vector<std::string>(argv + 1, argv + argc), t));
    } catch (const std::exception& e) {
        std::cerr << "cihost: " << e.what() << "\n";
        return static_cast<int>(exit_status::refused);
    }
}
