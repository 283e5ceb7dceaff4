// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/cam_memory.hpp"
#include "policy/module_host.hpp"

#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>

namespace cihost::policy {

/// What the stream shows of a service that this module, and no other, was asked for.
struct observed_service {
    std::uint16_t program_number = 0;
    /// It is scrambled before the module: packets were, or ECMs come.
    bool scrambled_on_air = false;
    /// Packets of it come, and the latest are clear.
    bool clear = false;
    /// Packets of it come, and the latest are scrambled.
    bool scrambled = false;
    /// Since it is wanted; never: not yet.
    time_point first_clear = never;
};

/// Draws the lessons of one slot: what its module did goes into the memory.
class cam_lessons {
  public:
    /// From time to time; a second or less apart.
    void look(const module_host& host, std::span<const observed_service> services,
              cam_memory& memory, std::chrono::sys_seconds utc, time_point now);

  private:
    void look_at(const module_host& host, const observed_service& service, const cam_identity& who,
                 cam_memory& memory);
    static bool was_rescued(const module_host& host, const observed_service& service);
    static bool waited_for_menu(const module_host& host, time_point asked_at,
                                const observed_service& service);
    void begin(unsigned conversation);

    unsigned conversation_ = 0;
    bool started_ = false;
    time_point answers_due_ = time_point::min();
    unsigned most_clear_ = 0;
    /// When the CA_PMT went whose effect was told.
    std::map<std::uint16_t, time_point> told_;
    /// Services that this conversation brought to light.
    std::set<std::uint16_t> proven_;
    std::map<std::uint16_t, time_point> dark_since_;
    /// Of them, those that were taken for a limit.
    std::set<std::uint16_t> judged_;
};

} // namespace cihost::policy
