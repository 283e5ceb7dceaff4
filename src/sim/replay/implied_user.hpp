// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/replay/recording.hpp"

#include <cihost/en50221/event.hpp>
#include <cihost/en50221/slot.hpp>
#include <cihost/time.hpp>

#include <cstdint>
#include <set>

namespace cihost::sim {

/// The user of a recorded host: does again in the module's menus what was recorded.
class implied_user {
  public:
    void take(const en50221::event& told);

    /// The recorded host said `message`, because its user wanted something: wants it of `host`. A
    /// session number in it is the one that `host` gave. False: that cannot be wanted here and now,
    /// or no user wants it.
    bool repeat(const recorded_message& message, en50221::slot& host, time_point now);

  private:
    /// Open MMI sessions.
    std::set<std::uint16_t> dialogues_;
};

} // namespace cihost::sim
