// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/frontend.hpp"

#include <cstdio>

namespace cihost::device {
namespace {

std::string level(std::optional<std::int32_t> thousandths, const char* unit,
                  std::optional<std::uint16_t> relative) {
    char text[48] = "";
    if (thousandths)
        std::snprintf(text, sizeof text, "%.1f %s", *thousandths / 1000.0, unit);
    else if (relative)
        std::snprintf(text, sizeof text, "%.0f %%", *relative * 100.0 / 65535);
    return text;
}

} // namespace

std::string describe(const signal_status& signal) {
    auto text = level(signal.strength_mdbm, "dBm", signal.strength_relative);
    const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
    if (const auto cnr = level(signal.cnr_mdb, "dB", signal.cnr_relative); !cnr.empty())
        add("C/N " + cnr);
    if (signal.uncorrected_blocks)
        add(std::to_string(*signal.uncorrected_blocks) + " uncorrected blocks");
    return text;
}

} // namespace cihost::device
