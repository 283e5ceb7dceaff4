// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/lab/faults.hpp"

#include "sim/lab/lab_protocol.h"

#include <array>
#include <utility>

namespace cihost::sim {

namespace {

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 7> names{{
    {"cis", lab_fault_cis},
    {"never-ready", lab_fault_never_ready},
    {"never-free", lab_fault_never_free},
    {"link-size", lab_fault_link_size},
    {"read-once", lab_fault_read_once},
    {"write-once", lab_fault_write_once},
    {"none", 0},
}};

} // namespace

std::optional<std::uint32_t> fault_of(std::string_view name) noexcept {
    for (const auto& [known, fault] : names)
        if (known == name)
            return fault;
    return std::nullopt;
}

std::string known_faults() {
    std::string list;
    for (const auto& [known, fault] : names)
        list.append(list.empty() ? "" : ", ").append(known);
    return list;
}

} // namespace cihost::sim
