// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/ts/packet.hpp>

#include <bitset>
#include <cstddef>

namespace cihost::ts {

/// A set of PIDs, asked once a packet.
class pid_filter {
  public:
    void add(pid_t pid) noexcept { set_.set(pid & 0x1FFFU); }
    void remove(pid_t pid) noexcept { set_.reset(pid & 0x1FFFU); }
    void clear() noexcept { set_.reset(); }
    /// Every PID, null packets too.
    void add_all() noexcept { set_.set(); }
    bool contains(pid_t pid) const noexcept { return set_.test(pid & 0x1FFFU); }
    bool matches(packet_view packet) const noexcept { return contains(packet.pid()); }
    std::size_t count() const noexcept { return set_.count(); }

    friend bool operator==(const pid_filter&, const pid_filter&) = default;

  private:
    std::bitset<pid_count> set_;
};

} // namespace cihost::ts
