// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/receiver_set.hpp"
#include "device/tuning.hpp"
#include "policy/assignment.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cihost::daemon {

/// Who wants a service of the daemon, and where it is served or why not.
struct plan_line {
    /// "recording", "viewer", "configured", or "module": what a module asks for by Host Control.
    std::string kind;
    /// Of a recording.
    std::optional<std::uint64_t> recording;
    /// Of a viewer's wish: how many there are.
    std::size_t viewers = 0;
    std::uint16_t program_number = 0;
    std::string name;
    int priority = 0;
    /// Nothing: none can.
    std::optional<std::string> receiver;
    /// Nothing: no module is asked.
    std::optional<unsigned> slot;
    /// The module's name, if it told one.
    std::string cam;
    /// It has no receiver, or nothing descrambles it although it should be.
    bool left_out = false;
    /// A sentence.
    std::string reason;
    /// How the service is, as a receiver reports it; empty: no receiver has it.
    std::string state = {};
    std::string state_reason = {};
};

struct plan_settings {
    policy::assignment_rules rules;
    policy::assignment_priorities priorities;
};

/// Puts the question who serves what: what the receivers report and what is wanted of them, in
/// terms of policy::assign().
class service_plan {
  public:
    /// `receivers` must outlive this object.
    service_plan(receiver_set& receivers, plan_settings settings)
        : receivers_{receivers}
        , settings_{std::move(settings)} {}

    void use(plan_settings settings) { settings_ = std::move(settings); }

    /// A service that somebody wants to record, or to watch.
    struct request {
        std::uint16_t program_number = 0;
        std::string name;
        device::tuning where;
        /// The only receiver that may serve it.
        std::optional<std::string> receiver;
        /// It is wanted even if nothing descrambles it.
        bool scrambled_too = false;
        bool viewer = false;
    };
    struct placement {
        /// Null: none.
        receiver_set::member* member = nullptr;
        bool tune = false;
        /// A sentence about the place, or why there is none.
        std::string reason;
        /// Of one without a place: what is in the way, and whether it is a matter of modules.
        std::vector<std::string> obstacles;
        policy::assignment_shortage shortage = policy::assignment_shortage::none;
        /// The rule that leaves it scrambled there, for people; empty: none does.
        std::string left_scrambled_by;
    };
    placement place(const request& wanted);

    /// A slot whose module could descramble a service, and may, by the rules.
    struct able_cam {
        std::string receiver;
        unsigned slot = 0;
        std::string name;
    };
    /// Of all receivers that are on its multiplex `where`, or can come there; none while nobody
    /// knows what it is scrambled with. Without `where`: of all.
    std::vector<able_cam> able_cams(const policy::assignment_service& service,
                                    const std::vector<std::uint16_t>& ca_system_ids,
                                    const std::optional<device::tuning>& where = {}) const {
        return able_cams(settings_.rules, service, ca_system_ids, where);
    }
    /// CAMs could, but for the rules.
    bool ruled_out(const policy::assignment_service& service,
                   const std::vector<std::uint16_t>& ca_system_ids,
                   const std::optional<device::tuning>& where = {}) const {
        return able_cams(service, ca_system_ids, where).empty() &&
               !able_cams({}, service, ca_system_ids, where).empty();
    }

    /// The rule that leaves a service scrambled; null: none does, or nobody knows what it is
    /// scrambled with.
    const policy::assignment_rule* rule_against(const receiver_set::location& there) const;

    /// All that is wanted now, in the order of the receivers.
    std::vector<plan_line> lines();

    /// Remembers what the services of the multiplexes received are scrambled with: once a receiver
    /// is elsewhere, nothing else tells. To be called every second or so.
    void remember();

  private:
    struct known_service {
        device::tuning where;
        std::uint16_t program_number = 0;
        std::string provider;
        std::vector<std::uint16_t> ca_system_ids;
        std::vector<std::uint16_t> streams;
    };
    struct snapshot {
        policy::assignment_question question;
        std::vector<device::tuning> multiplexes;
        /// One for each wish.
        std::vector<plan_line> lines;
        /// Of those that have no multiplex to be wished from.
        std::vector<plan_line> elsewhere;
    };

    std::vector<able_cam> able_cams(const policy::assignment_rules& rules,
                                    const policy::assignment_service& service,
                                    const std::vector<std::uint16_t>& ca_system_ids,
                                    const std::optional<device::tuning>& where) const;
    snapshot look();
    static std::size_t multiplex_of(snapshot& now, const device::tuning& where);
    void add_receiver(snapshot& now, const receiver_set::member& m,
                      const runtime::receiver_report& report) const;
    void add_wishes(snapshot& now, std::size_t receiver, const runtime::receiver_report& report,
                    const std::vector<set_recording>& recordings) const;
    policy::assignment_wish wish_for(std::size_t receiver, const runtime::receiver_report& report,
                                     std::uint16_t program_number) const;
    /// Services of the configuration that the receiver does not find, or not yet.
    void add_missing(snapshot& now, const receiver_set::member& m,
                     const runtime::receiver_report& report) const;
    void find_reach(snapshot& now) const;
    const known_service* recall(const device::tuning& where, std::uint16_t program_number) const;
    /// By who receives it now; else as remembered.
    std::optional<known_service> known(const device::tuning& where,
                                       std::uint16_t program_number) const;

    receiver_set& receivers_;
    plan_settings settings_;
    std::vector<known_service> known_;
};

} // namespace cihost::daemon
