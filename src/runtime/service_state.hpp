// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/ca_pmt_plan.hpp"
#include "policy/slot_supervisor.hpp"

#include <cihost/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cihost::runtime {

/// Everything that decides whether a service is clear.
struct service_facts {
    struct module {
        policy::slot_state state = policy::slot_state::empty;
        /// menu_string, if the module gave one.
        std::string name;
        /// Nothing while the module has not told.
        std::optional<std::vector<std::uint16_t>> ca_system_ids;
        /// Of the service, in this module's plan; nothing when it is not wanted.
        std::optional<policy::service_status> status;
        /// Its CA_PMT does not fit through the device's interface.
        bool too_large = false;
        /// Why the device does not tell whether there is a module; empty = it does.
        std::string problem = {};
        /// The title of what it shows and nobody has answered; nothing = no menu.
        std::optional<std::string> menu = {};
    };

    std::uint16_t program_number = 0;
    /// Empty, or why there is no device.
    std::string device_problem;
    /// The receiver is tuned to nothing.
    bool idle = false;
    bool locked = false;
    bool pat_known = false;
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
    std::uint64_t ecms = 0;
    /// Empty, or why there is no CA device.
    std::string ca_device_problem;
    std::vector<module> modules;
    time_point now{};
};

struct service_state {
    /// For machines: "clear", "no_device", "idle", "not_tuned", "waiting_for_pat",
    /// "not_in_multiplex", "no_pmt", "no_packets", "scrambled_without_ca", "not_wanted",
    /// "no_ca_device", "no_module", "starting", "no_ca_support", "no_common_ca_system",
    /// "over_capacity", "queued", "too_large", "requested", "waiting_for_ecm", "refused",
    /// "menu_waiting", "scrambled".
    std::string word;
    /// For people: one sentence.
    std::string sentence;
};

/// Why a service is clear, or not.
service_state explain(const service_facts& facts);

/// "0500 (Viaccess), 4AFE".
std::string list_ca_systems(const std::vector<std::uint16_t>& ids);

} // namespace cihost::runtime
