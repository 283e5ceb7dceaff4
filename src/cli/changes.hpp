// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/attention.hpp"
#include "cli/control_client.hpp"

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace cihost::cli {

/// Tells when it is worth to look at the daemon's status again: when it says so, or every now and
/// then with a daemon that cannot.
class changes {
  public:
    enum class reason { changed, resized, input, ended };

    /// `topics` as in CONTROL.md. `daemon` must outlive this object.
    changes(control_client& daemon, std::initializer_list<std::string_view> topics,
            std::chrono::milliseconds look_period);

    /// False: the daemon cannot tell, so that nothing need have changed.
    bool told() const noexcept { return told_; }

    /// Waits; for `input` to become readable too, if there is one, and until `limit` at most
    /// (which is `changed`). Throws unreachable when the daemon has gone.
    reason next(attention& signals, int input = -1,
                std::optional<std::chrono::milliseconds> limit = std::nullopt);

  private:
    control_client& daemon_;
    std::chrono::milliseconds look_period_;
    bool told_ = false;
};

} // namespace cihost::cli
