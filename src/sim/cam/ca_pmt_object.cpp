// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/ca_pmt_object.hpp"

#include "base/cursor.hpp"

#include <cstddef>
#include <utility>

namespace cihost::sim {
namespace {

/// program_info or ES_info: length, and if it is not 0 a command and CA descriptors.
ca_pmt_object::level read_level(cursor& in) {
    constexpr std::uint8_t ca_descriptor_tag = 0x09;
    constexpr std::size_t smallest_ca_descriptor = 4;

    ca_pmt_object::level result;
    const auto length = in.length12();
    if (length == 0)
        return result;
    cursor info{in.take(length)};
    const auto command = info.u8();
    if (command < 1 || command > 4)
        in.fail();
    result.command = static_cast<ca_pmt_command>(command);
    while (!info.empty()) {
        const auto tag = info.u8();
        const auto size = info.u8();
        cursor body{info.take(size)};
        if (tag != ca_descriptor_tag || size < smallest_ca_descriptor)
            info.fail();
        const auto ca_system_id = body.u16();
        result.descriptors.push_back({ca_system_id, body.pid()});
    }
    if (!info.ok())
        in.fail();
    return result;
}

} // namespace

std::optional<ca_pmt_command> ca_pmt_object::command_of(const stream& s) const noexcept {
    return s.own.command ? s.own.command : programme.command;
}

const std::vector<ca_pmt_object::descriptor>&
ca_pmt_object::descriptors_of(const stream& s) const noexcept {
    return s.own.descriptors.empty() ? programme.descriptors : s.own.descriptors;
}

std::optional<ca_pmt_command> ca_pmt_object::command() const noexcept {
    for (const auto& s : streams)
        if (command_of(s) == ca_pmt_command::ok_descrambling)
            return ca_pmt_command::ok_descrambling;
    if (programme.command)
        return programme.command;
    for (const auto& s : streams)
        if (s.own.command)
            return s.own.command;
    return std::nullopt;
}

std::optional<ca_pmt_object> read_ca_pmt(bytes_view body) {
    ca_pmt_object object;
    cursor in{body};
    const auto list = in.u8();
    object.list = static_cast<list_management>(list);
    object.program_number = in.u16();
    const auto version = in.u8();
    object.version = version >> 1 & 0x1F;
    object.current_next = (version & 1) != 0;
    object.programme = read_level(in);
    while (in.ok() && !in.empty()) {
        ca_pmt_object::stream s;
        s.stream_type = in.u8();
        s.elementary_pid = in.pid();
        s.own = read_level(in);
        object.streams.push_back(std::move(s));
    }
    if (!in.ok() || list > 5)
        return std::nullopt;
    return object;
}

const char* to_text(list_management value) noexcept {
    switch (value) {
    case list_management::more:
        return "more";
    case list_management::first:
        return "first";
    case list_management::last:
        return "last";
    case list_management::only:
        return "only";
    case list_management::add:
        return "add";
    case list_management::update:
        return "update";
    }
    return "reserved";
}

const char* to_text(ca_pmt_command value) noexcept {
    switch (value) {
    case ca_pmt_command::ok_descrambling:
        return "ok_descrambling";
    case ca_pmt_command::ok_mmi:
        return "ok_mmi";
    case ca_pmt_command::query:
        return "query";
    case ca_pmt_command::not_selected:
        return "not_selected";
    }
    return "reserved";
}

} // namespace cihost::sim
