// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/assignment.hpp"
#include "policy/module_host.hpp"

#include <cihost/time.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cihost::policy {

/// A scrambled service that is wanted of a receiver.
struct slot_wish {
    assignment_service service;
    std::vector<std::uint16_t> ca_system_ids;
    std::vector<std::uint16_t> streams;
    int priority = 0;
    time_point since{};
    /// The slot whose module has been asked for it.
    std::optional<unsigned> asked;
    /// Slots whose modules have been asked in vain: others that know it are asked before them.
    std::vector<unsigned> in_vain;
};

/// As policy::assign() looks at a module.
struct slot_module {
    slot_state state = slot_state::empty;
    assignment_cam cam;
};

/// One slot of the receiver, with what its module is asked for.
struct receiver_slot {
    const module_host& host;
    ca_pmt_plan& plan;
};

/// What a slot that is in this state cannot be asked for; empty: it can, now or soon.
std::string unusable_text(slot_state state);

/// Leaves each service of one receiver to one of its slots.
class slot_assignment {
  public:
    struct decision {
        /// Nothing: no module is to be asked.
        std::optional<unsigned> slot;
        /// Empty: all that the module knows.
        std::vector<std::uint16_t> ca_system_ids;
        assignment_shortage shortage = assignment_shortage::none;
        std::string reason;
    };

    slot_assignment(std::string receiver, assignment_rules rules)
        : receiver_{std::move(receiver)}
        , rules_{std::move(rules)} {}

    void use(assignment_rules rules) { rules_ = std::move(rules); }

    /// Decides, and brings the slots' plans to it; then tick() them. `wishes`: of what the slots
    /// are asked for now nothing needs to be said. `wanted`: every service with the time since
    /// when, also those without a PMT, or in the clear, which stay where they were.
    void assign(std::vector<slot_wish> wishes, const std::map<std::uint16_t, time_point>& wanted,
                const std::vector<receiver_slot>& slots, time_point now);
    /// A service that no module knows waits at the first one that there is: its list may change.
    void decide(const std::vector<slot_wish>& wishes, const std::vector<slot_module>& modules);
    /// An empty one for a service that is not among those decided on.
    const decision& of(std::uint16_t program_number) const;
    bool knows(std::uint16_t program_number) const { return decisions_.contains(program_number); }
    bool has_rules() const noexcept { return !rules_.empty(); }

  private:
    void note_in_vain(const std::map<std::uint16_t, time_point>& wanted,
                      const std::vector<receiver_slot>& slots);

    const std::string receiver_;
    assignment_rules rules_;
    std::map<std::uint16_t, decision> decisions_;
    /// By service and slot: the conversation in which all was tried that can be.
    std::map<std::uint16_t, std::map<unsigned, unsigned>> in_vain_;
};

} // namespace cihost::policy
