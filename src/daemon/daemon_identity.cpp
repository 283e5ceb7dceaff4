// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/daemon_identity.hpp"

#include <cihost/version.hpp>

#include <boost/json/array.hpp>

#include <string>

namespace cihost::daemon {

/// What came after the first release of the protocol is a feature: clients look for its name.
boost::json::object daemon_identity() {
    return {{"protocol", control_protocol},
            {"program", "cihostd"},
            {"version", std::string(version())},
            {"features", {"subscribe", "log", "cam.reset", "reload"}}};
}

} // namespace cihost::daemon
