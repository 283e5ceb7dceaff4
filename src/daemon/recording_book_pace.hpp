// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/time.hpp>

#include <chrono>
#include <optional>

namespace cihost::daemon {

/// How often the book looks at what has become of its files and recordings.
struct recording_book_pace {
    static constexpr std::chrono::seconds period{1};
    /// Without recordings: for files that the disk did not take.
    static constexpr std::chrono::seconds idle_period{5};
    /// While the keeper reads what there is to be taken up.
    static constexpr std::chrono::milliseconds load_period{20};
    /// What is to be recorded waits no longer for that: the folder hangs.
    static constexpr std::chrono::seconds load_patience{5};
    /// Between two attempts to have a file for the notes.
    static constexpr std::chrono::seconds claim_period{1};

    /// Until the next look. `claiming`: for how long the keeper has been reading; `idle`: there is
    /// nothing else to be done.
    static constexpr duration pause(std::optional<duration> claiming, bool idle) {
        if (claiming && *claiming < load_patience)
            return load_period;
        return idle ? duration{idle_period} : duration{period};
    }
};

} // namespace cihost::daemon
