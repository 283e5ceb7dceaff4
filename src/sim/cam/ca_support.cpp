// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/ca_support.hpp"

#include "base/writer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace cihost::sim {
namespace {

constexpr std::uint32_t tag_ca_info_enq = 0x9F8030;
constexpr std::uint32_t tag_ca_info = 0x9F8031;
constexpr std::uint32_t tag_ca_pmt = 0x9F8032;
constexpr std::uint32_t tag_ca_pmt_reply = 0x9F8033;

// CA_enable_flag and CA_enable, EN 50221 §8.4.3.5
constexpr unsigned descrambling_possible = 0x81;
constexpr unsigned no_entitlement = 0x80 | 0x71;
constexpr unsigned no_statement = 0x7F;

} // namespace

ca_support::ca_support(const std::vector<std::uint16_t>& ca_system_ids, module_sessions& sessions,
                       descrambler& stream, const smart_card& card, journal& log)
    : ca_system_ids_{ca_system_ids}
    , sessions_{sessions}
    , stream_{stream}
    , card_{card}
    , log_{log}
    , services_{ca_system_ids, log} {}

void ca_support::closed(const char* reason, time_point now) {
    services_.clear(reason, now);
    stream_.select(services_.selected(), now);
}

ca_support::outcome ca_support::receive(const session_event& object, time_point now) {
    if (object.tag == tag_ca_info_enq && object.body.empty()) {
        writer info;
        for (const auto id : ca_system_ids_)
            info.u16(id);
        sessions_.send(object.session, tag_ca_info, info.view(), now);
        log_.write(now, "ca_info");
        return outcome::ca_info_sent;
    }
    if (object.tag != tag_ca_pmt)
        return outcome::unknown_object;
    ca_pmt(object, now);
    return outcome::done;
}

void ca_support::ca_pmt(const session_event& object, time_point now) {
    const auto request = read_ca_pmt(object.body);
    if (!request) {
        log_.violation(now, "malformed ca_pmt", {{"size", object.body.size()}});
        return;
    }
    write_ca_pmt(*request, now);
    services_.apply(*request, now);
    stream_.select(services_.selected(), now);
    if (request->command() == ca_pmt_command::query)
        sessions_.send(object.session, tag_ca_pmt_reply, reply_to(*request), now);
}

bytes ca_support::reply_to(const ca_pmt_object& object) const {
    const auto enable = [&](const ca_pmt_object::stream& s) {
        if (object.descriptors_of(s).empty())
            return no_statement; // clear
        const bool possible = !services_.usable_ecm_pids(object, s).empty() && card_.entitled();
        return possible ? descrambling_possible : no_entitlement;
    };
    auto whole = no_statement;
    for (const auto& s : object.streams)
        if (whole != descrambling_possible && enable(s) != no_statement)
            whole = enable(s);

    writer out;
    out.u16(object.program_number);
    out.u8(0xC0U | static_cast<unsigned>(object.version) << 1 | (object.current_next ? 1U : 0U));
    out.u8(whole);
    for (const auto& s : object.streams)
        out.pid(s.elementary_pid).u8(enable(s));
    return out.take();
}

void ca_support::write_ca_pmt(const ca_pmt_object& object, time_point now) {
    boost::json::array elementary_pids;
    std::set<std::uint16_t> ecm_pids;
    for (const auto& d : object.programme.descriptors)
        ecm_pids.insert(d.ca_pid);
    for (const auto& s : object.streams) {
        elementary_pids.emplace_back(s.elementary_pid);
        for (const auto& d : s.own.descriptors)
            ecm_pids.insert(d.ca_pid);
    }
    const auto command = object.command();
    log_.write(now, "ca_pmt",
               {{"program", object.program_number},
                {"version", object.version},
                {"list", to_text(object.list)},
                {"command", command ? to_text(*command) : "none"},
                {"elementary_pids", std::move(elementary_pids)},
                {"ecm_pids", boost::json::array(ecm_pids.begin(), ecm_pids.end())}});
}

} // namespace cihost::sim
