// SPDX-License-Identifier: LGPL-2.1-or-later
#include "receiver/report_values.hpp"

#include "device/frontend.hpp"
#include "policy/diagnosis.hpp"
#include "policy/slot_supervisor.hpp"

#include <optional>
#include <string_view>

namespace cihost::embedded {
namespace {

using policy::service_cause;

std::optional<double> thousandths(std::optional<std::int32_t> value) {
    return value ? std::optional{*value / 1000.0} : std::nullopt;
}

/// Where the general remedy names the daemon's commands, what a program can do.
std::string remedy_of(const policy::diagnosis& found, const std::string& general) {
    switch (found.cause) {
    case service_cause::no_device: // says so itself
        return {};
    case service_cause::idle:
        return "Tune the receiver.";
    case service_cause::not_wanted:
        return "Want it, or record it.";
    case service_cause::no_ca_device:
        return "cihostd --devices shows the CA devices and who uses them.";
    case service_cause::menu_waiting:
        return "cihostd can answer it, by \"cihost menu\"; a CAM that asks at every start may be "
               "told not to there.";
    case service_cause::scrambled:
        return "See whether the card is entitled to it: the CAM's menu tells, by cihostd and "
               "\"cihost menu\".";
    default:
        return general;
    }
}

/// What a viewer would be told of a service that waits for a slot in this state.
service_cause cause_of(std::string_view state) {
    using policy::slot_state;
    if (state == name(slot_state::empty))
        return service_cause::no_module;
    if (state == name(slot_state::silent))
        return service_cause::silent;
    if (state == name(slot_state::no_ca_support))
        return service_cause::no_ca_support;
    if (state == name(slot_state::failed))
        return service_cause::module_failed;
    return service_cause::starting;
}

std::string slot_text(const runtime::cam_report& cam) {
    const auto slot = "CI slot " + std::to_string(cam.slot);
    if (cam.state == name(policy::slot_state::empty))
        return with_remedy(cam.reason.empty() ? slot + " is empty." : slot + ": " + cam.reason,
                           cam.reason.empty() ? policy::remedy_for(service_cause::no_module) : "");
    auto text = "the CAM in " + slot + " is in the state '" + cam.state + "'.";
    text[0] = 'T';
    return with_remedy(with_remedy(text, cam.reason), policy::remedy_for(cause_of(cam.state)));
}

} // namespace

std::string with_remedy(const std::string& sentence, const std::string& remedy) {
    return sentence + (sentence.empty() || remedy.empty() ? "" : " ") + remedy;
}

std::string seconds_text(std::chrono::milliseconds time) {
    const auto ms = time.count();
    const auto tenths = ms % 1000 / 100;
    return std::to_string(ms / 1000) + (tenths != 0 ? "." + std::to_string(tenths) : "") + " s";
}

receiver_status status_of(const runtime::receiver_report& r) {
    return {.state = r.state,
            .reason = r.reason,
            .tuning = r.tuning,
            .locked = r.state == "locked",
            .signal = device::describe(r.signal),
            .strength_dbm = thousandths(r.signal.strength_mdbm),
            .cnr_db = thousandths(r.signal.cnr_mdb),
            .transport_stream_id = r.transport_stream_id,
            .packets = r.packets,
            .transport_errors = r.transport_errors,
            .continuity_errors = r.continuity_errors};
}

cam_status status_of(const runtime::cam_report& r) {
    cam_status cam{.slot = r.slot,
                   .state = r.state,
                   .ready = r.state == name(policy::slot_state::ready),
                   .reason = r.reason,
                   .ca_system_ids = r.ca_system_ids};
    if (r.application) {
        cam.name = r.application->menu_string;
        cam.manufacturer = r.application->manufacturer;
        cam.code = r.application->manufacturer_code;
    }
    if (r.menu && !r.menu->answered)
        cam.menu = r.menu->display.title;
    return cam;
}

service_status status_of(std::uint16_t program_number, const runtime::service_report* listed,
                         const runtime::service_verdict& verdict) {
    service_status service{.program_number = program_number,
                           .clear = policy::is_clear(verdict.found.cause),
                           .cause = name(verdict.found.cause),
                           .sentence = verdict.found.sentence,
                           .remedy = remedy_of(verdict.found, verdict.remedy)};
    for (const auto& e : verdict.evidence)
        service.evidence.push_back({e.what, e.value});
    if (listed == nullptr)
        return service;
    service.name = listed->name;
    service.provider = listed->provider;
    service.present_event = listed->present_event;
    service.in_multiplex = listed->in_multiplex;
    service.wanted = listed->wanted;
    service.ca_system_ids = listed->ca_system_ids;
    if (listed->time_to_clear)
        service.time_to_clear = std::chrono::duration<double>{*listed->time_to_clear};
    return service;
}

std::string why_no_cam(const runtime::receiver_report& r, std::chrono::milliseconds waited) {
    auto text = "No CAM was ready within " + seconds_text(waited) + ".";
    if (r.cams.empty())
        return text + " The CI slot cannot be used: " +
               (r.ca_problem.empty()
                    ? "the CA device is still being opened."
                    : with_remedy(r.ca_problem, remedy_of({service_cause::no_ca_device, {}}, {})));
    for (const auto& cam : r.cams)
        text = with_remedy(text, slot_text(cam));
    return text;
}

} // namespace cihost::embedded
