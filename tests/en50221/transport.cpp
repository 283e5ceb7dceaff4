// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/transport.hpp"

#include "support/catch.hpp"
#include "support/conversation.hpp"

#include <chrono>
#include <vector>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* poll = "A0 01 01";
constexpr const char* rcv = "81 01 01";
constexpr const char* nothing = "80 02 01 00";
constexpr const char* waiting = "80 02 01 80";

script connection(const slot_settings& settings = {}) {
    return script(settings).host("82 01 01").cam("83 01 01 80 02 01 00").expect<connected>();
}

/// A transport of its own, connected, for what needs no script.
struct lone_transport {
    explicit lone_transport(const slot_settings& settings = {})
        : layer{settings} {
        layer.start(now);
        layer.next_write();
        layer.write_done(now);
        layer.receive("01 83 01 01 80 02 01 00"_hex, now);
        layer.next();
    }

    std::vector<bytes> spdus() {
        std::vector<bytes> all;
        while (auto what = layer.next())
            if (auto* spdu = std::get_if<bytes>(&*what))
                all.push_back(*spdu);
        return all;
    }

    transport layer;
    time_point now{1h};
};

} // namespace

TEST_CASE("transport: polls back off while the module owes a message") {
    connection()
        .host_after(5ms, poll)
        .cam(nothing)
        .host_after(5ms, poll)
        .cam(nothing, 29ms)
        .host_after(10ms, poll)
        .cam(nothing, 30ms)
        .host_after(20ms, poll)
        .cam(nothing, 300ms)
        .host_after(100ms, poll)
        .cam(nothing, 400ms)
        .host_after(100ms, poll)
        // a message starts the back-off anew
        .cam("A0 07 01 91 04 00 03 00 41 80 02 01 00")
        .host("A0 0A 01 92 07 00 00 03 00 41 00 01")
        .cam(nothing)
        .host("A0 09 01 90 02 00 01 9F 80 30 00")
        .cam(nothing)
        .host_after(5ms, poll)
        // ca_info: nothing is owed any more
        .cam("A0 0B 01 90 02 00 01 9F 80 31 02 05 00 80 02 01 00")
        .host_after(300ms, poll)
        .cam(nothing)
        .host_after(300ms, poll)
        .run();
}

TEST_CASE("transport: patience ends 10 s after the last message") {
    slot_settings settings;
    settings.idle_poll = 700ms;
    settings.early_fetch = false;
    auto s = connection(settings);
    duration passed{};
    unsigned polls = 0;
    for (; passed < 400ms; passed += 101ms)
        s.host_after(std::max<duration>(passed / 4, 5ms), poll)
            .cam(nothing, 101ms - std::max<duration>(passed / 4, 5ms));
    for (; passed + 100ms < 10s; passed += 101ms, ++polls)
        s.host_after(100ms, poll).cam(nothing, 1ms);
    CHECK(polls > 90);
    s.host_after(700ms, poll).cam(nothing).host_after(700ms, poll).run();
}

TEST_CASE("transport: a module profile's floor slows polls, not RCV") {
    slot_settings settings;
    settings.poll_floor = 400ms;
    connection(settings).host_after(400ms, poll).cam(waiting).host_after(0ms, rcv).run();
}

TEST_CASE("transport: the module's data and ours go in turn") {
    connection()
        .host(poll)
        .cam(waiting)
        .host_after(0ms, rcv)
        // a request, and more behind it: first the answer to this one
        .cam("A0 07 01 91 04 00 03 00 41 80 02 01 80")
        .host_after(0ms, "A0 0A 01 92 07 00 00 03 00 41 00 01")
        .cam(waiting)
        .host_after(0ms, rcv)
        .cam("A0 07 01 91 04 00 24 00 41 80 02 01 00")
        .host_after(0ms, "A0 09 01 90 02 00 01 9F 80 30 00")
        .cam(nothing)
        .host_after(0ms, "A0 0A 01 92 07 00 00 24 00 41 00 02")
        .run();
}

TEST_CASE("transport: data announced and not given is asked for at the pace of polls") {
    connection()
        .host(poll)
        .cam(waiting)
        .host_after(0ms, rcv)
        .cam(waiting)
        .host_after(5ms, rcv)
        .cam(waiting)
        .host_after(5ms, rcv)
        .cam("A0 07 01 91 04 00 03 00 41 80 02 01 80")
        .host_after(0ms, "A0 0A 01 92 07 00 00 03 00 41 00 01")
        .cam(waiting)
        .host_after(0ms, rcv)
        .run();
}

TEST_CASE("transport: an empty data object is not the data that was announced") {
    connection()
        .host(poll)
        .cam(waiting)
        .host_after(0ms, rcv)
        .cam("A0 01 01 80 02 01 80")
        .host_after(5ms, rcv)
        .cam("A0 01 01 80 02 01 80")
        .host_after(5ms, rcv)
        .run();
}

TEST_CASE("transport: an empty end of an SPDU is the data that was announced") {
    connection()
        .host(poll)
        .cam("A1 07 01 91 04 00 03 00 41 80 02 01 80")
        .host_after(0ms, rcv)
        .cam("A0 01 01 80 02 01 80")
        .host_after(0ms, "A0 0A 01 92 07 00 00 03 00 41 00 01")
        .cam(waiting)
        .host_after(0ms, rcv)
        .run();
}

TEST_CASE("transport: a module that always has data lets us speak now and then") {
    constexpr const char* more = "A0 07 01 91 04 00 24 00 42 80 02 01 80"; // refused: no session
    constexpr const char* answer = "A0 0A 01 92 07 F2 00 24 00 41 00 00";
    auto s = connection().host(poll).cam(waiting);
    SECTION("in turn") {
        for (int i = 0; i < 8; ++i)
            s.host_after(0ms, rcv).cam(more).host_after(0ms, answer).cam(waiting);
        s.host_after(0ms, rcv).run();
    }
    SECTION("one that never comes to the end of an SPDU") {
        s.host_after(0ms, rcv).cam("A0 07 01 91 04 00 24 00 42 A1 02 01 EE 80 02 01 80");
        for (int i = 0; i < 7; ++i)
            s.host_after(0ms, rcv).cam("A1 02 01 EE 80 02 01 80");
        s.host_after(0ms, answer).cam(waiting).host_after(0ms, rcv).run();
    }
}

TEST_CASE("transport: a module in the middle of something is not left to the idle pace") {
    const auto idle = connection()
                          .host(poll)
                          .cam("A0 07 01 91 04 00 03 00 41 80 02 01 00")
                          .host("A0 0A 01 92 07 00 00 03 00 41 00 01")
                          .cam(nothing)
                          .host("A0 09 01 90 02 00 01 9F 80 30 00")
                          .cam("A0 0B 01 90 02 00 01 9F 80 31 02 05 00 80 02 01 00")
                          .host_after(300ms, poll);
    SECTION("half an SPDU") {
        script(idle).cam("A1 03 01 91 04 80 02 01 00").host_after(5ms, poll).run();
    }
    SECTION("data announced and not given") {
        script(idle).cam(waiting).host(rcv).cam(waiting).host_after(5ms, rcv).run();
    }
    SECTION("data announced, not given, withdrawn, and announced again") {
        script(idle)
            .cam(waiting)
            .host(rcv)
            .cam(nothing)
            .host_after(300ms, poll)
            .cam(waiting)
            .host_after(0ms, rcv)
            .run();
    }
}

TEST_CASE("transport: several objects a read") {
    connection()
        .host(poll)
        .cam("A0 07 01 91 04 00 03 00 41 A0 07 01 91 04 00 24 00 41 80 02 01 00")
        .host("A0 0A 01 92 07 00 00 03 00 41 00 01")
        .run();
}

TEST_CASE("transport: an answer without status counts as whole after a while") {
    connection()
        .host(poll)
        .cam("A0 07 01 91 04 00 03 00 41")
        .quiet(249ms)
        .host_after(250ms, "A0 0A 01 92 07 00 00 03 00 41 00 01")
        .run();
}

TEST_CASE("transport: silence is remarked at 0.5 s and ends the conversation at 2 s") {
    SECTION("an answer in time") {
        connection()
            .host(poll)
            .tick(499ms)
            .no_event()
            .tick(1ms)
            .expect<suspect>()
            .tick(1499ms)
            .no_event()
            .cam(nothing, 0ms)
            .expect<responsive>()
            .host_after(100ms, poll)
            .run();
    }
    SECTION("none") {
        connection()
            .host(poll)
            .tick(1999ms)
            .expect<suspect>()
            .no_event()
            .tick(1ms)
            .expect<disconnected>([](auto& e) { return e.reason == disconnected::why::silent; })
            .cam(nothing)
            .quiet(1h)
            .no_event()
            .run();
    }
}

TEST_CASE("transport: Create_T_C is tried three times") {
    script()
        .host("82 01 01")
        .tick(1999ms)
        .expect<suspect>()
        .host("82 01 01")
        .host("82 01 01")
        .tick(2000ms)
        .expect<disconnected>([](auto& e) { return e.reason == disconnected::why::create_failed; })
        // too late
        .cam("83 01 01 80 02 01 80")
        .quiet(1h)
        .no_event()
        .run();
}

TEST_CASE("transport: the reply to a repeated Create_T_C answers nothing else") {
    script()
        .host("82 01 01")
        .tick(2s)
        .expect<suspect>()
        .host("82 01 01")
        .cam("83 01 01 80 02 01 00")
        .expect<connected>()
        .expect<responsive>()
        .host(poll)
        .cam("83 01 01 80 02 01 00")
        .quiet(100ms)
        .cam(nothing)
        .host(poll)
        .no_event()
        .run();
}

TEST_CASE("transport: bytes for an earlier opener of the device are dropped") {
    script()
        .host("82 01 01")
        .cam("A0 07 01 91 04 00 01 00 41 80 02 01 80")
        .cam("80 02 01 00")
        .cam("FF")
        .quiet(100ms)
        .no_event()
        // in front of the reply in the same read too
        .cam("A0 01 01 83 01 01 80 02 01 80")
        .expect<connected>()
        .host_after(0ms, rcv)
        .run();
}

TEST_CASE("transport: a foreign connection's bytes are no answer") {
    connection()
        .host(poll)
        .raw("02 80 02 02 80")
        .expect<violation>([](auto& e) { return e.data == "02 80 02 02 80"_hex; })
        .quiet(400ms)
        .cam("80 02 02 80")
        .expect<violation>()
        // with our connection in front it was one, if a broken one
        .host_after(100ms, poll)
        .run();
}

TEST_CASE("transport: an empty read is no answer") {
    connection().host(poll).raw("").quiet(400ms).no_event().cam(waiting).host_after(0ms, rcv).run();
}

TEST_CASE("transport: unknown tags are skipped by their length") {
    connection()
        .host(poll)
        .cam("77 03 01 02 03 80 02 01 80")
        .expect<violation>()
        .host_after(0ms, rcv)
        .run();
}

TEST_CASE("transport: a second connection is refused, once however often it is asked for") {
    connection()
        .host(poll)
        .cam("86 01 01 86 01 01 86 01 01 80 02 01 00")
        .host_after(0ms, "88 02 01 01")
        .cam(nothing)
        .host(poll)
        .no_event()
        .run();
}

TEST_CASE("transport: the module may end the connection") {
    connection()
        .host(poll)
        .cam("A0 07 01 91 04 00 03 00 41 80 02 01 00")
        .expect<session_opened>()
        .host("A0 0A 01 92 07 00 00 03 00 41 00 01")
        .cam("84 01 01 80 02 01 00")
        .host("85 01 01")
        .expect<session_closed>()
        .expect<disconnected>(
            [](auto& e) { return e.reason == disconnected::why::deleted_by_module; })
        .quiet(1h)
        .call("start", [](slot& s, time_point now) { s.start(now); })
        .host("82 01 01")
        .run();
}

TEST_CASE("transport: stop says what is queued, then Delete_T_C") {
    const auto withdraw = [](slot& s, time_point now) {
        ca_pmt value;
        value.command = ca_pmt_command::not_selected;
        s.send_ca_pmt(value, 0, now);
        s.stop(now);
    };
    auto s = connection()
                 .host(poll)
                 .cam("A0 07 01 91 04 00 03 00 41 80 02 01 00")
                 .expect<session_opened>()
                 .host("A0 0A 01 92 07 00 00 03 00 41 00 01")
                 .call("withdraw and stop", withdraw)
                 .cam(waiting)
                 .host_after(0ms, "A0 09 01 90 02 00 01 9F 80 30 00")
                 .cam(nothing)
                 .host_after(0ms, "A0 10 01 90 02 00 01 9F 80 32 07 03 00 00 C1 F0 01 04")
                 .cam(waiting)
                 .host_after(0ms, "84 01 01");
    const auto ends = [](auto& e) { return e.reason == disconnected::why::stopped; };
    SECTION("answered") {
        s.cam("85 01 01").expect<session_closed>().expect<disconnected>(ends).quiet(1h).run();
    }
    SECTION("not answered") {
        s.tick(2s).expect<suspect>().expect<session_closed>().expect<disconnected>(ends).run();
    }
    SECTION("crossed by the module's own") {
        s.cam("84 01 01")
            .host("85 01 01")
            .expect<session_closed>()
            .expect<disconnected>(ends)
            .quiet(1h)
            .run();
    }
}

TEST_CASE("transport: Data_More is joined up to the limit") {
    slot_settings settings;
    settings.max_spdu_size = 6;
    lone_transport t{settings};
    t.layer.receive("01 A1 03 01 AA BB 80 02 01 80"_hex, t.now);
    t.layer.receive("01 A1 03 01 CC DD 80 02 01 80"_hex, t.now);
    CHECK(t.spdus().empty());
    t.layer.receive("01 A0 03 01 EE FF 80 02 01 00"_hex, t.now);
    CHECK(t.spdus() == std::vector<bytes>{"AA BB CC DD EE FF"_hex});

    // one byte more: the chain is lost as a whole, the next SPDU is not
    t.layer.receive("01 A1 05 01 01 02 03 04 80 02 01 80"_hex, t.now);
    t.layer.receive("01 A1 04 01 05 06 07 80 02 01 80"_hex, t.now);
    const auto complaint = t.layer.next();
    REQUIRE(complaint);
    CHECK(std::holds_alternative<violation>(std::get<event>(*complaint)));
    t.layer.receive("01 A1 02 01 08 80 02 01 80"_hex, t.now);
    t.layer.receive("01 A0 02 01 09 80 02 01 00"_hex, t.now);
    CHECK(t.spdus().empty());
    t.layer.receive("01 A0 02 01 0A 80 02 01 00"_hex, t.now);
    CHECK(t.spdus() == std::vector<bytes>{"0A"_hex});
}

TEST_CASE("transport: half an SPDU dies with its connection") {
    lone_transport t;
    t.layer.receive("01 A1 03 01 AA BB 84 01 01"_hex, t.now);
    CHECK(t.spdus().empty());
    t.layer.start(t.now);
    t.layer.receive("01 83 01 01 A0 02 01 CC 80 02 01 00"_hex, t.now);
    CHECK(t.spdus() == std::vector<bytes>{"CC"_hex});
}

TEST_CASE("transport: an SPDU beyond 4096 bytes goes as Data_More") {
    lone_transport t;
    bytes spdu(2 * tpdu::max_data + 10);
    for (std::size_t i = 0; i < spdu.size(); ++i)
        spdu[i] = static_cast<std::uint8_t>(i * 7);
    t.layer.send(spdu, t.now);
    bytes joined;
    for (const std::uint8_t tag : {tpdu::data_more, tpdu::data_more, tpdu::data_last}) {
        const auto block = t.layer.next_write();
        REQUIRE(block);
        CHECK(block->size() + 1 <= 4096); // the device's slot byte comes in front
        cursor c{bytes_view{*block}.subspan(1)};
        const auto object = tpdu::read_object(c);
        CHECK(object.tag == tag);
        CHECK(c.empty());
        joined.insert(joined.end(), object.data.begin(), object.data.end());
        CHECK_FALSE(t.layer.next_write());
        t.layer.receive("01 80 02 01 00"_hex, t.now);
    }
    CHECK(joined == spdu);
}

TEST_CASE("transport: an SPDU larger than the module likes goes in parts of its size") {
    slot_settings settings;
    settings.max_tpdu_data = 4;
    connection(settings)
        .host(poll)
        .cam("A0 07 01 91 04 00 03 00 41 80 02 01 00")
        .host("A1 05 01 92 07 00 00")
        // data of the module in between belongs to another SPDU
        .cam(waiting)
        .host_after(0ms, rcv)
        .cam("A0 07 01 91 04 00 50 00 41 80 02 01 00")
        .host("A1 05 01 03 00 41 00")
        // a refusal does not tear the SPDU apart either
        .cam("86 01 01 80 02 01 00")
        .host("88 02 01 01")
        .cam(nothing)
        .host("A0 02 01 01")
        .cam(nothing)
        .host("A1 05 01 90 02 00 01")
        .cam(nothing)
        .host("A0 05 01 9F 80 30 00")
        .cam(nothing)
        .host("A1 05 01 92 07 F0 00")
        .run();
}

TEST_CASE("transport: a part that cannot be read takes its SPDU along, and no other") {
    lone_transport t;
    const auto receive = [&](const bytes& block) { t.layer.receive(block, t.now); };
    SECTION("a middle part") {
        receive("01 A1 03 01 AA BB 80 02 01 80"_hex);
        receive("01 A1 0F 01 CC"_hex);
        receive("01 A0 02 01 DD 80 02 01 00"_hex);
    }
    SECTION("the first part") {
        receive("01 A1 80 01 CC 80 02 01 80"_hex);
        receive("01 A1 02 01 CC 80 02 01 80"_hex);
        receive("01 A0 02 01 DD 80 02 01 00"_hex);
    }
    SECTION("the last part") {
        receive("01 A1 03 01 AA BB 80 02 01 80"_hex);
        receive("01 A0 0F 01 CC"_hex);
    }
    CHECK(t.spdus().empty());
    receive("01 A0 02 01 EE 80 02 01 00"_hex);
    CHECK(t.spdus() == std::vector<bytes>{"EE"_hex});
}

TEST_CASE("transport: an early fetch does not end half an SPDU of ours") {
    // a slot whose answers come every 100 ms
    slot_settings settings;
    settings.max_tpdu_data = 5;
    lone_transport t{settings};
    const auto answer = "01 80 02 01 00"_hex;
    const auto until_write = [&]() -> bytes {
        for (int i = 0; i < 1000; ++i) {
            if (auto block = t.layer.next_write()) {
                t.layer.write_done(t.now);
                return *block;
            }
            t.now += 1ms;
            t.layer.tick(t.now);
        }
        return {};
    };
    t.layer.set_owed(true, t.now);
    for (int i = 0; i < 4; ++i) {
        until_write();
        t.now += 100ms;
        t.layer.receive(answer, t.now);
    }
    const bytes spdu(12, 0x42);
    until_write();
    t.now += 100ms;
    t.layer.send(spdu, t.now);
    t.layer.receive(answer, t.now);
    for (const std::uint8_t tag : {tpdu::data_more, tpdu::data_more}) {
        CHECK(until_write().at(1) == tag);
        for (int i = 0; i < 100; ++i) {
            t.now += 1ms;
            t.layer.tick(t.now);
            CHECK_FALSE(t.layer.next_write());
        }
        t.layer.receive(answer, t.now);
    }
    CHECK(until_write() == "01 A0 03 01 42 42"_hex);
    // behind its end an empty poll fetches the answer
    const auto end = t.now;
    CHECK(until_write() == "01 A0 01 01"_hex);
    CHECK(t.now < end + 50ms);
}

TEST_CASE("transport: an answer on a foreign connection may have been ours, once") {
    connection()
        .host(poll)
        .raw("02 80 02 02 00")
        .expect<violation>()
        .quiet(498ms)
        .tick(2ms)
        .no_event()
        .host(poll)
        .raw("02 80 02 02 00")
        .expect<violation>()
        .tick(500ms)
        .expect<suspect>()
        .tick(1500ms)
        .expect<disconnected>([](auto& e) { return e.reason == disconnected::why::silent; })
        .run();
}

TEST_CASE("transport: a module that takes no answers does not fill the memory") {
    lone_transport t;
    const bytes spdu(1000);
    unsigned dropped = 0;
    for (int i = 0; i < 1000; ++i)
        t.layer.send(spdu, t.now);
    while (t.layer.next())
        ++dropped;
    CHECK(dropped > 700);
}

TEST_CASE("transport: of many wrong TPDUs in one block a few are told") {
    lone_transport t;
    bytes block{1};
    for (int i = 0; i < 1000; ++i)
        block.insert(block.end(), {0x77, 1, 1});
    t.layer.receive(block, t.now);
    std::vector<std::size_t> more;
    while (auto what = t.layer.next())
        more.push_back(std::get<violation>(std::get<event>(*what)).more);
    CHECK(more == std::vector<std::size_t>{0, 0, 0, 996});
}

TEST_CASE("transport: other connection ids") {
    slot_settings settings;
    settings.tcid = 5;
    script(settings)
        .host("82 01 05")
        .cam("83 01 05 80 02 05 80")
        .expect<connected>()
        .host("81 01 05")
        .run();
}

TEST_CASE("transport: other settings hold from the next TPDU on, the connection goes on") {
    lone_transport t;
    slot_settings settings;
    settings.tcid = 9; // not this connection's any more
    settings.poll_floor = settings.idle_poll = 700ms;
    settings.dead_after = 5s;
    t.layer.adjust(settings);
    CHECK(t.layer.deadline() == t.now + 700ms);
    t.now += 700ms;
    t.layer.tick(t.now);
    CHECK(t.layer.next_write() == "01 A0 01 01"_hex);
    t.layer.tick(t.now + 3s);
    CHECK(t.layer.active());
    t.layer.tick(t.now + 5s);
    CHECK_FALSE(t.layer.active());
}
