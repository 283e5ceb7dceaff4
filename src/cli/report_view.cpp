// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report_view.hpp"

#include "base/table.hpp"
#include "cli/json_view.hpp"
#include "cli/text.hpp"

#include <cihost/ts/ca_descriptor.hpp>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace cihost::cli {
namespace {

namespace json = boost::json;
using align = table::align;

const std::string unknown = "-";

std::string number_or_dash(json_view v) {
    const auto n = v.number();
    return n ? count(*n) : unknown;
}

std::string seconds_or_dash(json_view v) {
    const auto s = v.real();
    return s ? seconds(*s) : unknown;
}

std::string plural(json_view v, const char* one, const char* many) {
    return number_or_dash(v) + " " + (v.number() == 1U ? one : many);
}

/// A count that ought to be 0.
table::cell fault(json_view v, const style& s) {
    const auto text = number_or_dash(v);
    return {text, v.number().value_or(0) > 0 ? s.bad(text) : text};
}

std::string coloured_state(const std::string& state, const style& s) {
    if (state == "clear" || state == "locked" || state == "ready" || state == "recording")
        return s.good(state);
    if (state == "failed" || state == "silent" || state == "absent" || state == "no lock" ||
        state == "refused")
        return s.bad(state);
    return s.waiting(state);
}

/// "0500 Viaccess, 0B00".
std::string ca_systems(json_view ids) {
    std::string text;
    for (const auto& entry : ids.list()) {
        const auto id = json_view{entry}.number();
        if (!id || *id > 0xFFFF)
            continue;
        const auto ca_system_id = static_cast<std::uint16_t>(*id);
        const std::string name = ts::ca_system_name(ca_system_id);
        text += (text.empty() ? "" : ", ") + hex16(ca_system_id) + (name.empty() ? "" : " " + name);
    }
    return text.empty() ? "none known" : text;
}

std::string thousandths(json_view v, const char* unit) {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%.1f %s", v.real().value_or(0) / 1000, unit);
    return text.data();
}

/// In the scale the driver has, or nothing of what it does not measure.
std::string measure(json_view absolute, const char* unit, json_view relative) {
    if (absolute.real())
        return thousandths(absolute, unit);
    if (const auto part = relative.number())
        return std::to_string((*part * 100 + 32767) / 65535) + " %";
    return {};
}

std::string signal_text(json_view signal) {
    const auto strength = measure(signal["strength_mdbm"], "dBm", signal["strength_relative"]);
    const auto cnr = measure(signal["cnr_mdb"], "dB", signal["cnr_relative"]);
    std::string text = strength;
    if (!cnr.empty())
        text += (text.empty() ? "C/N " : ", C/N ") + cnr;
    if (const auto blocks = signal["uncorrected_blocks"].number())
        text += (text.empty() ? "" : ", ") + count(*blocks) + " uncorrected blocks";
    return text.empty() ? "not measured" : text;
}

std::string receiver_text(json_view r, const style& s) {
    std::string text =
        "receiver " + s.strong(r["name"].text()) + ": " + coloured_state(r["state"].text(), s);
    if (const auto tuning = r["tuning"].text(); !tuning.empty())
        text += ", " + tuning;
    else if (const auto hz = r["frequency_hz"].number())
        text += ", " + frequency(*hz);
    if (const auto id = r["transport_stream_id"].number())
        text += ", transport stream " + std::to_string(*id);
    text += "\n";
    if (!r["reason"].text().empty())
        text += "  " + r["reason"].text() + "\n";
    if (r["signal"]["locked"].flag())
        text += "  signal      " + signal_text(r["signal"]) + "\n";
    text += "  stream      " + plural(r["packets"], "packet", "packets") + ", " +
            plural(r["continuity_errors"], "continuity error", "continuity errors") + ", " +
            plural(r["transport_errors"], "transport error", "transport errors") + ", " +
            plural(r["overflows"], "overflow", "overflows") + ", " +
            plural(r["emm_sections"], "EMM section", "EMM sections") + "\n";
    if (!r["trace"].text().empty())
        text += "  trace       " + r["trace"].text() + "\n";
    return text;
}

/// What the module shows on its screen, line by line.
std::string menu_text(json_view menu) {
    if (menu.null())
        return {};
    std::string text;
    const auto line = [&text](const std::string& words) {
        if (!words.empty())
            text += (text.empty() ? "    menu        " : "                ") + words + "\n";
    };
    line(menu["title"].text());
    line(menu["subtitle"].text());
    std::size_t number = 0;
    for (const auto& choice : menu["choices"].list()) {
        ++number;
        const auto words = json_view{choice}.text();
        line(menu["form"].text() == "menu" ? std::to_string(number) + "  " + words : words);
    }
    line(menu["bottom"].text());
    return text;
}

std::string cam_text(json_view c, const style& s) {
    std::string text =
        "  CAM slot " + number_or_dash(c["slot"]) + "  " + coloured_state(c["state"].text(), s);
    if (const auto application = c["application"]; !application.null()) {
        const auto hex = [](json_view v) {
            return hex16(static_cast<std::uint16_t>(v.number().value_or(0)));
        };
        text += ", \"" + application["menu_string"].text() + "\" (manufacturer " +
                hex(application["manufacturer"]) + ", code " +
                hex(application["manufacturer_code"]) + ")";
    }
    text += "\n";
    if (!c["reason"].text().empty())
        text += "    " + c["reason"].text() + "\n";
    if (c["state"].text() == "empty")
        return text;
    text += "    CA systems  " + ca_systems(c["ca_system_ids"]);
    if (const auto time = c["ready_to_ca_info"].real())
        text += ", known " + seconds(*time) + " after the CAM was ready";
    text += "\n    TPDUs       " + number_or_dash(c["tpdus_sent"]) + " sent, " +
            number_or_dash(c["tpdus_received"]) + " received, " +
            plural(c["restarts"], "restart", "restarts") + "\n";
    return text + menu_text(c["menu"]);
}

std::string service_table(const json::array& services, bool with_receiver, const style& s) {
    std::vector<table::column> columns{
        {"number", align::right},    {"service", align::left},   {"state", align::left},
        {"to clear", align::right},  {"ECMs", align::right},     {"crypto periods", align::right},
        {"scrambled", align::right}, {"CC errors", align::right}};
    if (with_receiver)
        columns.insert(columns.begin(), {"receiver", align::left});
    table t{columns};
    for (const auto& entry : services) {
        const json_view v{entry};
        std::vector<table::cell> row;
        if (with_receiver)
            row.emplace_back(v["receiver"].text());
        const auto state = v["state"].text();
        const bool wanted = v["wanted"].flag();
        const auto number = v["program_number"].number();
        row.emplace_back(number ? std::to_string(*number) : unknown);
        row.emplace_back(v["name"].text());
        row.push_back({state, wanted ? coloured_state(state, s) : s.faint(state)});
        row.emplace_back(seconds_or_dash(v["time_to_clear"]));
        row.emplace_back(number_or_dash(v["ecms"]));
        row.emplace_back(number_or_dash(v["crypto_periods"]));
        row.push_back(fault(v["scrambled_after_clear"], s));
        row.push_back(fault(v["continuity_errors"], s));
        t.add(std::move(row));
    }
    return t.empty() ? std::string{} : t.text(2);
}

/// Why a service that somebody wants is not there.
std::string complaints(const json::array& services) {
    std::string text;
    for (const auto& entry : services) {
        const json_view v{entry};
        const auto state = v["state"].text();
        if (!v["wanted"].flag() || state == "clear" || v["reason"].text().empty())
            continue;
        text += "  " + v["name"].text() + ": " + v["reason"].text() + "\n";
    }
    return text;
}

} // namespace

std::string status_text(const json::value& status, const style& s) {
    const json_view v{status};
    const auto uptime = std::chrono::seconds{std::llround(v["uptime"].real().value_or(0))};
    std::string text =
        v["program"].text() + " " + v["version"].text() + ", up for " + elapsed(uptime) + "\n";
    for (const auto& entry : v["receivers"].list()) {
        const json_view r{entry};
        text += "\n" + receiver_text(r, s);
        for (const auto& cam : r["cams"].list())
            text += cam_text(json_view{cam}, s);
        const auto& services = r["services"].list();
        if (!services.empty())
            text += "\n" + service_table(services, false, s) + complaints(services);
    }
    if (!v["recordings"].list().empty())
        text += "\n" + recordings_text(status, s);
    return text;
}

std::string services_text(const json::value& services, const style& s) {
    const auto& list = json_view{services}["services"].list();
    if (list.empty())
        return "No receiver knows its services yet; 'cihost status' says why.\n";
    return service_table(list, true, s) + complaints(list);
}

std::string recordings_text(const json::value& recordings, const style& s) {
    const auto& list = json_view{recordings}["recordings"].list();
    if (list.empty())
        return "There are no recordings.\n";
    table t{{{"recording", align::right},
             {"number", align::right},
             {"state", align::left},
             {"size", align::right},
             {"dropped", align::right},
             {"scrambled", align::right},
             {"CC errors", align::right},
             {"file", align::left}}};
    std::string reasons;
    for (const auto& entry : list) {
        const json_view v{entry};
        const auto state = v["state"].text();
        const auto number = v["program_number"].number();
        t.add({number_or_dash(v["id"]), number ? std::to_string(*number) : unknown,
               table::cell{state, coloured_state(state, s)}, size(v["bytes"].number().value_or(0)),
               fault(v["dropped_packets"], s), fault(v["scrambled_packets"], s),
               fault(v["continuity_errors"], s), v["file"].text()});
        if (!v["reason"].text().empty())
            reasons += "  " + number_or_dash(v["id"]) + ": " + v["reason"].text() + "\n";
    }
    return t.text(2) + reasons;
}

std::string recording_line(const json::value& recording, const style& s) {
    const json_view v{recording};
    std::string text =
        coloured_state(v["state"].text(), s) + ", " + size(v["bytes"].number().value_or(0)) + ", " +
        plural(v["packets"], "packet", "packets") + ", " + number_or_dash(v["scrambled_packets"]) +
        " scrambled, " + number_or_dash(v["dropped_packets"]) + " dropped, " +
        plural(v["continuity_errors"], "continuity error", "continuity errors");
    if (!v["reason"].text().empty())
        text += ": " + v["reason"].text();
    return text;
}

} // namespace cihost::cli
