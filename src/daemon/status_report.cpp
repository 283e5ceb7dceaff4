// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/status_report.hpp"

#include "daemon/device_report.hpp"
#include "daemon/report_json.hpp"

#include <boost/json/array.hpp>

#include <utility>

namespace cihost::daemon {

namespace json = boost::json;

json::array receivers_report(const receiver_set& receivers) {
    json::array all;
    for (const auto& member : receivers.members()) {
        const auto report = member.port->report();
        auto receiver = to_json(report);
        for (std::size_t i = 0; i < report.services.size(); ++i)
            add_viewers(receiver["services"].as_array()[i].as_object(), member,
                        report.services[i].program_number);
        // one that rests does not look whether its tuner is there
        if (member.nodes && !member.present && receiver["state"] == json::value("idle")) {
            receiver["state"] = "absent";
            receiver["reason"] = absent_reason(*member.nodes);
        }
        json::array missing;
        for (const auto& m : member.missing)
            missing.push_back(to_json(m));
        receiver["missing_services"] = std::move(missing);
        all.push_back(std::move(receiver));
    }
    return all;
}

void add_viewers(json::object& service, const receiver_set::member& m,
                 std::uint16_t program_number) {
    const auto it = m.viewers.find(program_number);
    service["viewers"] = it == m.viewers.end() ? 0 : it->second;
}

std::string status_line(receiver_set& receivers) {
    std::size_t locked = 0;
    std::size_t ready = 0;
    std::size_t recording = 0;
    for (const auto& member : receivers.members()) {
        const auto report = member.port->report();
        locked += report.state == "locked" ? 1 : 0;
        for (const auto& cam : report.cams)
            ready += cam.state == "ready" ? 1 : 0;
    }
    for (const auto& r : receivers.recordings())
        recording += is_finished(r.report) ? 0 : 1;
    return "receivers: " + std::to_string(receivers.members().size()) +
           ", with a lock: " + std::to_string(locked) + "; CAMs ready: " + std::to_string(ready) +
           "; recordings: " + std::to_string(recording);
}

} // namespace cihost::daemon
