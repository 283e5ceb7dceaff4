// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/report_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <variant>

namespace cihost::daemon {
namespace {

namespace json = boost::json;

template<class T>
json::value maybe(const std::optional<T>& value) {
    return value ? json::value(*value) : json::value(nullptr);
}

json::array numbers(const std::vector<std::uint16_t>& values) {
    return json::array(values.begin(), values.end());
}

json::value application_json(const std::optional<en50221::application_info>& info) {
    if (!info)
        return nullptr;
    return {{"application_type", info->application_type},
            {"manufacturer", info->manufacturer},
            {"manufacturer_code", info->manufacturer_code},
            {"menu_string", info->menu_string}};
}

const char* name(en50221::mmi_display::form shape) {
    using form = en50221::mmi_display::form;
    switch (shape) {
    case form::menu:
        return "menu";
    case form::list:
        return "list";
    case form::enquiry:
        break;
    }
    return "enquiry";
}

json::value shown(const std::optional<policy::shown_menu>& menu) {
    if (!menu)
        return nullptr;
    const auto& d = menu->display;
    return {{"id", menu->id},
            {"form", name(d.shape)},
            {"title", d.title},
            {"subtitle", d.subtitle},
            {"bottom", d.bottom},
            {"choices", json::array(d.choices.begin(), d.choices.end())},
            {"blind", d.blind},
            {"answer_length", d.answer_length > 0 ? json::value(d.answer_length) : nullptr},
            {"answered", menu->answered}};
}

json::value wish(policy::module_menu::request asked) {
    using request = policy::module_menu::request;
    switch (asked) {
    case request::waiting:
        return "waiting";
    case request::refused:
        return "refused";
    case request::none:
        break;
    }
    return nullptr;
}

json::value running_trace(const std::optional<runtime::trace_report>& trace) {
    if (trace && (trace->state == "opening" || trace->state == "running"))
        return json::value(trace->file);
    return nullptr;
}

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value recovery_json(const std::optional<runtime::recovery_report>& recovery) {
    if (!recovery)
        return nullptr;
    json::array steps;
    for (const auto& step : recovery->steps)
        steps.push_back({{"name", step.name},
                         {"times", step.times},
                         {"at", step.at},
                         {"scrambled_for", step.scrambled_for}});
    return {{"state", recovery->state},
            {"waits_for", text_or_null(recovery->waits_for)},
            {"helped", text_or_null(recovery->helped)},
            {"steps", std::move(steps)}};
}

template<class List>
json::array objects(const List& list) {
    json::array array;
    for (const auto& entry : list)
        array.push_back(to_json(entry));
    return array;
}

} // namespace

json::object to_json(const runtime::service_report& r) {
    return {{"program_number", r.program_number},
            {"name", r.name},
            {"provider", r.provider},
            {"wanted", r.wanted},
            {"ca_signalled", r.ca_signalled},
            {"scrambled_now", maybe(r.scrambled_now)},
            {"ca_system_ids", numbers(r.ca_system_ids)},
            {"state", r.state},
            {"reason", r.reason},
            {"wanted_at", maybe(r.wanted_at)},
            {"ca_pmt_at", maybe(r.ca_pmt_at)},
            {"first_clear_at", maybe(r.first_clear_at)},
            {"time_to_clear", maybe(r.time_to_clear)},
            {"ca_pmt_to_clear", maybe(r.ca_pmt_to_clear)},
            {"ecms", r.ecms},
            {"crypto_periods", r.crypto_periods},
            {"scrambled_before_clear", r.scrambled_before_clear},
            {"scrambled_after_clear", r.scrambled_after_clear},
            {"clear_packets", r.clear_packets},
            {"continuity_errors", r.continuity_errors},
            {"ca_pmts_sent", r.ca_pmts_sent},
            {"slot", maybe(r.slot)},
            {"assignment", r.assignment},
            {"streams", r.streams.size()},
            {"present_event", r.present_event},
            {"pmt_complete_at", maybe(r.pmt_complete_at)},
            {"ca_pmt_handed_at", maybe(r.ca_pmt_handed_at)},
            {"recovery", recovery_json(r.recovery)}};
}

json::object to_json(const runtime::cam_report& r) {
    return {{"slot", r.slot},
            {"state", r.state},
            {"reason", r.reason},
            {"application", application_json(r.application)},
            {"profile", r.profile},
            {"profile_remark", r.profile_remark},
            {"ca_system_ids", numbers(r.ca_system_ids)},
            {"ready_to_ca_info", maybe(r.ready_to_ca_info)},
            {"tpdus_sent", r.tpdus_sent},
            {"tpdus_received", r.tpdus_received},
            {"restarts", r.restarts},
            {"takes_all", r.takes_all},
            {"max_services", r.max_services},
            {"max_streams", r.max_streams},
            {"resets", r.resets},
            {"resets_by_order", r.resets_by_order},
            {"spoken_to_slowly", r.spoken_to_slowly},
            {"menu", shown(r.menu)},
            {"menu_request", wish(r.menu_request)}};
}

json::object to_json(const runtime::receiver_report& r) {
    return {{"name", r.name},
            {"state", r.state},
            {"reason", r.reason},
            {"frequency_hz", r.tuning ? json::value(r.tuning->frequency_hz) : json::value(nullptr)},
            {"delivery_system",
             r.tuning ? json::value(device::name(r.tuning->system)) : json::value(nullptr)},
            {"tuning", r.tuning ? json::value(device::describe(*r.tuning)) : json::value(nullptr)},
            {"signal",
             {{"locked", r.signal.locked},
              {"strength_mdbm", maybe(r.signal.strength_mdbm)},
              {"cnr_mdb", maybe(r.signal.cnr_mdb)},
              {"strength_relative", maybe(r.signal.strength_relative)},
              {"cnr_relative", maybe(r.signal.cnr_relative)},
              {"bit_error_rate", maybe(r.signal.bit_error_rate)},
              {"uncorrected_blocks", maybe(r.signal.uncorrected_blocks)}}},
            {"transport_stream_id", maybe(r.transport_stream_id)},
            {"packets", r.packets},
            {"continuity_errors", r.continuity_errors},
            {"transport_errors", r.transport_errors},
            {"overflows", r.overflows},
            {"emm_sections", r.emm_sections},
            {"stale_scrambling_bits", r.stale_scrambling_bits},
            {"trace", running_trace(r.trace)},
            {"trace_report", r.trace ? json::value(to_json(*r.trace)) : json::value(nullptr)},
            {"led_by_slot", maybe(r.led_by_slot)},
            {"cams", objects(r.cams)},
            {"services", objects(r.services)}};
}

json::object to_json(const runtime::trace_report& r) {
    return {{"file", r.file},
            {"state", r.state},
            {"reason", r.reason},
            {"bytes", r.bytes},
            {"dropped_blocks", r.dropped_blocks}};
}

json::object to_json(const set_recording& recording) {
    const auto& r = recording.report;
    return {{"id", r.id},
            {"receiver", recording.receiver},
            {"program_number", r.program_number},
            {"file", r.file},
            {"state", r.state},
            {"reason", r.reason},
            {"bytes", r.bytes},
            {"packets", r.packets},
            {"dropped_packets", r.dropped_packets},
            {"scrambled_packets", r.scrambled_packets},
            {"continuity_errors", r.continuity_errors},
            {"started_at", maybe(r.started_at)}};
}

json::object to_json(const set_trace& trace) {
    return {{"receiver", trace.receiver}, {"file", trace.file.string()}, {"bytes", trace.bytes}};
}

json::object to_json(const missing_service& missing) {
    return {{"service", std::visit([](const auto& s) { return json::value(s); }, missing.service)},
            {"reason", missing.reason}};
}

json::object to_json(const plan_line& line) {
    return {{"kind", line.kind},
            {"recording", maybe(line.recording)},
            {"viewers", line.viewers},
            {"program_number", line.program_number},
            {"name", line.name},
            {"priority", line.priority},
            {"receiver", maybe(line.receiver)},
            {"slot", maybe(line.slot)},
            {"cam", line.cam},
            {"left_out", line.left_out},
            {"reason", line.reason},
            {"state", line.state},
            {"state_reason", line.state_reason}};
}

} // namespace cihost::daemon
