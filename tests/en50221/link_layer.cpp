// SPDX-License-Identifier: LGPL-2.1-or-later
/// The transport layer on the link layer as the kernel does it, and that model itself.

#include "support/link_layer.hpp"

#include "en50221/tpdu.hpp"
#include "en50221/transport.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <algorithm>
#include <deque>
#include <vector>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

bytes numbered(std::size_t size) {
    bytes data(size);
    for (std::size_t i = 0; i < size; ++i)
        data[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
    return data;
}

} // namespace

TEST_CASE("link_layer: a TPDU in fragments") {
    const link_layer link{6};
    const std::deque<bytes> want{"01 80 A0 07 01 91"_hex, "01 80 04 00 01 00"_hex, "01 00 41"_hex};
    CHECK(link.fragments("01 A0 07 01 91 04 00 01 00 41"_hex) == want);
    CHECK(link.fragments("01 A0 01 01 00"_hex).size() == 1);
    CHECK(link.fragments("01"_hex) == std::deque<bytes>{"01 00"_hex});
}

TEST_CASE("link_layer: fragments of several connections are kept apart") {
    link_layer link{16};
    CHECK(link.arrive("01 80 A0 03"_hex));
    CHECK(link.arrive("02 80 A0 02"_hex));
    CHECK_FALSE(link.read());
    CHECK(link.arrive("02 00 02 BB"_hex));
    CHECK(link.arrive("03 00"_hex));
    CHECK(link.arrive("01 00 01 AA AA"_hex));
    CHECK(link.read() == "02 A0 02 02 BB"_hex);
    CHECK(link.read() == "03"_hex);
    CHECK(link.read() == "01 A0 03 01 AA AA"_hex);
    CHECK_FALSE(link.read());
}

TEST_CASE("link_layer: a fragment that no link carries loses what was under way") {
    link_layer link{16};
    const auto wrong = GENERATE("01"_hex, ""_hex, bytes(17, 0));
    CHECK(link.arrive("01 80 A0 03"_hex));
    CHECK_FALSE(link.arrive(wrong));
    CHECK(link.arrive("01 00 01 AA AA"_hex));
    CHECK(link.read() == "01 01 AA AA"_hex);
}

TEST_CASE("link_layer: with TPDUs of its size, every one of ours is one fragment") {
    for (std::size_t size = 16; size <= 512; ++size) {
        INFO("link of " << size);
        slot_settings settings;
        // link header, tag, length of up to three bytes, connection id
        settings.max_tpdu_data = size - 2 - 1 - (size > 131 ? size > 260 ? 3 : 2 : 1) - 1;
        transport layer{settings};
        const time_point now{1h};
        layer.start(now);
        layer.next_write();
        layer.receive("01 83 01 01 80 02 01 00"_hex, now);
        const auto spdu = numbered(2000);
        layer.send(spdu, now);
        bytes joined;
        bool full = true;
        for (bool more = true; more;) {
            const auto block = layer.next_write();
            REQUIRE(block);
            const auto fragments = link_layer{size}.fragments(*block);
            REQUIRE(fragments.size() == 1);
            cursor c{bytes_view{*block}.subspan(1)};
            const auto object = tpdu::read_object(c);
            more = object.tag == tpdu::data_more;
            full = full && (!more || fragments.front().size() + 1 >= size);
            joined.insert(joined.end(), object.data.begin(), object.data.end());
            layer.receive("01 80 02 01 00"_hex, now);
        }
        CHECK(full);
        CHECK(joined == spdu);
    }
}

TEST_CASE("link_layer: an SPDU of a module in parts of every size over links of every size") {
    for (std::size_t size = 16; size <= 512; ++size) {
        INFO("link of " << size);
        const auto spdu = numbered(600);
        transport layer{slot_settings{}};
        const time_point now{1h};
        link_layer link{size};
        layer.start(now);
        layer.receive("01 83 01 01 80 02 01 80"_hex, now);
        layer.next();
        for (std::size_t from = 0, part = size; from < spdu.size(); from += part) {
            part = std::min(part, spdu.size() - from);
            const bool last = from + part == spdu.size();
            auto block = tpdu::write_object(last ? tpdu::data_last : tpdu::data_more, 1,
                                            bytes_view{spdu}.subspan(from, part));
            const bytes status{tpdu::sb, 2, 1, last ? std::uint8_t{0} : tpdu::sb_data_available};
            block.insert(block.end(), status.begin(), status.end());
            layer.receive(link.carry_to_host(block), now);
        }
        const auto got = layer.next();
        REQUIRE(got);
        CHECK(std::get<bytes>(*got) == spdu);
        CHECK_FALSE(layer.next());
    }
}
