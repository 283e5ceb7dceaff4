// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/hex.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/samples.hpp"

#include <cihost/en50221/ca_pmt.hpp>

#include <string>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;

namespace {

ca_pmt two_streams() {
    ca_pmt value;
    value.list = list_management::add;
    value.command = ca_pmt_command::query;
    value.program_number = 0x1122;
    value.version = 5;
    value.streams = {{0x02, 0x0101, {}}, {0x04, 0x0102, {}}};
    return value;
}

} // namespace

TEST_CASE("ca_pmt: a service known from the field reads and writes to the same bytes") {
    // Ziggo, Irdeto: one programme-level descriptor
    const auto body =
        "03 4B 15 C5 F0 07 01 09 04 06 04 E1 2D 1B E7 D1 F0 00 03 E7 DB F0 00 06 E7 DC F0 00"_hex;
    const auto value = parse_ca_pmt(body);
    REQUIRE(value.has_value());
    CHECK(value->list == list_management::only);
    CHECK(value->command == ca_pmt_command::ok_descrambling);
    CHECK(value->program_number == 0x4B15);
    CHECK(value->version == 2);
    CHECK(value->current_next);
    CHECK(value->ca_descriptors == std::vector<ts::ca_descriptor>{{0x0604, 0x012D, {}}});
    REQUIRE(value->streams.size() == 3);
    CHECK(value->streams[2] == ca_pmt::stream{0x06, 0x07DC, {}});
    CHECK(to_hex(serialize(*value)) == to_hex(body));
}

TEST_CASE("ca_pmt: the command stands at every level with CA descriptors") {
    auto value = two_streams();
    SECTION("none: at programme level") {
        CHECK(serialize(value) == "04 1122 CB F001 03 02 E101 F000 04 E102 F000"_hex);
    }
    SECTION("one stream: there alone") {
        value.streams[1].ca_descriptors = {{0x0B00, 0x0500, "AB CD"_hex}};
        CHECK(serialize(value) ==
              "04 1122 CB F000 02 E101 F000 04 E102 F009 03 09 06 0B00 E500 ABCD"_hex);
    }
    SECTION("both levels") {
        value.ca_descriptors = {{0x0500, 0x0600, {}}};
        value.streams[0].ca_descriptors = {{0x0B00, 0x0500, {}}};
        CHECK(serialize(value) == "04 1122 CB F007 03 09 04 0500 E600 02 E101 F007 03 09 04 0B00 "
                                  "E500 04 E102 F000"_hex);
    }
    CHECK(parse_ca_pmt(serialize(value)).value() == value);
}

TEST_CASE("ca_pmt: reserved bits may be 0, other descriptors are passed over") {
    const auto value = parse_ca_pmt("03 6EA7 37 0009 01 0A01FF 09040B00 0500 1B 157D 0000"_hex);
    REQUIRE_FALSE(value.has_value()); // one byte more than the length says
    const auto good = parse_ca_pmt("03 6EA7 37 000A 01 0A01FF 09040B000500 1B 157D 0000"_hex);
    REQUIRE(good.has_value());
    CHECK(good->version == 27);
    CHECK(good->ca_descriptors == std::vector<ts::ca_descriptor>{{0x0B00, 0x0500, {}}});
    CHECK(good->streams == std::vector<ca_pmt::stream>{{0x1B, 0x157D, {}}});
}

TEST_CASE("ca_pmt: a service without commands is asked to be descrambled") {
    const auto value = parse_ca_pmt("03 6EA7 37 0000 1B 157D 0000"_hex);
    REQUIRE(value.has_value());
    CHECK(value->command == ca_pmt_command::ok_descrambling);
}

TEST_CASE("ca_pmt: what contradicts itself is refused") {
    CHECK(parse_ca_pmt({}).error() == errc::truncated);
    CHECK(parse_ca_pmt("03 1122 CB F0"_hex).error() == errc::truncated);
    CHECK(parse_ca_pmt("06 1122 CB F000"_hex).error() == errc::bad_value);
    CHECK(parse_ca_pmt("03 1122 CB F001 05"_hex).error() == errc::bad_value);
    CHECK(parse_ca_pmt("03 1122 CB F002 01"_hex).error() == errc::truncated);
    CHECK(parse_ca_pmt("03 1122 CB F006 01 09 03 0B00 E5"_hex).error() == errc::bad_length);
    // an example of the kernel's documentation: the command is not counted
    CHECK(parse_ca_pmt("03 012D D1 F008 01 0906060405 50FFF1 02E0C90000 04E12D0000"_hex).error() ==
          errc::bad_length);
}

TEST_CASE("ca_pmt: every cut is refused or reads as less") {
    auto value = two_streams();
    value.streams[1].ca_descriptors = {{0x0B00, 0x0500, "AB CD"_hex}};
    const auto body = serialize(value);
    for (std::size_t size = 0; size < body.size(); ++size) {
        const auto cut = parse_ca_pmt(bytes_view{body}.first(size));
        const bool at_a_stream = size == 6 || size == 11;
        CHECK(cut.has_value() == at_a_stream);
    }
}

TEST_CASE("ca_pmt: descriptors that no length field can carry are left out") {
    auto value = two_streams();
    value.ca_descriptors.assign(20, {0x0B00, 0x0500, bytes(251)});
    value.ca_descriptors.push_back({0x0B01, 0x0501, bytes(252)});
    const auto back = parse_ca_pmt(serialize(value));
    REQUIRE(back.has_value());
    CHECK(back->ca_descriptors.size() == 15);
    CHECK(back->streams == value.streams);
}

TEST_CASE("ca_pmt: what a middleware in the field sends is read") {
    const auto text = sample("traces/stb-hal-capmt.txt");
    if (!text)
        CIHOST_SKIP("no samples");
    const std::string all(text->begin(), text->end());
    const auto line = all.find("\nAPDU ") + 6;
    const auto apdu = from_hex(all.substr(line, all.find('\n', line) - line));
    REQUIRE(apdu.has_value());
    const auto value = parse_ca_pmt(bytes_view{*apdu}.subspan(4));
    REQUIRE(value.has_value());
    CHECK(value->program_number == 0x6EA7);
    CHECK(value->streams.size() == 8);
}
