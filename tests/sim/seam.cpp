// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/seam.hpp"

#include "base/hex.hpp"
#include "sim/headend/timestamps.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "ts/section_builder.hpp"

#include <cihost/ts/section_assembler.hpp>

#include <algorithm>

using namespace cihost;
using namespace cihost::sim;
using namespace cihost::test;

namespace {

/// A packet of PID 0100: header bytes 1 and 3 by hand, then `body`, then `filling`.
bytes packet(std::uint8_t second, std::uint8_t fourth, const bytes& body,
             std::uint8_t filling = 0xFF) {
    bytes data{0x47, static_cast<std::uint8_t>(second | 0x01), 0x00, fourth};
    data.insert(data.end(), body.begin(), body.end());
    data.resize(ts::packet_size, filling);
    return data;
}

bytes joined(std::initializer_list<bytes> packets) {
    bytes all;
    for (const auto& one : packets)
        all.insert(all.end(), one.begin(), one.end());
    return all;
}

ts::packet_view at(const bytes& stream, std::size_t number) {
    return view_packet(stream.data() + number * ts::packet_size);
}

} // namespace

TEST_CASE("seam: a packet of a PES that began before the file goes, its PCR stays") {
    // PCR base 0x1FFFFFFFF
    const auto with_pcr = packet(0x00, 0x30, "07 10 FF FF FF FF FE 00"_hex, 0xAB);
    auto stream = joined({packet(0x00, 0x11, {}, 0xAB), with_pcr,
                          packet(0x40, 0x12, "00 00 01 E0"_hex, 0xAB), packet(0x00, 0x13, {})});
    const auto before = stream;
    CHECK(make_seamless(stream) == 0);
    CHECK(at(stream, 0).pid() == ts::pid_null);
    CHECK(at(stream, 1).pid() == 0x100);
    CHECK_FALSE(at(stream, 1).has_payload());
    CHECK(read_pcr(at(stream, 1)) == read_pcr(at(before, 1)));
    CHECK(read_pcr(at(before, 1)).has_value());
    CHECK(std::count(stream.begin() + ts::packet_size, stream.begin() + 2 * ts::packet_size,
                     0xAB) == 0);
    CHECK(std::equal(stream.begin() + 2 * ts::packet_size, stream.end(),
                     before.begin() + 2 * ts::packet_size));
}

TEST_CASE("seam: damaged packets and duplicates become null packets; a scrambled PID stays") {
    const auto start = packet(0x40, 0x12, "00 00 01 E0"_hex);
    auto scrambled = packet(0x00, 0x91, {}, 0x33);
    scrambled[2] = 0x01; // PID 0101
    auto stream = joined({start, start, packet(0xC0, 0x13, {}), scrambled});
    CHECK(make_seamless(stream) == 1);
    CHECK(at(stream, 0).pid() == 0x100);
    CHECK(at(stream, 1).pid() == ts::pid_null);
    CHECK(at(stream, 2).pid() == ts::pid_null);
    CHECK(std::equal(scrambled.begin(), scrambled.end(), stream.begin() + 3 * ts::packet_size));
}

TEST_CASE("seam: the end of a section that began before the file never joins the last one") {
    const auto section = *ts::build_section({0x42, 1, 0}, bytes(60, 0x11));
    const std::size_t tail = GENERATE(1U, 2U, 3U, 50U);
    const std::size_t field = GENERATE(0U, 1U, 2U, 9U);
    INFO("tail of " << tail << " bytes behind an adaptation field of " << field);
    bytes body;
    if (field > 0) {
        body.push_back(static_cast<std::uint8_t>(field - 1));
        if (field > 1)
            body.push_back(0);
        body.resize(field, 0xFF);
    }
    body.push_back(static_cast<std::uint8_t>(tail)); // pointer_field
    body.insert(body.end(), tail, 0x77);
    body.insert(body.end(), section.begin(), section.end());
    auto first = packet(0x40, field > 0 ? 0x35 : 0x15, body);
    // the file ends in the middle of a section
    const auto long_section = *ts::build_section({0x42, 2, 0}, bytes(300, 0x22));
    bytes begun{0x00};
    begun.insert(begun.end(), long_section.begin(), long_section.begin() + 183);
    const auto last = packet(0x40, 0x16, begun);
    auto stream = joined({first, last});
    make_seamless(stream);
    // and is played twice
    for (std::uint8_t i = 0; i < 2; ++i)
        stream.insert(stream.end(), stream.begin(), stream.begin() + 2 * ts::packet_size);
    for (std::size_t i = 0; i < 4; ++i) {
        auto& counter = stream[i * ts::packet_size + 3];
        counter = static_cast<std::uint8_t>((counter & 0xF0) | i);
    }
    CHECK(at(stream, 0).payload()[0] == 0);
    CHECK(at(stream, 0).payload().size() == 184 - field - tail);
    ts::section_assembler assembler;
    std::size_t whole = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        assembler.push(at(stream, i));
        while (const auto found = assembler.next()) {
            ++whole;
            CHECK(std::equal(section.begin(), section.end(), found->data().begin(),
                             found->data().end()));
        }
    }
    CHECK(whole == 2);
    CHECK(assembler.stats().crc_errors == 0);
}
