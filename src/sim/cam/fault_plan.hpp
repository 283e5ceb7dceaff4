// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/fault.hpp"

#include <cihost/time.hpp>

#include <bitset>
#include <optional>
#include <vector>

namespace cihost::sim {

/// Which faults a module has at a moment: those of its rules, and those switched on by hand.
/// Deterministic: times count from READY, the rest is counted.
class fault_plan {
  public:
    explicit fault_plan(std::vector<fault_rule> rules);

    /// The module boots, is taken out, or loses its power.
    void run_ended(time_point now) noexcept;
    /// READY came: rules count from here.
    void ready(time_point now) noexcept { ready_at_ = now; }
    void host_wrote() noexcept { ++objects_; }

    bool has(cam_fault fault, time_point now) const noexcept;
    /// Of an answer about to be read: which fault spoils it, if any. Counts for `every`.
    std::optional<cam_fault> spoils_answer(time_point now);
    /// How late an answer is by `slow`.
    duration delay(time_point now) const noexcept;
    /// A rule's reboot or removal that is due and was not taken before. Of a removal, `lasts` says
    /// when the module is back.
    std::optional<fault_rule> take_exit(time_point now);
    /// When has() or take_exit() changes next by the clock alone.
    time_point deadline(time_point now) const noexcept;

    /// By hand, in place of what was so before. Reboot and removal are none for this.
    void set(std::bitset<cam_fault_count> by_hand) noexcept { by_hand_ = by_hand; }

  private:
    struct state {
        fault_rule rule;
        unsigned answers = 0;
        /// In which it began to hold, and which are over.
        unsigned runs = 0;
        bool taken = false;
    };
    static bool is_over(const state& entry) noexcept {
        return entry.rule.boots != 0 && entry.runs >= entry.rule.boots;
    }
    bool began(const state& entry, time_point now) const noexcept;
    bool applies(const state& entry, time_point now) const noexcept;
    time_point begin_of(const fault_rule& rule) const noexcept { return ready_at_ + rule.after; }

    std::vector<state> rules_;
    std::bitset<cam_fault_count> by_hand_;
    time_point ready_at_ = never;
    unsigned objects_ = 0;
};

} // namespace cihost::sim
