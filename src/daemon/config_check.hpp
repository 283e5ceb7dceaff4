// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/config.hpp"
#include "daemon/surroundings.hpp"

#include <boost/json/object.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace cihost::daemon {

enum class finding_kind {
    /// As it should be.
    note,
    /// Worth knowing: perhaps another run of the same daemon, or what may come later.
    remark,
    /// Keeps cihostd from starting, recording or tracing, as this user.
    problem
};

/// What a configuration comes to on this machine.
struct config_findings {
    struct finding {
        finding_kind kind = finding_kind::note;
        std::string text;
    };
    struct receiver {
        std::string name;
        /// Whether its devices are there, in words.
        std::string devices;
    };
    std::vector<finding> all;
    std::vector<receiver> receivers;

    std::vector<std::string> of(finding_kind wanted) const;
    bool ok() const { return of(finding_kind::problem).empty(); }
};

/// For `cihostd --check`: the channel list, the receivers that the configuration makes, the
/// addresses, and whether what is to be written can be. Blocks, and changes nothing.
config_findings check_surroundings(const config& settings, const surroundings& around);

/// Line by line; without the problems.
std::string to_text(const config_findings& found);

/// The same with `loaded` for programs; of a configuration with problems of its own, these alone.
boost::json::object check_report(const std::filesystem::path& file, const config_outcome& loaded,
                                 const config_findings& found);

} // namespace cihost::daemon
