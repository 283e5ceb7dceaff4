// SPDX-License-Identifier: LGPL-2.1-or-later
/// Any text as profiles.toml, and any name as a module's.

#include "daemon/cam_profiles.hpp"

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace cihost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    policy::cam_profile_set set;
    std::vector<daemon::config_problem> problems;
    daemon::parse_cam_profiles(text, "profiles.toml", set, problems);
    for (const auto& problem : problems)
        if (problem.text().empty())
            std::abort();
    if (!problems.empty() && set.all().size() != 1)
        std::abort(); // half of a file
    const policy::cam_identity who{0x4A20, 0x4A20, std::string{text.substr(0, 200)}};
    if (set.find(set.choose(who, std::vector<std::uint16_t>{0x0500}).name) == nullptr)
        std::abort();
    return 0;
}
