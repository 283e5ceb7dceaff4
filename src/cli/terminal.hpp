// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/style.hpp"

#include <ostream>

namespace cihost::cli {

/// Where a command's words go.
struct terminal {
    std::ostream& out;
    std::ostream& err;
    /// Colours of `out`.
    cli::style style;
    /// `err` is a terminal: a line there may be written over.
    bool progress = false;
};

} // namespace cihost::cli
