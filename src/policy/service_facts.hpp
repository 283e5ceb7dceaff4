// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/assignment.hpp"
#include "policy/ca_pmt_plan.hpp"
#include "policy/service_recovery.hpp"
#include "policy/slot_supervisor.hpp"

#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cihost::policy {

/// What "lately" means where packets are counted.
inline constexpr std::chrono::seconds lately{10};

/// What keeps a module from its work for a service that it had.
enum class module_absence {
    none,
    /// It has other things to do, or is told of the service anew.
    not_asked,
    /// It does not answer, or its conversation begins anew.
    restarting,
    /// It is not in its slot.
    out,
};

/// Everything that decides whether a service is clear on one receiver, along its way.
struct service_facts {
    /// Counts of the last seconds.
    struct recent_counts {
        /// Of the whole multiplex, as far as it is taken.
        std::uint64_t packets = 0;
        std::uint64_t continuity_errors = 0;
        std::uint64_t transport_errors = 0;
        /// Times that this machine was too slow.
        std::uint64_t overflows = 0;
        /// Of the service, while it is wanted.
        std::uint64_t service_errors = 0;
        /// Came out scrambled although the stream had been clear; and those of them while no module
        /// was at work for the service, or not back at it, for this reason at the latest.
        std::uint64_t service_scrambled = 0;
        std::uint64_t service_unattended = 0;
        module_absence absence = module_absence::none;
    };
    struct module {
        slot_state state = slot_state::empty;
        /// menu_string, if the module gave one.
        std::string name;
        /// Nothing while the module has not told.
        std::optional<std::vector<std::uint16_t>> ca_system_ids;
        /// Of the service, in this module's plan; nothing when it is not wanted.
        std::optional<service_status> status;
        /// Its CA_PMT does not fit through the device's interface.
        bool too_large = false;
        /// Why the device does not tell whether there is a module; empty = it does.
        std::string problem = {};
        /// The title of what it shows and nobody has answered; nothing = no menu.
        std::optional<std::string> menu = {};
        /// What was done for the service.
        std::optional<recovery_status> recovery = {};
        unsigned slot = 0;
        /// It told no CA systems and is asked for anything.
        bool takes_all = false;
        /// What it is asked for at most; 0: no limit.
        unsigned max_services = 0;
        unsigned max_streams = 0;
        /// Conversations that broke off; resets of the module.
        unsigned restarts = 0;
        unsigned resets = 0;
        /// Its conversation ended for the sake of a service that stayed scrambled.
        bool recovering = false;
    };

    /// 0: a service of which nothing but its name is known.
    std::uint16_t program_number = 0;
    std::string name;
    std::string receiver;
    /// What the receiver is tuned to, for people: "474 MHz, DVB-T".
    std::string multiplex;
    /// Empty, or why there is no device.
    std::string device_problem;
    /// The receiver is tuned to nothing.
    bool idle = false;
    bool locked = false;
    /// Without a lock since.
    duration unlocked_for{0};
    /// What the tuner measures, for people: "-48.0 dBm, C/N 27.5 dB"; empty: nothing.
    std::string signal;
    /// By the PAT; nothing: none has come.
    std::optional<std::uint16_t> transport_stream_id;
    /// What it should be by the channel list or the configuration, if they say so.
    std::optional<std::uint16_t> expected_transport_stream_id;
    bool in_multiplex = false;
    /// What the multiplex holds instead: names or program_numbers.
    std::vector<std::string> others;
    bool pmt_known = false;
    std::vector<std::uint16_t> ca_system_ids;
    bool wanted = false;
    /// Its packets are looked at.
    bool watched = true;
    /// Packets of the leading stream were seen; the latest was scrambled.
    bool packets_seen = false;
    bool scrambled_now = false;
    /// Nothing: not clear, or for a time that is not known.
    std::optional<duration> clear_for;
    /// Since it was clear last; nothing: it is, or was not since it is wanted.
    std::optional<duration> scrambled_again_for;
    /// PIDs that its ECMs are looked for on, those of CA systems that are of use.
    std::vector<std::uint16_t> ecm_pids;
    std::uint64_t ecms = 0;
    /// For how long there was none although the service is received.
    duration ecm_silence{0};
    recent_counts recent;
    /// Empty, or why there is no CA device.
    std::string ca_device_problem;
    std::vector<module> modules;
    /// It is left to none of several modules, and why; or a rule wants it so.
    assignment_shortage shortage = assignment_shortage::none;
    std::string assignment;
    time_point now{};
};

} // namespace cihost::policy
