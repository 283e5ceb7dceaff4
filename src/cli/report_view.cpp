// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report_view.hpp"

#include "base/table.hpp"
#include "cli/json_view.hpp"
#include "cli/text.hpp"
#include "cli/view_words.hpp"

#include <algorithm>
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
    if (r["stale_scrambling_bits"].number().value_or(0) > 0)
        text += "              the module leaves scrambling bits on clear packets: " +
                plural(r["stale_scrambling_bits"], "packet", "packets") + " so far\n";
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
    if (const auto profile = c["profile"].text(); !profile.empty() && profile != "default")
        text += ", profile " + profile;
    text += "\n";
    if (const auto remark = c["profile_remark"].text(); !remark.empty())
        text += "    " + remark + "\n";
    if (!c["reason"].text().empty())
        text += "    " + c["reason"].text() + "\n";
    if (c["state"].text() == "empty")
        return text;
    text += "    CA systems  " + ca_systems(c["ca_system_ids"]);
    if (const auto time = c["ready_to_ca_info"].real(); time && !c["ca_system_ids"].list().empty())
        text += ", known " + seconds(*time) + " after the CAM was ready";
    text += "\n    TPDUs       " + number_or_dash(c["tpdus_sent"]) + " sent, " +
            number_or_dash(c["tpdus_received"]) + " received, " +
            plural(c["restarts"], "restart", "restarts");
    // the first is the device's, when it is opened
    if (c["resets"].number().value_or(0) > 1)
        text += ", " + plural(c["resets"], "reset", "resets");
    if (const auto ordered = c["resets_by_order"].number().value_or(0); ordered > 0)
        text += " (" + std::to_string(ordered) + " by order)";
    text += "\n";
    if (c["spoken_to_slowly"].flag())
        text += "    It did not bear the usual pace, and is spoken to more slowly.\n";
    return text + menu_text(c["menu"]);
}

std::string service_table(const json::array& services, const style& s) {
    table t{{{"number", align::right},
             {"service", align::left},
             {"state", align::left},
             {"to clear", align::right},
             {"ECMs", align::right},
             {"crypto periods", align::right},
             {"scrambled", align::right},
             {"CC errors", align::right}}};
    for (const auto& entry : services) {
        const json_view v{entry};
        std::vector<table::cell> row;
        const auto state = v["state"].text();
        const bool wanted = v["wanted"].flag();
        const auto number = v["program_number"].number();
        row.emplace_back(number ? std::to_string(*number) : unknown);
        row.emplace_back(v["name"].text());
        const auto words = state_words(state);
        row.push_back({words, wanted ? coloured_state(state, s) : s.faint(words)});
        row.emplace_back(seconds_or_dash(v["time_to_clear"]));
        row.emplace_back(number_or_dash(v["ecms"]));
        row.emplace_back(number_or_dash(v["crypto_periods"]));
        row.push_back(fault(v["scrambled_after_clear"], s));
        row.push_back(fault(v["continuity_errors"], s));
        t.add(std::move(row));
    }
    return t.empty() ? std::string{} : t.text(2);
}

/// Why a service that somebody wants is not there; `missing` are those that the configuration lists
/// and the multiplex does not hold.
std::string complaints(const json::array& services, const json::array& missing = {}) {
    std::string text;
    for (const auto& entry : services) {
        const json_view v{entry};
        const auto number = v["program_number"].number();
        const bool told = std::ranges::any_of(missing, [&](const json::value& m) {
            return number && json_view{m}["service"].number() == number;
        });
        if (told || !v["wanted"].flag() || v["state"].text() == "clear" ||
            v["reason"].text().empty())
            continue;
        const auto name = v["name"].text();
        text += "  " + (name.empty() && number ? std::to_string(*number) : name) + ": " +
                v["reason"].text() + "\n";
    }
    for (const auto& entry : missing)
        text += "  " + json_view{entry}["reason"].text() + "\n";
    return text;
}

} // namespace

std::string status_text(const json::value& status, const style& s) {
    const json_view v{status};
    const auto uptime = std::chrono::seconds{std::llround(v["uptime"].real().value_or(0))};
    std::string text =
        v["program"].text() + " " + v["version"].text() + ", up for " + elapsed(uptime) + "\n";
    if (const auto why = v["http_problem"].text(); !why.empty())
        text += s.bad(why) + "\n";
    for (const auto& entry : v["receivers"].list()) {
        const json_view r{entry};
        text += "\n" + receiver_text(r, s);
        for (const auto& cam : r["cams"].list())
            text += cam_text(json_view{cam}, s);
        const auto& services = r["services"].list();
        const auto troubles = complaints(services, r["missing_services"].list());
        if (!services.empty() || !troubles.empty())
            text += "\n" + service_table(services, s) + troubles;
    }
    if (!v["recordings"].list().empty())
        text += "\n" + recordings_text(status, s);
    return text;
}

std::string plan_text(const json::value& plan, const style& s) {
    const auto& list = json_view{plan}["wishes"].list();
    if (list.empty())
        return "Nothing is wanted.\n";
    table t{{{"wanted", align::left},
             {"receiver", align::left},
             {"slot", align::right},
             {"why", align::left}}};
    for (const auto& entry : list) {
        const json_view v{entry};
        const auto number = v["program_number"].number().value_or(0);
        auto who = v["kind"].text();
        if (const auto id = v["recording"].number())
            who += " " + std::to_string(*id);
        who += ": " + (v["name"].text().empty() ? std::to_string(number) : v["name"].text());
        const auto slot = v["slot"].number();
        const bool out = v["left_out"].flag();
        const auto state = v["state"].text();
        const bool troubled = !out && !state.empty() && state != "clear";
        auto why = (out ? "left out: " : "") + v["reason"].text();
        if (troubled)
            // what a rule leaves scrambled has that as its reason already
            why = state_words(state) + ": " + why +
                  (state == "excluded" ? "" : " " + v["state_reason"].text());
        t.add({who, v["receiver"].text().empty() ? unknown : v["receiver"].text(),
               slot ? std::to_string(*slot) : unknown,
               table::cell{why, out        ? s.bad(why)
                                : troubled ? s.waiting(why)
                                           : why}});
    }
    return t.text(0);
}

bool somebody_left_out(const json::value& plan) {
    const auto& list = json_view{plan}["wishes"].list();
    return std::ranges::any_of(
        list, [](const json::value& entry) { return json_view{entry}["left_out"].flag(); });
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
