// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace cihost::en50221 {

/// resource_identifier(), EN 50221 §8.2.2: id_type 2 bits, class 14, type 10, version 6.
struct resource_id {
    std::uint32_t value = 0;

    constexpr unsigned resource_class() const noexcept { return value >> 16 & 0x3FFF; }
    constexpr unsigned type() const noexcept { return value >> 6 & 0x3FF; }
    constexpr unsigned version() const noexcept { return value & 0x3F; }
    /// Same resource, whatever the version.
    constexpr bool same_resource(resource_id other) const noexcept {
        return value >> 6 == other.value >> 6;
    }

    friend constexpr bool operator==(resource_id, resource_id) = default;
};

/// The same resource in another version, 1…63.
constexpr resource_id with_version(resource_id id, unsigned version) noexcept {
    return {(id.value & ~0x3FU) | (version & 0x3FU)};
}

inline constexpr resource_id resource_manager_v1{0x00010041};
inline constexpr resource_id application_information_v1{0x00020041};
inline constexpr resource_id ca_support_v1{0x00030041};
inline constexpr resource_id host_control_v1{0x00200041};
inline constexpr resource_id date_time_v1{0x00240041};
inline constexpr resource_id mmi_v1{0x00400041};

/// "CA Support v1" for people; empty if unknown: how to print the number is the caller's choice.
const char* resource_name(resource_id id) noexcept;

} // namespace cihost::en50221
