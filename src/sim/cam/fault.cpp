// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/fault.hpp"

#include <array>

namespace cihost::sim {
namespace {

constexpr std::array<const char*, cam_fault_count> names{"silent",       "slow",       "garbage",
                                                         "wrong-length", "wrong-tcid", "short-apdu",
                                                         "unready",      "reboot",     "removal"};

} // namespace

const char* name(cam_fault fault) noexcept { return names[static_cast<unsigned>(fault)]; }

std::optional<cam_fault> cam_fault_of(std::string_view text) noexcept {
    for (unsigned i = 0; i < cam_fault_count; ++i)
        if (text == names[i])
            return static_cast<cam_fault>(i);
    return std::nullopt;
}

std::string known_cam_faults() {
    std::string list;
    for (const auto* known : names)
        list.append(list.empty() ? "" : ", ").append(known);
    return list;
}

} // namespace cihost::sim
