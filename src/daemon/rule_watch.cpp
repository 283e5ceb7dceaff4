// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/rule_watch.hpp"

#include "base/suggestion.hpp"

#include <algorithm>
#include <vector>

namespace cihost::daemon {

void rule_watch::look() {
    for (const auto& rule : rules_) {
        for (const auto& target : rule.only)
            look_at(rule, target);
        for (const auto& target : rule.avoid)
            look_at(rule, target);
    }
}

void rule_watch::look_at(const policy::assignment_rule& rule,
                         const policy::assignment_target& target) {
    const auto& members = receivers_.members();
    const auto member = std::ranges::find(members, target.receiver, &receiver_set::member::name);
    auto what = policy::name_of(rule) + " names ";
    what[0] = static_cast<char>(what[0] - 'a' + 'A');
    if (member == members.end()) {
        // one that is plugged in later may be it
        what += "the receiver '" + target.receiver + "', which is not there.";
    } else {
        const auto report = member->port->report();
        const auto& cams = report.cams;
        if (!target.slot || !report.ca_interface ||
            std::ranges::find(cams, *target.slot, &runtime::cam_report::slot) != cams.end())
            return;
        std::vector<std::string> slots;
        for (const auto& cam : cams)
            slots.push_back(std::to_string(cam.slot));
        what += "slot " + std::to_string(*target.slot) + " of '" + target.receiver +
                "', which it does not have. " +
                (slots.empty() ? "It has none." : "Its slots: " + join(slots) + ".");
    }
    if (said_.insert(what).second)
        log_({severity::warning, "policy", what});
}

} // namespace cihost::daemon
