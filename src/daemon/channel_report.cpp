// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/channel_report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <utility>

namespace cihost::daemon {

namespace json = boost::json;

json::object channel_report(const std::vector<device::channel>& channels) {
    json::array all;
    for (const auto& c : channels) {
        const bool known = c.tuning.system != device::delivery_system::unspecified;
        all.push_back(
            json::object{{"name", c.name},
                         {"program_number", c.program_number},
                         {"delivery_system", known ? json::value(device::name(c.tuning.system))
                                                   : json::value(nullptr)},
                         {"frequency_hz", c.tuning.frequency_hz},
                         {"tuning", device::describe(c.tuning)}});
    }
    return {{"channels", std::move(all)}};
}

} // namespace cihost::daemon
