// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/ca_support.hpp"

#include "base/writer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
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
constexpr unsigned technical_reasons = 0x80 | 0x73;
constexpr unsigned no_statement = 0x7F;

} // namespace

ca_support::ca_support(const std::vector<std::vector<std::uint16_t>>& lists,
                       const cam_behaviour& behaviour, module_sessions& sessions,
                       descrambler& stream, const smart_card& card, journal& log)
    : behaviour_{behaviour}
    , sessions_{sessions}
    , stream_{stream}
    , card_{card}
    , log_{log}
    , capacity_{behaviour.capacity, log} {
    for (const auto& ids : lists)
        parts_.push_back({ids, service_list{ids, log, behaviour.ca_pmt}, {}, {}, never});
}

ca_support::part* ca_support::find(std::uint16_t session) {
    const auto found = std::find_if(parts_.begin(), parts_.end(),
                                    [&](const auto& p) { return p.session == session; });
    return found == parts_.end() ? nullptr : &*found;
}

void ca_support::opened(std::uint16_t session, time_point now) {
    const auto free = std::find_if(parts_.begin(), parts_.end(),
                                   [](const auto& p) { return !p.session.has_value(); });
    // opened again: the module goes on in the new one
    auto& taken = free == parts_.end() ? parts_.front() : *free;
    if (taken.session) {
        const auto old = *taken.session;
        closed(old, "session opened again", now);
        sessions_.lose(old);
    }
    taken.session = session;
}

void ca_support::closed(std::uint16_t session, const char* reason, time_point now) {
    auto* of = find(session);
    if (of == nullptr)
        return;
    of->session.reset();
    of->ca_info_at.reset();
    of->ca_info_again = never;
    of->services.clear(reason, now);
    select(now);
}

void ca_support::disconnected(const char* reason, time_point now) {
    for (auto& p : parts_)
        if (p.session)
            closed(*p.session, reason, now);
    last_ca_pmt_.reset();
}

std::optional<time_point> ca_support::ca_info_at() const noexcept {
    return parts_.empty() ? std::nullopt : parts_.front().ca_info_at;
}

ca_support::outcome ca_support::receive(const session_event& object, time_point now) {
    auto* of = find(object.session);
    if (of == nullptr)
        return outcome::unknown_object;
    if (object.tag == tag_ca_info_enq && object.body.empty()) {
        if (!of->ca_info_at)
            of->ca_info_at = now;
        send_ca_info(*of, now);
        return outcome::ca_info_sent;
    }
    if (object.tag != tag_ca_pmt)
        return outcome::unknown_object;
    ca_pmt(*of, object, now);
    return outcome::done;
}

void ca_support::send_ca_info(part& of, time_point now) {
    const auto& info = behaviour_.ca_info;
    const bool empty = info.empty_always || now < *of.ca_info_at + info.empty_for;
    writer out;
    if (!empty)
        for (const auto id : of.ca_system_ids)
            out.u16(id);
    sessions_.send(*of.session, tag_ca_info, out.view(), now);
    log_.write(now, "ca_info",
               empty ? boost::json::object{{"empty", true}} : boost::json::object{});
    of.ca_info_again = never;
    if (empty && !info.empty_always)
        of.ca_info_again = *of.ca_info_at + info.empty_for;
    else if (info.repeated_every > duration{0})
        of.ca_info_again = now + info.repeated_every;
}

void ca_support::tick(time_point now) {
    for (auto& p : parts_)
        if (p.session && p.ca_info_again <= now)
            send_ca_info(p, now);
}

void ca_support::wedge(time_point now) {
    log_.write(now, "wedged", {{"reason", "ca_pmt too soon after another"}});
    wedged_ = true;
    for (auto& p : parts_)
        p.services.clear("wedged", now);
    select(now);
}

const char* ca_support::reason_to_ignore(const part& of, const ca_pmt_object& object,
                                         time_point now) {
    const auto& how = behaviour_.ca_pmt;
    const auto before = std::exchange(last_ca_pmt_, now);
    // a list is one
    const bool continues =
        object.list == list_management::more || object.list == list_management::last;
    if (!wedged_ && !continues && before && now - *before < how.wedged_within)
        wedge(now);
    if (wedged_)
        return "wedged";
    if (how.ignored_for > duration{0} && (!of.ca_info_at || now < *of.ca_info_at + how.ignored_for))
        return "too soon after ca_info";
    return nullptr;
}

void ca_support::ca_pmt(part& of, const session_event& object, time_point now) {
    const auto request = read_ca_pmt(object.body);
    if (!request) {
        log_.violation(now, "malformed ca_pmt", {{"size", object.body.size()}});
        return;
    }
    write_ca_pmt(*request, now);
    if (const auto* reason = reason_to_ignore(of, *request, now)) {
        log_.write(now, "ca_pmt_ignored",
                   {{"program", request->program_number}, {"reason", reason}});
        return;
    }
    if (!behaviour_.ca_pmt.refuses) {
        restart_others(*request, now);
        of.services.apply(*request, now);
        select(now);
    }
    if (request->command() == ca_pmt_command::query ||
        (behaviour_.ca_pmt.replies && request->command() == ca_pmt_command::ok_descrambling))
        sessions_.send(object.session, tag_ca_pmt_reply, reply_to(of, *request), now);
}

void ca_support::restart_others(const ca_pmt_object& object, time_point now) {
    using list_event = ca_pmt_behaviour::list_event;
    if (object.command() == ca_pmt_command::query)
        return;
    const auto what = object.list == list_management::only     ? list_event::only
                      : object.list == list_management::add    ? list_event::add
                      : object.list == list_management::update ? list_event::update
                                                               : list_event::list;
    if (behaviour_.ca_pmt.restarts_on.contains(what))
        stream_.restart(what == list_event::update ? object.program_number : std::uint16_t{0},
                        behaviour_.ca_pmt.restart_time, now);
}

void ca_support::select(time_point now) {
    std::vector<selected_service> all;
    for (const auto& p : parts_)
        for (const auto& service : p.services.selected()) {
            const auto same = std::find_if(all.begin(), all.end(), [&](const auto& known) {
                return known.program_number == service.program_number;
            });
            if (same == all.end())
                all.push_back(service);
            else // another session's systems of the same streams: either will do
                for (const auto& stream : service.streams)
                    if (std::none_of(same->streams.begin(), same->streams.end(),
                                     [&](const auto& known) {
                                         return known.elementary_pid == stream.elementary_pid;
                                     }))
                        same->streams.push_back(stream);
        }
    const auto fitting = capacity_.fit(all, now);
    programs_.clear();
    for (const auto& service : fitting)
        programs_.insert(service.program_number);
    stream_.select(fitting, now);
}

bytes ca_support::reply_to(const part& of, const ca_pmt_object& object) const {
    const auto enable = [&](const ca_pmt_object::stream& s) {
        if (object.descriptors_of(s).empty())
            return no_statement; // clear
        if (behaviour_.ca_pmt.refuses)
            return technical_reasons;
        const bool possible = !of.services.usable_ecm_pids(object, s).empty() && card_.entitled();
        return possible ? descrambling_possible : no_entitlement;
    };
    auto whole = no_statement;
    for (const auto& s : object.streams)
        if (whole != descrambling_possible && enable(s) != no_statement)
            whole = enable(s);

    writer out;
    out.u16(object.program_number);
    out.u8(0xC0U | static_cast<unsigned>(object.version) << 1 | (object.current_next ? 1U : 0U));
    if (behaviour_.ca_pmt.long_reply)
        out.u16(0);
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
