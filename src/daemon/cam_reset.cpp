// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/cam_reset.hpp"

#include "base/suggestion.hpp"
#include "daemon/rpc_params.hpp"
#include "policy/service_cause.hpp"
#include "policy/slot_supervisor.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace cihost::daemon {

namespace errc = boost::system::errc;
namespace json = boost::json;

namespace {

constexpr const char* way_out = " End that first, or force it: 'cihost cam reset --force', or "
                                "'force' in a request.";

std::string name_of(const runtime::service_report& s) {
    return s.name.empty() ? std::to_string(s.program_number) : s.name;
}

/// Now, or until a moment ago: a module that is late with its keys does not lose its services.
bool has_picture(const runtime::service_report& s) {
    return s.state == policy::name(policy::service_cause::clear) ||
           s.state == policy::name(policy::service_cause::scrambled_again);
}

/// What people would lose by a reset: what a module of that receiver makes clear for them. Drivers
/// reset all slots of a device together.
std::vector<std::string> what_suffers(receiver_set& receivers, const receiver_set::member& where) {
    std::vector<std::string> all;
    const auto recordings = receivers.recordings();
    for (const auto& s : where.port->report().services) {
        if (!s.slot || !has_picture(s))
            continue;
        for (const auto& r : recordings)
            if (r.receiver == where.name && r.report.program_number == s.program_number &&
                !is_finished(r.report))
                all.push_back("recording " + std::to_string(r.report.id) + " of " + name_of(s));
        if (const auto v = where.viewers.find(s.program_number); v != where.viewers.end())
            all.push_back(std::to_string(v->second) +
                          (v->second == 1 ? " viewer of " : " viewers of ") + name_of(s));
    }
    return all;
}

} // namespace

json::object reset_cam(receiver_set& receivers, const json::object& params) {
    const rpc_params p{params, {"receiver", "slot", "force"}};
    const auto slot = p.number("slot").value_or(0);
    const bool force = p.flag("force").value_or(false);
    auto& where = receivers.only_or_named(p.text("receiver"));
    const auto which =
        std::min<std::uint64_t>(slot, std::numeric_limits<unsigned>::max()); // no slot either
    const auto text = "slot " + std::to_string(slot) + " of receiver '" + where.name + "'";
    const auto cams = where.port->report().cams;
    const bool known = which < cams.size();
    // with a reason, it is not known to be so
    if (known && cams[which].state == policy::name(policy::slot_state::empty) &&
        cams[which].reason.empty())
        throw rpc_error{rpc_code::conflict, "There is no CAM in " + text +
                                                "; nothing was reset. 'cihost cams' shows what is "
                                                "in the slots."};
    const auto suffering =
        force || !known ? std::vector<std::string>{} : what_suffers(receivers, where);
    if (!suffering.empty())
        throw rpc_error{rpc_code::conflict,
                        "A reset of " + text + " would disturb " + join(suffering) + "." + way_out};
    const auto failed = where.port->reset_cam(static_cast<unsigned>(which), force);
    if (failed == errc::no_such_file_or_directory)
        throw rpc_error{rpc_code::not_found, "There is no " + text + ": it has " +
                                                 std::to_string(where.port->report().cams.size()) +
                                                 ", counted from 0."};
    if (failed == errc::no_such_device)
        throw rpc_error{rpc_code::conflict, "The CA device of receiver '" + where.name +
                                                "' is not open; the log says what is in the way."};
    if (failed == errc::device_or_resource_busy)
        throw rpc_error{rpc_code::conflict,
                        "A reset of " + text +
                            " resets the other slots of its device too, and the module in one of "
                            "them serves something." +
                            way_out};
    if (failed == errc::resource_unavailable_try_again)
        throw rpc_error{rpc_code::conflict, "The device of " + text +
                                                " is being reset, or does not come back from an "
                                                "order; try again in a moment."};
    if (failed)
        throw rpc_error{rpc_code::failed,
                        "The module in " + text + " cannot be reset: " + failed.message() + "."};
    return {{"receiver", where.name}, {"slot", slot}};
}

} // namespace cihost::daemon
