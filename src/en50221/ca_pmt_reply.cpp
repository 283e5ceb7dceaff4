// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/cursor.hpp"
#include "base/writer.hpp"

#include <cihost/en50221/ca_pmt_reply.hpp>

namespace cihost::en50221 {
namespace {

constexpr std::uint8_t ca_enable_flag = 0x80;

std::optional<ca_enable> read_enable(cursor& c) {
    const auto value = c.u8();
    if ((value & ca_enable_flag) == 0)
        return std::nullopt;
    return static_cast<ca_enable>(value & 0x7F);
}

void write_enable(writer& w, std::optional<ca_enable> enable) {
    // without the flag the other bits are reserved
    w.u8(enable ? ca_enable_flag | (static_cast<unsigned>(*enable) & 0x7FU) : 0x7FU);
}

/// AlphaCrypt up to 3.05 puts the length of what follows in front of the programme's CA_enable.
/// Enable and n streams make 3n + 1 bytes; with the two extra ones the sum divides by 3.
void skip_alphacrypt_length(cursor& c) {
    const auto left = c.left();
    if (left < 3 || left % 3 != 0)
        return;
    cursor look{c.rest()};
    if (look.u16() == left - 2)
        c.skip(2);
}

} // namespace

result<ca_pmt_reply> parse_ca_pmt_reply(bytes_view body) {
    cursor c{body};
    ca_pmt_reply reply;
    reply.program_number = c.u16();
    const auto version = c.u8();
    reply.version = version >> 1 & 0x1F;
    reply.current_next = (version & 1) != 0;
    skip_alphacrypt_length(c);
    reply.enable = read_enable(c);
    if (!c.ok())
        return errc::truncated;
    if (c.left() % 3 != 0)
        return errc::bad_length;
    reply.streams.reserve(c.left() / 3);
    while (!c.empty()) {
        const auto pid = c.pid();
        reply.streams.push_back({pid, read_enable(c)});
    }
    return reply;
}

bytes serialize(const ca_pmt_reply& value) {
    writer w;
    w.u16(value.program_number);
    w.u8(0xC0U | (value.version & 0x1FU) << 1 | (value.current_next ? 1U : 0U));
    write_enable(w, value.enable);
    for (const auto& stream : value.streams) {
        w.pid(stream.elementary_pid);
        write_enable(w, stream.enable);
    }
    return w.take();
}

std::optional<ca_enable> refusal(const ca_pmt_reply& reply) {
    const auto refuses = [](const std::optional<ca_enable>& value) {
        return value && *value != ca_enable::possible;
    };
    if (refuses(reply.enable))
        return reply.enable;
    for (const auto& stream : reply.streams)
        if (refuses(stream.enable))
            return stream.enable;
    return std::nullopt;
}

const char* describe(ca_enable value) noexcept {
    switch (value) {
    case ca_enable::possible:
        return "descrambling possible";
    case ca_enable::possible_purchase:
        return "descrambling possible after a purchase dialogue";
    case ca_enable::possible_technical:
        return "descrambling possible after a technical dialogue";
    case ca_enable::no_entitlement:
        return "no entitlement";
    case ca_enable::technical_reasons:
        return "not possible for technical reasons";
    }
    return "descrambling not possible";
}

} // namespace cihost::en50221
