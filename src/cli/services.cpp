// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/services.hpp"

#include "cli/cam_place.hpp"
#include "cli/json_view.hpp"
#include "cli/service_list.hpp"

#include <boost/json/serialize.hpp>

namespace cihost::cli {
namespace {

namespace json = boost::json;

constexpr const char* nothing_known =
    "No receiver knows its services yet, and there is no channel list; 'cihost status' says why.\n";
constexpr const char* nothing_like_that = "No service is like that; 'cihost services' lists all.\n";

/// An older daemon tells nothing of its list; what is on the air is worth showing all the same.
json::value channels_of(control_client& daemon) {
    try {
        return daemon.call("channels");
    } catch (const control_refused& e) {
        if (!e.unknown_method())
            throw;
        return nullptr;
    }
}

} // namespace

exit_status services(control_client& daemon, const services_command& what, bool as_json,
                     const terminal& t) {
    const auto on_air = daemon.call("services");
    const auto channels = channels_of(daemon);
    const auto status = daemon.call("status");
    if (what.receiver)
        require_receiver(status, *what.receiver);
    const auto all = service_list(on_air, channels, status);
    const auto some = filtered(all, what);
    const bool none = json_view{some}["services"].list().empty();
    // who names a service looks for it; that none is scrambled is an answer
    const auto outcome = what.pattern && none ? exit_status::refused : exit_status::done;
    if (as_json)
        t.out << json::serialize(some) << "\n";
    else if (!none)
        t.out << service_list_text(some, t.style);
    if (outcome == exit_status::refused || (none && !as_json))
        (outcome == exit_status::refused ? t.err : t.out)
            << (json_view{all}["services"].list().empty() ? nothing_known : nothing_like_that);
    return outcome;
}

} // namespace cihost::cli
