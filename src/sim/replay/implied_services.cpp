// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/replay/implied_services.hpp"

#include "base/writer.hpp"
#include "en50221/apdu.hpp"
#include "en50221/spdu.hpp"
#include "sim/replay/spoken.hpp"

#include <algorithm>
#include <variant>

namespace cihost::sim {

namespace {

using namespace en50221;

void add(ts::descriptor_list& loop, const std::vector<ts::ca_descriptor>& systems) {
    for (const auto& system : systems) {
        writer body;
        body.u16(system.ca_system_id).pid(system.ca_pid).raw(system.private_data);
        ts::descriptor d{ts::ca_descriptor::tag, body.take()};
        if (std::find(loop.begin(), loop.end(), d) == loop.end())
            loop.push_back(std::move(d));
    }
}

void add(ts::pmt& table, const ca_pmt& value) {
    add(table.program_info, value.ca_descriptors);
    for (const auto& stream : value.streams) {
        auto place = std::find_if(table.streams.begin(), table.streams.end(), [&](auto& known) {
            return known.elementary_pid == stream.elementary_pid;
        });
        if (place == table.streams.end())
            place = table.streams.insert(place, {stream.stream_type, stream.elementary_pid, {}});
        add(place->descriptors, stream.ca_descriptors);
    }
}

/// Several CA Support sessions are told of one PMT, each what concerns its CA systems: the PMT has
/// it all.
ts::pmt implied_pmt(const recorded_conversation& what, std::size_t index, const ca_pmt& value) {
    ts::pmt table{.program_number = value.program_number, .version = value.version};
    add(table, value);
    const auto session_nb = session_number_of(what.host[index].data);
    for (const auto& other : what.host) {
        if (session_number_of(other.data) == session_nb)
            continue;
        const auto theirs = implied_services::read(other);
        if (theirs && theirs->program_number == value.program_number &&
            theirs->version == value.version && theirs->command == value.command)
            add(table, *theirs);
    }
    return table;
}

} // namespace

std::optional<ca_pmt> implied_services::read(const recorded_message& message) {
    if (understand(message).apdu_tag != apdu::ca_pmt)
        return std::nullopt;
    cursor c{message.data};
    cursor apdus{spdu::read_object(c).rest};
    const auto object = apdu::read_object(apdus);
    if (!apdus.ok())
        return std::nullopt;
    auto value = parse_ca_pmt(object.body);
    return value ? std::optional{std::move(*value)} : std::nullopt;
}

void implied_services::ca_pmt_recorded(const recorded_conversation& what, std::size_t index,
                                       const ca_pmt& value, time_point now) {
    if (value.command == ca_pmt_command::not_selected) {
        plan_.unwant(value.program_number, now);
        return;
    }
    if (value.list == list_management::only) {
        const auto wanted = plan_.wanted();
        for (const auto other : wanted)
            if (other != value.program_number)
                plan_.unwant(other, now);
    }
    plan_.pmt_received(implied_pmt(what, index, value), now);
    plan_.want(value.program_number, now);
}

void implied_services::take(const event& told, time_point now) {
    if (const auto* opened = std::get_if<session_opened>(&told)) {
        if (opened->resource.same_resource(ca_support_v1))
            plan_.ca_session_opened(opened->session_nb, now);
    } else if (const auto* closed = std::get_if<session_closed>(&told)) {
        plan_.ca_session_closed(closed->session_nb, now);
    } else if (const auto* info = std::get_if<ca_info_received>(&told)) {
        plan_.ca_info_received(info->session_nb, info->ca_system_ids, now);
    } else if (const auto* reply = std::get_if<ca_pmt_reply_received>(&told)) {
        plan_.ca_pmt_reply_received(reply->reply, now);
    } else if (std::holds_alternative<disconnected>(told)) {
        plan_.module_lost(now);
    }
}

} // namespace cihost::sim
