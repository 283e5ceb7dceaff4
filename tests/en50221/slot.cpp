// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/conversation.hpp"

#include <cihost/en50221/slot.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* empty_status = "80 02 01 00";

/// The host polls, the module has something: what it says is left to the next step.
script polled() { return script().host("A0 01 01").cam("80 02 01 80").host("81 01 01"); }

script connection() {
    return script().host("82 01 01").cam("83 01 01 80 02 01 00").expect<connected>();
}

} // namespace

TEST_CASE("slot: Date-Time goes out on its second, whatever the pace of polls") {
    // no poll falls on a full second: the deadline that counts is Date-Time's own
    slot_settings settings;
    settings.idle_poll = 700ms;
    script(settings)
        .then(connection())
        .host("A0 01 01")
        .cam("A0 07 01 91 04 00 03 00 41 A0 07 01 91 04 00 24 00 41 80 02 01 00")
        .host("A0 0A 01 92 07 00 00 03 00 41 00 01")
        .cam(empty_status)
        .host("A0 09 01 90 02 00 01 9F 80 30 00")
        .cam("A0 0B 01 90 02 00 01 9F 80 31 02 05 00 80 02 01 00")
        .host("A0 0A 01 92 07 00 00 24 00 41 00 02")
        .cam("A0 0A 01 90 02 00 02 9F 84 40 01 01 80 02 01 00")
        .host_after(0ms, "A0 10 01 90 02 00 02 9F 84 41 07 EB D2 12 34 56 00 3C")
        .cam(empty_status)
        .host_after(700ms, "A0 01 01")
        .cam(empty_status)
        .host_after(298ms, "A0 10 01 90 02 00 02 9F 84 41 07 EB D2 12 34 57 00 3C")
        .run();
}

TEST_CASE("slot: of many wrong SPDUs in one block a few are told") {
    slot s;
    const time_point now{1h};
    s.start(now);
    s.receive("01 83 01 01 80 02 01 00"_hex, now);
    while (s.next_event()) {
    }
    bytes block{1};
    for (int i = 0; i < 1000; ++i) // in a session that is not open
        block.insert(block.end(), {0xA0, 6, 1, 0x90, 2, 0, 7, 0});
    s.receive(block, now);
    std::vector<std::size_t> more;
    while (const auto what = s.next_event())
        more.push_back(std::get<violation>(*what).more);
    CHECK(more == std::vector<std::size_t>{0, 0, 0, 996});
}

TEST_CASE("slot: no menu without Application Information, no MMI where it is not offered") {
    slot s;
    CHECK_FALSE(s.enter_menu(time_point{1h}));
    slot_settings settings;
    settings.resources.mmi = false;
    script(settings)
        .then(connection())
        .then(polled())
        .cam("A0 07 01 91 04 00 40 00 41 80 02 01 00")
        .expect<session_refused>([](auto& e) { return e.resource == mmi_v1 && e.status == 0xF0; })
        .host("A0 0A 01 92 07 F0 00 40 00 41 00 00")
        .run();
}

TEST_CASE("slot: a module that said who it is can be offered more") {
    slot s;
    time_point now{1h};
    slot_settings settings;
    const auto answer = [&](const bytes& block) {
        s.receive(block, now);
        std::vector<bytes> written;
        while (auto block_out = s.next_write())
            written.push_back(*block_out);
        return written;
    };
    s.start(now);
    s.next_write();
    answer("01 83 01 01 80 02 01 00"_hex);
    // Host Control v2 is not there at first
    const auto asks = "01 A0 07 01 91 04 00 20 00 42 80 02 01 00"_hex;
    const auto refused = answer(asks);
    REQUIRE_FALSE(refused.empty());
    CHECK(refused[0][6] != 0x00);
    settings.resources.host_control = 2;
    s.adjust(settings, now);
    answer("01 80 02 01 00"_hex);
    const auto taken = answer(asks);
    REQUIRE_FALSE(taken.empty());
    CHECK(taken[0][6] == 0x00);
}
