// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/personality/behaviour_reader.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace cihost::sim {
namespace {

/// A value of an enumeration by its name; a sentence with all names if there is none.
template<class Value, std::size_t Count>
std::string choose(const std::array<std::pair<const char*, Value>, Count>& names,
                   std::string_view text, Value& to) {
    std::string known;
    for (const auto& [name, value] : names) {
        if (text == name) {
            to = value;
            return {};
        }
        known.append(known.empty() ? "" : ", ").append(name);
    }
    return "has to be one of: " + known;
}

using obedience = ca_pmt_behaviour::obedience;
using list_event = ca_pmt_behaviour::list_event;

constexpr std::array<std::pair<const char*, obedience>, 3> obediences{
    {{"obeyed", obedience::obeyed},
     {"ignored", obedience::ignored},
     {"partly", obedience::partly}}};
constexpr std::array<std::pair<const char*, list_event>, 4> list_events{
    {{"only", list_event::only},
     {"list", list_event::list},
     {"add", list_event::add},
     {"update", list_event::update}}};
constexpr std::array<std::pair<const char*, std::uint16_t>, 3> table_pids{
    {{"sdt", 0x0011}, {"eit", 0x0012}, {"tdt", 0x0014}}};

template<class Value, std::size_t Count, class Into>
table_reader::element_reader
words_into(const std::array<std::pair<const char*, Value>, Count>& names, Into into) {
    return [&names, into](const toml::node& element) -> std::string {
        const auto* word = element.as_string();
        Value value{};
        auto what = choose(names, word == nullptr ? "" : word->get(), value);
        if (what.empty())
            into(value);
        return what;
    };
}

table_reader::element_reader resources_into(std::vector<std::uint32_t>& list) {
    return [&list](const toml::node& element) -> std::string {
        const auto* number = element.as_integer();
        if (number == nullptr || number->get() < 0 || number->get() > 0xFFFFFFFF)
            return "has to hold resource identifiers such as 0x00200041";
        list.push_back(static_cast<std::uint32_t>(number->get()));
        return {};
    };
}

void read_link(table_reader in, link_behaviour& to) {
    in.number("fragment_size", to.fragment_size, 1, 65535);
    in.time("answer_ms", to.answer_time);
    in.time("shortest_poll_ms", to.shortest_poll);
    in.finish();
}

void read_sessions(table_reader in, session_behaviour& to) {
    in.list("waits_for", resources_into(to.waits_for));
    in.list("insists_on", resources_into(to.insists_on));
    in.time("ask_again_ms", to.ask_again);
    in.time("reopens_after_ms", to.reopens_after);
    in.finish();
}

void read_ca_info(table_reader in, ca_info_behaviour& to) {
    in.time("empty_for_ms", to.empty_for);
    in.flag("empty_always", to.empty_always);
    in.time("repeated_every_ms", to.repeated_every);
    in.finish();
}

void read_ca_pmt(table_reader in, ca_pmt_behaviour& to) {
    const auto obeys = [&](const char* key, obedience& how) {
        in.word(key, [&](const std::string& text) { return choose(obediences, text, how); });
    };
    in.time("ignored_for_ms", to.ignored_for);
    in.time("wedged_within_ms", to.wedged_within);
    obeys("only", to.only);
    obeys("add", to.add);
    obeys("update", to.update);
    in.flag("minds_version", to.minds_version);
    in.flag("last_but_one_stops_all", to.last_but_one_stops_all);
    in.list("restarts_on",
            words_into(list_events, [&](list_event what) { to.restarts_on.insert(what); }));
    in.time("restart_ms", to.restart_time);
    in.flag("programme_level_only", to.programme_level_only);
    in.flag("replies", to.replies);
    in.flag("refuses", to.refuses);
    in.flag("long_reply", to.long_reply);
    in.finish();
}

void read_capacity(table_reader in, capacity_behaviour& to) {
    in.number("services", to.services, 0, 1000);
    in.number("streams", to.streams, 0, 1000);
    in.flag("newest_wins", to.newest_wins);
    in.finish();
}

void read_card(table_reader in, card_behaviour& to) {
    in.flag("valid", to.valid);
    in.flag("authorised", to.authorised);
    in.time("lapses_after_ms", to.lapses_after);
    in.flag("outlives_reset", to.outlives_reset);
    in.finish();
}

void read_needs(table_reader in, need_behaviour& to) {
    in.list("tables", words_into(table_pids, [&](auto pid) { to.table_pids.push_back(pid); }));
    in.time("table_patience_ms", to.table_patience);
    in.flag("date_time", to.date_time);
    in.finish();
}

void read_stream(table_reader in, stream_behaviour& to) {
    in.flag("leaves_scrambling_bits", to.leaves_scrambling_bits);
    in.finish();
}

fault_rule read_fault(table_reader in) {
    fault_rule rule;
    if (!in.has("fault"))
        in.reject("fault", "has to be there; one of: " + known_cam_faults());
    in.word("fault", [&](const std::string& text) -> std::string {
        const auto fault = cam_fault_of(text);
        rule.fault = fault.value_or(rule.fault);
        return fault ? "" : "has to be one of: " + known_cam_faults();
    });
    in.time("after_ms", rule.after);
    in.number("after_objects", rule.after_objects, 0, 1'000'000);
    in.time("lasts_ms", rule.lasts);
    in.number("every", rule.every, 1, 1'000'000);
    in.number("boots", rule.boots, 0, 1'000'000);
    in.time("delay_ms", rule.delay);
    in.finish();
    return rule;
}

} // namespace

void read_behaviour(table_reader& root, std::string_view file, std::vector<std::string>& problems,
                    cam_behaviour& behaviour) {
    const auto table = [&](const char* name) {
        return table_reader{root.table(name), name, file, problems};
    };
    read_link(table("link"), behaviour.link);
    read_sessions(table("sessions"), behaviour.sessions);
    read_ca_info(table("ca_info"), behaviour.ca_info);
    read_ca_pmt(table("ca_pmt"), behaviour.ca_pmt);
    read_capacity(table("capacity"), behaviour.capacity);
    read_card(table("card"), behaviour.card);
    read_needs(table("needs"), behaviour.needs);
    read_stream(table("stream"), behaviour.stream);
    read_menu(root, file, problems, behaviour.menu);
    root.tables("fault", [&](const toml::table& one) {
        behaviour.faults.push_back(read_fault({&one, "fault", file, problems}));
    });
}

} // namespace cihost::sim
