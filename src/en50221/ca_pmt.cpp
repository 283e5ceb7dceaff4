// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/cursor.hpp"
#include "base/writer.hpp"

#include <cihost/en50221/ca_pmt.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace cihost::en50221 {
namespace {

/// What the 12-bit program_info_length and ES_info_length can say.
constexpr std::size_t max_info_length = 0x0FFF;
/// CA_system_id and CA_PID in front of the private data; a descriptor body has 255 bytes at most.
constexpr std::size_t max_private_data = 255 - 4;

/// program_info_length or ES_info_length, command and descriptors. What the length fields cannot
/// carry is left out: a cut descriptor would say something else.
void write_level(writer& w, const std::vector<ts::ca_descriptor>& descriptors,
                 std::optional<ca_pmt_command> command) {
    if (!command) {
        w.length12(0);
        return;
    }
    writer loop;
    loop.u8(static_cast<unsigned>(*command));
    for (const auto& d : descriptors) {
        const auto size = d.private_data.size();
        if (size > max_private_data || loop.size() + 6 + size > max_info_length)
            continue;
        loop.u8(ts::ca_descriptor::tag).u8(static_cast<unsigned>(4 + size));
        loop.u16(d.ca_system_id).pid(d.ca_pid).raw(d.private_data);
    }
    w.length12(loop.size()).raw(loop.view());
}

/// Reads one level; the first command found anywhere stays.
error_code read_level(cursor& c, std::vector<ts::ca_descriptor>& descriptors,
                      std::optional<ca_pmt_command>& command) {
    const auto length = c.length12();
    cursor loop{c.take(length)};
    if (!c.ok())
        return errc::truncated;
    if (length == 0)
        return {};
    const auto value = loop.u8();
    if (value < static_cast<unsigned>(ca_pmt_command::ok_descrambling) ||
        value > static_cast<unsigned>(ca_pmt_command::not_selected))
        return errc::bad_value;
    if (!command)
        command = static_cast<ca_pmt_command>(value);
    while (!loop.empty()) {
        const auto tag = loop.u8();
        const auto size = loop.u8();
        cursor body{loop.take(size)};
        if (!loop.ok())
            return errc::bad_length;
        if (tag != ts::ca_descriptor::tag)
            continue;
        ts::ca_descriptor d;
        d.ca_system_id = body.u16();
        d.ca_pid = body.pid();
        if (!body.ok())
            return errc::bad_length;
        const auto rest = body.rest();
        d.private_data.assign(rest.begin(), rest.end());
        descriptors.push_back(std::move(d));
    }
    return {};
}

} // namespace

bytes serialize(const ca_pmt& value) {
    bool anywhere = !value.ca_descriptors.empty();
    for (const auto& stream : value.streams)
        anywhere = anywhere || !stream.ca_descriptors.empty();
    const auto command_if = [&](bool wanted) {
        return wanted ? std::optional{value.command} : std::nullopt;
    };

    writer w;
    w.u8(static_cast<unsigned>(value.list)).u16(value.program_number);
    w.u8(0xC0U | (value.version & 0x1FU) << 1 | (value.current_next ? 1U : 0U));
    write_level(w, value.ca_descriptors, command_if(!value.ca_descriptors.empty() || !anywhere));
    for (const auto& stream : value.streams) {
        w.u8(stream.stream_type).pid(stream.elementary_pid);
        write_level(w, stream.ca_descriptors, command_if(!stream.ca_descriptors.empty()));
    }
    return w.take();
}

result<ca_pmt> parse_ca_pmt(bytes_view body) {
    cursor c{body};
    ca_pmt value;
    const auto list = c.u8();
    value.program_number = c.u16();
    const auto version = c.u8();
    if (!c.ok())
        return errc::truncated;
    if (list > static_cast<unsigned>(list_management::update))
        return errc::bad_value;
    value.list = static_cast<list_management>(list);
    value.version = version >> 1 & 0x1F;
    value.current_next = (version & 1) != 0;

    std::optional<ca_pmt_command> command;
    if (const auto error = read_level(c, value.ca_descriptors, command); error)
        return error;
    while (!c.empty()) {
        ca_pmt::stream stream;
        stream.stream_type = c.u8();
        stream.elementary_pid = c.pid();
        if (const auto error = read_level(c, stream.ca_descriptors, command); error)
            return error;
        value.streams.push_back(std::move(stream));
    }
    // a service without any command is a clear one: there is nothing to refuse
    value.command = command.value_or(ca_pmt_command::ok_descrambling);
    return value;
}

} // namespace cihost::en50221
