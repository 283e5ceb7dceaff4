// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/receiver/receiver.hpp"

#include "receiver_bench.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <cihost/ts/packet.hpp>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

bytes content(const std::string& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::size_t scrambled_packets(const bytes& stream) {
    std::size_t count = 0;
    each_packet(stream, [&](ts::packet_view packet) {
        count += packet.scrambling_control() != ts::scrambling::clear;
    });
    return count;
}

} // namespace

TEST_CASE("nothing is received before the tuner is tuned and locked") {
    receiver_bench at;
    CHECK(at.play(1s).empty());
    at.subject.reception().tune(at.frequency_hz + 8'000'000, at.now);
    CHECK(at.play(1s).empty());

    at.subject.reception().tune(at.frequency_hz, at.now);
    CHECK(at.play(150ms - 5ms).empty());
    const auto received = at.play(1s);
    const double expected = clear_stream::packets_per_second;
    CHECK(static_cast<double>(received.size() / ts::packet_size) > 0.9 * expected);
    CHECK(static_cast<double>(received.size() / ts::packet_size) < 1.2 * expected);
    CHECK(at.subject.packets() == received.size() / ts::packet_size);
    CHECK(scrambled_packets(received) > 0);

    at.subject.reception().power_down(at.now);
    CHECK(at.play(1s).empty());
}

TEST_CASE("after a suspend the receiver goes on with what is on air then") {
    receiver_bench at;
    at.subject.reception().tune(at.frequency_hz, at.now);
    at.play(1s);
    at.now += 1h;
    const auto received = at.play(1s);
    CHECK(static_cast<double>(received.size() / ts::packet_size) <
          1.2 * clear_stream::packets_per_second);
    CHECK(static_cast<double>(received.size() / ts::packet_size) >
          0.8 * clear_stream::packets_per_second);
}

TEST_CASE("the dumps hold what was received, packet for packet, and nothing else") {
    const temporary_folder folder;
    const auto source = (folder.path() / "source.ts").string();
    const auto on_air = (folder.path() / "on_air.ts").string();
    receiver_bench at{source, on_air};
    at.play(500ms); // not tuned: not in the dumps
    at.subject.reception().tune(at.frequency_hz, at.now);
    auto received = at.play(1s);
    at.subject.reception().lose_lock(500ms, at.now);
    CHECK(at.play(500ms).empty());
    const auto again = at.play(1s);
    CHECK_FALSE(again.empty());
    received.insert(received.end(), again.begin(), again.end());

    CHECK(at.dumps.finish().empty());
    // without a module the demux gets what was on air
    CHECK(content(on_air) == received);
    const auto clear = content(source);
    CHECK(clear.size() == received.size());
    CHECK(scrambled_packets(clear) == 0);
    CHECK(scrambled_packets(received) > 0);
}

TEST_CASE("the slot's module boots, hangs, is reset and pulled out") {
    receiver_bench at;
    auto& slot = at.subject.slots()[0];
    CHECK_FALSE(slot.present());
    slot.reset(at.now); // an empty slot stays empty
    CHECK_FALSE(slot.present());

    slot.insert(at.now);
    CHECK(slot.present());
    CHECK_FALSE(slot.ready(at.now + 999ms));
    CHECK(slot.ready(at.now + 1s));
    at.now += 1s;

    const bytes create_t_c{1, 0x82, 1, 1};
    slot.hang(2s, at.now);
    CHECK(slot.ready(at.now)); // it claims
    CHECK_FALSE(slot.free(at.now + 1999ms));
    CHECK(slot.free(at.now + 2s));

    slot.host_wrote(create_t_c, at.now + 2s);
    slot.hang(2s, at.now + 2s);
    CHECK_FALSE(slot.host_reads(at.now + 3s));
    CHECK(slot.deadline() >= at.now + 4s); // no use in asking earlier
    const auto answer = slot.host_reads(at.now + 4s);
    REQUIRE(answer);
    CHECK(answer->at(1) == 0x83); // C_T_C_Reply

    slot.hang(1h, at.now + 4s);
    slot.reset(at.now + 5s);
    CHECK(slot.free(at.now + 5s));
    CHECK_FALSE(slot.ready(at.now + 5s));
    CHECK(slot.ready(at.now + 6s));
    slot.eject(at.now + 6s);
    CHECK_FALSE(slot.present());
    CHECK_FALSE(slot.ready(at.now + 6s));
}
