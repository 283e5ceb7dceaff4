// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/samples.hpp"
#include "support/ts.hpp"

#include <cihost/ts/continuity_monitor.hpp>

#include <map>

using namespace cihost;
using namespace cihost::test;

namespace {

constexpr ts::pid_t pid = 0x200;

ts::continuity_status after(const std::vector<bytes>& packets) {
    ts::continuity_monitor monitor;
    for (const auto& packet : packets)
        monitor.push(view(packet));
    return monitor[pid];
}

bytes packet(unsigned counter) { return make_packet(pid, counter); }
bytes no_payload(unsigned counter) { return make_packet(pid, counter, "B7 00"_hex, 0x20); }
bytes announced(unsigned counter) { return make_packet(pid, counter, "01 80"_hex, 0x30); }
bytes damaged(unsigned counter) {
    auto data = packet(counter);
    data[1] |= 0x80;
    return data;
}

} // namespace

TEST_CASE("continuity_monitor: steps that are in order") {
    std::vector<bytes> wrap;
    for (unsigned i = 5; i < 40; ++i)
        wrap.push_back(packet(i));
    CHECK(after(wrap).errors == 0);
    CHECK(after(wrap).packets == 35);
    CHECK(after({packet(3), no_payload(3), no_payload(3), packet(4)}).errors == 0);
    CHECK(after({packet(3), announced(9), packet(10)}).errors == 0);
    const auto twice = after({packet(3), packet(3), packet(4), packet(4)});
    CHECK(twice.errors == 0);
    CHECK(twice.duplicates == 2);
    CHECK(after({packet(3), no_payload(3), packet(3), packet(4)}).duplicates == 1);
}

TEST_CASE("continuity_monitor: steps that are not") {
    CHECK(after({packet(3), packet(5), packet(6)}).errors == 1);
    CHECK(after({packet(3), packet(2)}).errors == 1);
    const auto thrice = after({packet(3), packet(3), packet(3), packet(4)});
    CHECK(thrice.errors == 1);
    CHECK(thrice.duplicates == 1);
    // the counter stands still without payload; a lost packet shows there already
    CHECK(after({packet(3), no_payload(4), packet(5)}).errors == 1);
}

TEST_CASE("continuity_monitor leaves damaged packets out of the check") {
    const auto status = after({packet(3), damaged(9), packet(4)});
    CHECK(status.errors == 0);
    CHECK(status.transport_errors == 1);
    CHECK(status.packets == 3);
    CHECK(after({packet(3), damaged(4), packet(5)}).errors == 1);
}

TEST_CASE("continuity_monitor sums up PIDs, knows no order of null packets, forgets") {
    ts::continuity_monitor monitor;
    for (const unsigned counter : {0U, 5U}) {
        monitor.push(view(make_packet(0x100, counter)));
        monitor.push(view(make_packet(0x101, counter)));
        monitor.push(view(make_packet(ts::pid_null, counter)));
    }
    CHECK(monitor[0x100].errors == 1);
    CHECK(monitor[ts::pid_null].errors == 0);
    CHECK(monitor[ts::pid_null].packets == 2);
    CHECK(monitor.total().packets == 6);
    CHECK(monitor.total().errors == 2);
    monitor.reset();
    CHECK(monitor.total().packets == 0);
    CHECK(monitor[0x100].errors == 0);
    monitor.push(view(make_packet(0x100, 9)));
    CHECK(monitor.total().errors == 0);
}

TEST_CASE("continuity_monitor and the damaged capture") {
    const auto data = sample("ts/damaged-cc-tei-crc.ts");
    if (!data)
        CIHOST_SKIP("no captures (CIHOST_SAMPLES)");
    ts::continuity_monitor monitor;
    // The 126 errors its description counts come by other rules: damaged packets take part, and
    // those without payload only set the counter.
    std::map<ts::pid_t, int> last;
    int described = 0;
    read_capture(*data, [&](ts::packet_view packet) {
        monitor.push(packet);
        if (packet.pid() == ts::pid_null)
            return;
        const int counter = packet.continuity_counter();
        const auto known = last.find(packet.pid());
        if (known != last.end() && packet.has_payload() && !packet.discontinuity() &&
            counter != known->second && counter != (known->second + 1) % 16)
            ++described;
        last[packet.pid()] = counter;
    });
    CHECK(described == 126);
    CHECK(monitor.total().transport_errors == 19);
    CHECK(monitor.total().errors == 133); // 5 fewer by the first rule, 12 more by the second
}

TEST_CASE("continuity_monitor: after a restart anything follows; counts stay") {
    ts::continuity_monitor monitor;
    for (const auto& data : {packet(1), packet(5)})
        monitor.push(view(data));
    REQUIRE(monitor[pid].errors == 1);
    SECTION("all PIDs") { monitor.restart(); }
    SECTION("one") { monitor.restart(pid); }
    monitor.push(view(packet(9)));
    CHECK(monitor[pid].errors == 1);
    CHECK(monitor.total().packets == 3);
    monitor.push(view(packet(11)));
    CHECK(monitor[pid].errors == 2);
}
