// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/service_cause.hpp"

#include <array>
#include <cstddef>

namespace cihost::policy {

const char* name(service_cause cause) noexcept {
    static constexpr std::array names{"unknown_service",
                                      "not_received",
                                      "no_receiver",
                                      "no_device",
                                      "idle",
                                      "no_lock",
                                      "bad_reception",
                                      "overload",
                                      "no_pat",
                                      "wrong_multiplex",
                                      "not_in_multiplex",
                                      "no_pmt",

                                      "no_packets",
                                      "scrambled_without_ca",
                                      "not_wanted",
                                      "excluded",
                                      "no_ecm",
                                      "no_ca_device",
                                      "no_module",
                                      "starting",
                                      "restarting",
                                      "module_silent",
                                      "no_ca_support",
                                      "module_failed",
                                      "no_common_ca_system",
                                      "over_capacity",
                                      "queued",
                                      "too_large",
                                      "not_entitled",
                                      "refused",
                                      "requested",
                                      "menu_waiting",
                                      "scrambled",
                                      "scrambled_again",
                                      "clear_interrupted",
                                      "clear_damaged",
                                      "clear"};
    static_assert(names.size() == static_cast<std::size_t>(service_cause::clear) + 1);
    return names[static_cast<std::size_t>(cause)];
}

} // namespace cihost::policy
