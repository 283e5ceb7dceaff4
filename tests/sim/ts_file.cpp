// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/ts_file.hpp"

#include "support/catch.hpp"
#include "support/clear_stream.hpp"

#include <filesystem>

using namespace cihost;
using namespace cihost::sim;
using namespace cihost::test;

TEST_CASE("ts_file: 192- and 204-byte forms give the same packets") {
    const auto plain = clear_stream{.seconds = 0.5}.make();
    const std::size_t lead = GENERATE(0U, 4U);
    const std::size_t behind = lead == 0 ? 16U : 0U;
    bytes stream;
    each_packet(plain, [&](ts::packet_view packet) {
        stream.insert(stream.end(), lead, 0x10);
        stream.insert(stream.end(), packet.data().begin(), packet.data().end());
        stream.insert(stream.end(), behind, 0x20);
    });
    const temporary_file file{stream};
    std::string why;
    const auto packets = read_ts_file(file.name(), why);
    REQUIRE(packets.has_value());
    CHECK(*packets == plain);
}

TEST_CASE("ts_file: a file beyond what memory shall hold is refused unread") {
    const temporary_file file;
    // sparse: takes no room on the disk
    std::filesystem::resize_file(file.name(), max_file_size + 1);
    std::string why;
    CHECK(read_ts_file(file.name(), why).error() == errc::too_large);
    CHECK(why.find("larger than 1 GiB") != std::string::npos);
}

TEST_CASE("ts_file: a folder is no transport stream") {
    std::string why;
    CHECK(for_each_packet(std::filesystem::temp_directory_path().string(), why,
                          [](ts::packet_view) { FAIL("a packet of a folder"); }));
    CHECK_FALSE(why.empty());
}
