// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cihost/en50221/resource_id.hpp>

namespace cihost::en50221 {

const char* resource_name(resource_id id) noexcept {
    switch (id.value) {
    case 0x00010041:
        return "Resource Manager v1";
    case 0x00010042:
        return "Resource Manager v2";
    case 0x00020041:
        return "Application Information v1";
    case 0x00020042:
        return "Application Information v2";
    case 0x00020043:
        return "Application Information v3";
    case 0x00020044:
        return "Application Information v4";
    case 0x00020045:
        return "Application Information v5";
    case 0x00030041:
        return "CA Support v1";
    case 0x00030081:
        return "CA Support, multi-stream, v1";
    case 0x00100041:
        return "Authentication v1";
    case 0x00200041:
        return "Host Control v1";
    case 0x00200042:
        return "Host Control v2";
    case 0x00200043:
        return "Host Control v3";
    case 0x00200081:
        return "Host Control, multi-stream, v1";
    case 0x00240041:
        return "Date-Time v1";
    case 0x00400041:
        return "MMI v1";
    case 0x00400081:
        return "MMI, multi-stream, v1";
    case 0x00410041:
        return "Application MMI v1";
    case 0x00410042:
        return "Application MMI v2";
    case 0x00410081:
        return "Application MMI, multi-stream, v1";
    case 0x00606003:
        return "Low Speed Communications, IP, v3";
    case 0x008C1001:
        return "Content Control v1";
    case 0x008C1002:
        return "Content Control v2";
    default:
        return "";
    }
}

} // namespace cihost::en50221
