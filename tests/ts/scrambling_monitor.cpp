// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/samples.hpp"
#include "support/ts.hpp"

#include <cihost/ts/scrambling_monitor.hpp>

#include <string_view>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

constexpr ts::pid_t pid = 0x200;
constexpr time_point begin{1h};

/// One packet every 10 ms: c clear, e even, o odd, r reserved, - none.
void play(ts::scrambling_monitor& monitor, std::string_view packets, time_point now = begin) {
    for (const char kind : packets) {
        const unsigned control = kind == 'o' ? 3 : kind == 'e' ? 2 : kind == 'r' ? 1 : 0;
        if (kind != '-')
            monitor.push(view(make_packet(pid, 0, {}, control << 6 | 0x10)), now);
        now += 10ms;
    }
}

} // namespace

TEST_CASE("scrambling_monitor counts and dates") {
    ts::scrambling_monitor monitor;
    CHECK(monitor[pid].first_packet == never);
    CHECK_FALSE(monitor[pid].is_clear());
    play(monitor, "-eeoocc");
    const auto& status = monitor[pid];
    CHECK(status.even == 2);
    CHECK(status.odd == 2);
    CHECK(status.clear == 2);
    CHECK(status.scrambled() == 4);
    CHECK(status.flips == 1);
    CHECK(status.relapses == 0);
    CHECK(status.first_packet == begin + 10ms);
    CHECK(status.first_clear == begin + 50ms);
    CHECK(status.last_clear == begin + 60ms);
    CHECK(status.last_scrambled == begin + 40ms);
    CHECK(status.scrambled_since == never);
    CHECK(status.is_clear());
    CHECK(status.longest_gap == 0ms); // a viewer saw nothing before
}

TEST_CASE("scrambling_monitor measures the gaps a viewer saw") {
    ts::scrambling_monitor monitor;
    play(monitor, "eeeeeeeeceecooooceec");
    CHECK(monitor[pid].relapses == 3);
    CHECK(monitor[pid].longest_gap == 40ms);
    CHECK(monitor[pid].flips == 2);
    // one that lasts
    play(monitor, "ceeeeee", begin + 1s);
    CHECK(monitor[pid].scrambled_since == begin + 1010ms);
    CHECK(monitor[pid].longest_gap == 50ms);
    CHECK_FALSE(monitor[pid].is_clear());
}

TEST_CASE("scrambling_monitor takes the reserved value as even") {
    ts::scrambling_monitor monitor;
    play(monitor, "rer");
    CHECK(monitor[pid].even == 3);
    CHECK(monitor[pid].flips == 0);
    CHECK_FALSE(monitor[pid].is_clear());
}

TEST_CASE("scrambling_monitor passes over packets that say nothing") {
    ts::scrambling_monitor monitor;
    play(monitor, "e");
    monitor.push(view(make_packet(pid, 0, "B7 00"_hex, 0x20)), begin);
    auto damaged = make_packet(pid, 0);
    damaged[1] |= 0x80;
    monitor.push(view(damaged), begin);
    CHECK(monitor[pid].clear == 0);
    CHECK(monitor[pid].even == 1);
    CHECK(monitor[pid + 1].even == 0);
}

TEST_CASE("scrambling_monitor forgets one PID or all") {
    ts::scrambling_monitor monitor;
    play(monitor, "e");
    monitor.push(view(make_packet(0x300, 0)), begin);
    monitor.reset(pid);
    CHECK(monitor[pid].even == 0);
    CHECK(monitor[pid].first_packet == never);
    CHECK(monitor[0x300].clear == 1);
    monitor.reset();
    CHECK(monitor[0x300].clear == 0);
}

TEST_CASE("scrambling_monitor and a scrambled capture") {
    const auto data = sample("ts/canalplus-fr-astra-1svc-scrambled-2.4s.ts");
    if (!data)
        CIHOST_SKIP("no captures (CIHOST_SAMPLES)");
    ts::scrambling_monitor monitor;
    std::uint64_t packets = 0;
    read_capture(*data,
                 [&](ts::packet_view packet) { monitor.push(packet, begin + ++packets * 500us); });
    std::uint64_t scrambled = 0;
    for (ts::pid_t p = 0; p < ts::pid_count; ++p) {
        scrambled += monitor[p].scrambled();
        // all in one crypto period: the ECMs announce the next one, its first packet is not there
        CHECK(monitor[p].flips == 0);
    }
    CHECK(scrambled * 1000 / packets == 953);
}
