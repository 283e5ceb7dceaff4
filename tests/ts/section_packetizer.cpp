// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/section_packetizer.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/ts.hpp"

#include <algorithm>

using namespace cihost;
using namespace cihost::test;

TEST_CASE("section_packetizer cuts at 183 and 184 bytes and fills up") {
    struct step {
        std::size_t size, packets;
    };
    for (const auto& [size, packets] : {step{1, 1}, step{183, 1}, step{184, 2}, step{367, 2},
                                        step{368, 3}, step{4096, 23}, step{0, 0}}) {
        CAPTURE(size);
        bytes out{1, 2, 3}; // what stands there stays
        CHECK(ts::section_packetizer{0x1ABC}.packetize(bytes(size, 0x55), out) == packets);
        REQUIRE(out.size() == 3 + packets * ts::packet_size);
        std::size_t content = 0;
        unsigned counter = 0;
        each_packet(bytes_view{out}.subspan(3), [&](ts::packet_view packet) {
            CHECK(packet.data()[0] == ts::sync_byte);
            CHECK(packet.pid() == 0x1ABC);
            CHECK(packet.payload_unit_start() == (counter == 0));
            CHECK(packet.continuity_counter() == counter % 16);
            CHECK(packet.scrambling_control() == ts::scrambling::clear);
            const auto payload = packet.payload().subspan(counter == 0 ? 1 : 0);
            CHECK((counter > 0 || packet.payload()[0] == 0));
            content += static_cast<std::size_t>(std::ranges::count(payload, 0x55));
            ++counter;
        });
        CHECK(content == size);
        CHECK((size == 0 || std::ranges::count(out, 0xFF) ==
                                static_cast<std::ptrdiff_t>(packets * 184 - 1 - size)));
    }
}

TEST_CASE("section_packetizer counts on over sections") {
    ts::section_packetizer packetizer{0x20};
    bytes out;
    for (int i = 0; i < 20; ++i)
        packetizer.packetize("80 70 00"_hex, out);
    unsigned counter = 0;
    each_packet(
        out, [&](ts::packet_view packet) { CHECK(packet.continuity_counter() == counter++ % 16); });
    CHECK(counter == 20);
}
