// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/style.hpp"

#include <ostream>

namespace cihost::cli {

/// Where a command's words go, and a person's come from.
struct terminal {
    std::ostream& out;
    std::ostream& err;
    /// Colours of `out`.
    cli::style style;
    /// `err` is a terminal: a line there may be written over.
    bool progress = false;
    /// The terminal that `out` is; -1: it is none.
    int window = -1;
    /// Where lines are read from; -1: from nowhere.
    int input = -1;
    /// A person sits there: `input` and `out` are terminals.
    bool person = false;
    /// The terminal that `err` is; -1: it is none.
    int err_window = -1;
};

} // namespace cihost::cli
