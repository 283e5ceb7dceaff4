// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "ts/section_builder.hpp"
#include "ts/section_packetizer.hpp"

#include <cihost/bytes.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/packet_reader.hpp>
#include <cihost/ts/section.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace cihost::test {

/// A whole packet: payload behind the header, FF up to its end. flags is the byte with
/// transport_scrambling_control and adaptation_field_control.
inline bytes make_packet(ts::pid_t pid, unsigned counter, bytes_view payload = {},
                         unsigned flags = 0x10, bool unit_start = false) {
    bytes packet{ts::sync_byte, static_cast<std::uint8_t>((unit_start ? 0x40 : 0) | pid >> 8),
                 static_cast<std::uint8_t>(pid), static_cast<std::uint8_t>(flags | (counter & 15))};
    packet.insert(packet.end(), payload.begin(), payload.end());
    packet.resize(ts::packet_size, 0xFF);
    return packet;
}

inline ts::packet_view view(bytes_view packet) {
    return ts::packet_view{packet.first<ts::packet_size>()};
}

/// Calls each(packet_view) for bytes that are packets and nothing else.
template<class F>
void each_packet(bytes_view packets, F each) {
    for (; packets.size() >= ts::packet_size; packets = packets.subspan(ts::packet_size))
        each(view(packets));
}

/// Calls each(packet_view) for all packets of a capture of any packet size.
template<class F>
ts::packet_reader read_capture(bytes_view capture, F each) {
    ts::packet_reader reader;
    const auto drain = [&] {
        while (const auto packet = reader.next())
            each(*packet);
    };
    reader.feed(capture);
    drain();
    reader.finish();
    drain();
    return reader;
}

/// A long-form section with a right CRC_32; throws when it cannot be one.
inline bytes make_section(const ts::section_header& header, bytes_view payload) {
    return ts::build_section(header, payload).value();
}

/// Throws when data is no section.
inline ts::section_view section(bytes_view data) { return ts::section_view::parse(data).value(); }

/// Gives a section parser what the air may give it: payloads cut at every length and with random
/// bytes in them, under a right CRC_32. There is nothing to check but that it comes back; the
/// sanitizers judge.
template<class F>
void maltreat(const bytes& good, F parse) {
    const auto view = section(good);
    const auto again = [&](bytes_view payload) {
        bytes mutant;
        if (view.long_form()) {
            mutant = make_section({.table_id = view.table_id(),
                                   .table_id_extension = view.table_id_extension(),
                                   .version = view.version()},
                                  payload);
        } else {
            mutant = {view.table_id(), static_cast<std::uint8_t>(0x70 | payload.size() >> 8),
                      static_cast<std::uint8_t>(payload.size())};
            mutant.insert(mutant.end(), payload.begin(), payload.end());
        }
        if (const auto parsed = ts::section_view::parse(mutant))
            parse(*parsed);
    };
    const bytes payload(view.payload().begin(), view.payload().end());
    for (std::size_t size = 0; size < payload.size(); ++size) {
        // a block of its own, so that a read past the end is seen
        const bytes cut(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size));
        again(cut);
    }
    std::mt19937 random{42};
    for (int round = 0; round < 2000 && !payload.empty(); ++round) {
        auto mutant = payload;
        for (auto changes = 1 + random() % 4; changes > 0; --changes)
            mutant[random() % mutant.size()] = static_cast<std::uint8_t>(random());
        again(mutant);
    }
}

} // namespace cihost::test
