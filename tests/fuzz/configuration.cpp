// SPDX-License-Identifier: LGPL-2.1-or-later
/// Any text as cihostd.toml.

#include "daemon/config.hpp"

#include <cstdlib>
#include <string_view>

using namespace cihost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto outcome = daemon::parse_config(text, "/etc/cihost/cihostd.toml");
    for (const auto& problem : outcome.problems)
        if (problem.text().empty())
            std::abort();
    if (outcome.ok() && daemon::describe(outcome.value).empty())
        std::abort();
    return 0;
}
