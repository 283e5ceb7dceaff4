// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cihost::policy {

/// A receiver by its name, or one of its CI slots.
struct assignment_target {
    std::string receiver;
    /// Nothing: the receiver with all its slots.
    std::optional<unsigned> slot;

    friend bool operator==(const assignment_target&, const assignment_target&) = default;
};

/// What the user says of where services belong. It is for a service that fits all that is given
/// of the first part; with a CA system, it is for descrambling by that system alone.
struct assignment_rule {
    std::optional<std::uint16_t> program_number;
    /// As broadcast; upper and lower case of A to Z alike, as for the provider.
    std::optional<std::string> service_name;
    std::optional<std::string> provider;
    std::optional<std::uint16_t> ca_system_id;

    /// Nowhere else, if it is not empty. Several rules of that kind: where all of them allow it.
    std::vector<assignment_target> only;
    std::vector<assignment_target> avoid;
    /// It is never descrambled, by this CA system or at all; it is received all the same.
    bool never_descramble = false;
    /// In simulcrypt, the first of these that the service has is used before others. The first
    /// rule that fits the service and says so decides.
    std::vector<std::uint16_t> prefer;
    /// Of the configuration, where it begins; 0: of none.
    unsigned line = 0;

    friend bool operator==(const assignment_rule&, const assignment_rule&) = default;
};

/// What rules go by.
struct assignment_service {
    std::uint16_t program_number = 0;
    /// Empty: not known (yet).
    std::string name;
    std::string provider;
};

using assignment_rules = std::vector<assignment_rule>;

/// Whether a receiver may be used for a service, scrambled or not.
bool may_receive(const assignment_rules& rules, const assignment_service& service,
                 const std::string& receiver);
/// Whether a slot may descramble the service by that CA system.
bool may_descramble(const assignment_rules& rules, const assignment_service& service,
                    const std::string& receiver, unsigned slot, std::uint16_t ca_system_id);
/// The same for a module whose CA systems are not known.
bool may_descramble(const assignment_rules& rules, const assignment_service& service,
                    const std::string& receiver, unsigned slot);
/// Whether a service with these CA systems is left scrambled by order.
bool never_descrambled(const assignment_rules& rules, const assignment_service& service,
                       std::span<const std::uint16_t> ca_system_ids);
/// The rule by which it is; null: none is.
const assignment_rule* rule_against(const assignment_rules& rules,
                                    const assignment_service& service,
                                    std::span<const std::uint16_t> ca_system_ids);

/// A slot that a rule wants a service in, and a receiver does not have.
struct misplaced_target {
    const assignment_rule* rule = nullptr;
    unsigned slot = 0;
};
std::optional<misplaced_target> misplaced(const assignment_rules& rules,
                                          const assignment_service& service,
                                          const std::string& receiver,
                                          std::span<const unsigned> slots);

/// For people: "the rule in line 12 of the configuration".
std::string name_of(const assignment_rule& rule);

/// What a rule keeps a service from, and the key that does so.
struct rule_effect {
    const assignment_rule* rule = nullptr;
    /// "only", "avoid", "descramble = false".
    const char* key = "";
};
/// Why may_receive() says no; nothing: it does not.
std::optional<rule_effect> bar_to_receiver(const assignment_rules& rules,
                                           const assignment_service& service,
                                           const std::string& receiver);
/// Why may_descramble() says no for one of these CA systems, or at all.
std::optional<rule_effect> bar_to_slot(const assignment_rules& rules,
                                       const assignment_service& service,
                                       const std::string& receiver, unsigned slot,
                                       std::span<const std::uint16_t> ca_system_ids);
/// "the rule in line 12 of the configuration (avoid)".
std::string name_of(const rule_effect& effect);

/// Those of a service's CA systems that may be used at a slot, the preferred one alone if the
/// module knows it. `known` empty: the module takes them all.
std::vector<std::uint16_t> usable_systems(const assignment_rules& rules,
                                          const assignment_service& service,
                                          const std::string& receiver, unsigned slot,
                                          std::span<const std::uint16_t> of_service,
                                          std::span<const std::uint16_t> known);
/// How early in the preference a CA system stands; those that are not in it come after.
std::size_t preference_of(const assignment_rules& rules, const assignment_service& service,
                          std::uint16_t ca_system_id);

} // namespace cihost::policy
