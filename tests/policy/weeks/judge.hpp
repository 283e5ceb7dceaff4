// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// What holds at every moment of the simulated weeks, by what comes out behind the modules.

#include "policy/weeks/receiver.hpp"

#include <cihost/time.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace cihost::test {

/// Of one receiver.
class weeks_judge {
  public:
    /// After each beat. What is wrong; empty: nothing.
    std::string look(const weeks_receiver& r, time_point now);

  private:
    struct watch {
        /// As the receiver was to have it, at the latest beat.
        std::optional<weeks_wish> wish;
        bool clear = false;
        std::optional<std::size_t> by;
        /// Since when it is not clear any more: the module that it had may have failed.
        time_point lost_at{};
        /// Since when some module has room for it.
        time_point room_since = never;
        /// It is clear although nobody wants it.
        time_point enabled_since = never;
    };

    std::string wanted(const weeks_receiver& r, const weeks_receiver::view& v, const watch& before,
                       time_point now) const;
    static std::string unwanted(const weeks_receiver& r, const weeks_receiver::view& v,
                                watch& service, time_point now);

    std::map<std::uint16_t, watch> watches_;
    time_point looked_at_{};
    time_point locked_since_ = never;
};

} // namespace cihost::test
