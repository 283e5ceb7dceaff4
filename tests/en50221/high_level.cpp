// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/high_level.hpp"

#include "base/hex.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
    high_level stack;
    time_point now{1h};

    fixture() { stack.start(now); }

    std::vector<std::string> writes() {
        std::vector<std::string> all;
        while (const auto apdu = stack.next_write()) {
            all.push_back(to_hex(*apdu));
            stack.write_done(now);
        }
        return all;
    }
    void read(const bytes& apdu) { stack.receive(apdu, now); }
    /// The next event, which has to be of this kind.
    template<class Event>
    Event next() {
        const auto what = stack.next_event();
        REQUIRE(what);
        REQUIRE(std::holds_alternative<Event>(*what));
        return std::get<Event>(*what);
    }
    void begin() {
        next<connected>();
        CHECK(next<session_opened>().resource == application_information_v1);
        const auto ca = next<session_opened>();
        CHECK(ca.resource == ca_support_v1);
        CHECK(ca.session_nb == high_level::ca_session);
        CHECK_FALSE(stack.next_event());
    }
    void wait(duration d) {
        now += d;
        stack.tick(now);
    }
    /// Up to ca_info.
    void start_up() {
        begin();
        read("9F 80 21 0A 01 12 34 56 78 04 54 65 73 74"_hex);
        read("9F 80 31 02 05 00"_hex);
        while (stack.next_event()) {
        }
        writes();
    }
};

using list = std::vector<std::string>;

const std::string app_info_enq = to_hex("9F 80 20 00"_hex);
const std::string ca_info_enq = to_hex("9F 80 30 00"_hex);

ca_pmt service(std::size_t needed, std::size_t private_pes, std::size_t data) {
    ca_pmt value;
    value.program_number = 0x1122;
    value.version = 5;
    value.ca_descriptors = {{0x0B00, 0x0500, {}}};
    const auto add = [&](std::size_t count, std::uint8_t type) {
        for (std::size_t i = 0; i < count; ++i)
            value.streams.push_back(
                {type, static_cast<ts::pid_t>(0x100 + value.streams.size()), {}});
    };
    add(data, 0x0B);
    add(needed, 0x04);
    add(private_pes, 0x06);
    return value;
}

ca_pmt sent(const std::vector<std::string>& writes) {
    REQUIRE(writes.size() == 1);
    const auto apdu = from_hex(writes[0]).value();
    CHECK(apdu.size() <= 256);
    // tag and a length in one or two bytes
    const std::size_t head = apdu.at(3) < 0x80 ? 4 : 5;
    return parse_ca_pmt(bytes_view{apdu}.subspan(head)).value();
}

} // namespace

TEST_CASE("high level: application_info, ca_info, CA_PMT, in this order") {
    fixture f;
    f.begin();
    CHECK(f.writes() == list{app_info_enq});
    f.read("9F 80 21 0A 01 12 34 56 78 04 54 65 73 74"_hex);
    CHECK(f.next<application_info_received>().info == application_info{1, 0x1234, 0x5678, "Test"});
    CHECK(f.writes() == list{ca_info_enq});
    f.read("9F 80 31 04 05 00 0B 00"_hex);
    const auto info = f.next<ca_info_received>();
    CHECK(info.session_nb == high_level::ca_session);
    CHECK(info.ca_system_ids == std::vector<std::uint16_t>{0x0500, 0x0B00});
    CHECK(f.stack.deadline() == never);

    f.stack.send_ca_pmt(service(2, 0, 0), info.session_nb, f.now);
    CHECK(f.writes() == list{to_hex("9F 80 32 17 03 11 22 CB F0 07 01 09 04 0B 00 E5 00 "
                                    "04 E1 00 F0 00 04 E1 01 F0 00"_hex)});
    // a session that is not CA Support's
    f.stack.send_ca_pmt(service(2, 0, 0), 7, f.now);
    CHECK(f.writes().empty());

    f.stack.stop(f.now);
    f.next<session_closed>();
    f.next<session_closed>();
    CHECK(f.next<disconnected>().reason == disconnected::why::stopped);
    CHECK_FALSE(f.stack.active());
    CHECK(f.stack.deadline() == never);
}

TEST_CASE("high level: enquiries are repeated, and then done without") {
    fixture f;
    f.begin();
    for (int i = 0; i < 5; ++i) {
        CHECK(f.writes() == list{app_info_enq});
        CHECK(f.stack.deadline() == f.now + 1s);
        f.wait(999ms);
        CHECK(f.writes().empty());
        f.wait(1ms);
    }
    for (int i = 0; i < 5; ++i) {
        CHECK(f.writes() == list{ca_info_enq});
        CHECK_FALSE(f.stack.next_event());
        f.wait(1s);
    }
    CHECK(f.next<ca_info_received>().ca_system_ids.empty());
    CHECK(f.stack.deadline() == never);
    // it may still come
    f.read("9F 80 31 02 05 00"_hex);
    CHECK(f.next<ca_info_received>().ca_system_ids == std::vector<std::uint16_t>{0x0500});
}

TEST_CASE("high level: a driver that does not know an enquiry is not given up for it") {
    fixture f;
    f.begin();
    REQUIRE(f.stack.next_write());
    f.stack.write_failed(f.now);
    CHECK_FALSE(f.stack.next_event());
    f.wait(1s);
    CHECK(f.writes() == list{app_info_enq});
}

TEST_CASE("high level: a CA_PMT that is refused ends the conversation") {
    fixture f;
    f.start_up();
    f.stack.send_ca_pmt(service(1, 0, 0), 0, f.now);
    REQUIRE(f.stack.next_write());
    f.stack.write_failed(f.now);
    f.next<session_closed>();
    f.next<session_closed>();
    CHECK(f.next<disconnected>().reason == disconnected::why::write_failed);
    // from the beginning
    f.stack.start(f.now);
    f.begin();
    CHECK(f.writes() == list{app_info_enq});
}

TEST_CASE("high level: a CA_PMT that is too long loses its least streams, or is not sent") {
    fixture f;
    f.start_up();
    const auto send = [&](const ca_pmt& value) {
        f.stack.send_ca_pmt(value, 0, f.now);
        return sent(f.writes());
    };
    SECTION("what fits stays as it is") {
        const auto value = service(20, 20, 7); // 3 + 2 + 4 + 9 + 47 * 5 = 253
        CHECK(send(value) == value);
    }
    SECTION("data goes first") {
        const auto got = send(service(10, 10, 60));
        CHECK(got.streams.size() == 47);
        CHECK(std::count_if(got.streams.begin(), got.streams.end(),
                            [](auto& s) { return s.stream_type == 0x0B; }) == 27);
    }
    SECTION("then private PES") {
        const auto got = send(service(40, 20, 3));
        CHECK(got.streams.size() == 47);
        CHECK(got.streams.front().elementary_pid == 0x103); // no data any more
        CHECK(got.streams.back().stream_type == 0x06);
    }
    SECTION("never what is needed") {
        f.stack.send_ca_pmt(service(48, 1, 1), 0, f.now);
        CHECK(f.writes().empty());
        CHECK(f.next<ca_pmt_too_large>().program_number == 0x1122);
        CHECK(f.stack.active());
    }
}

TEST_CASE("high level: a menu is asked for, shown and answered") {
    fixture f;
    CHECK_FALSE(high_level{}.enter_menu(f.now));
    f.start_up();
    REQUIRE(f.stack.enter_menu(f.now));
    CHECK(f.writes() == list{to_hex("9F 80 22 00"_hex)});
    f.wait(3s);
    CHECK(f.writes() == list{to_hex("9F 80 22 00"_hex)});
    f.read("9F 88 01 02 01 01"_hex);
    CHECK(f.writes() == list{to_hex("9F 88 02 02 01 01"_hex)});
    f.read("9F 88 09 0E 01 9F 88 03 01 41 9F 88 03 00 9F 88 03 00"_hex);
    const auto shown = f.next<mmi_shown>();
    CHECK(shown.session_nb == high_level::mmi_session);
    CHECK(shown.display.title == "A");
    CHECK_FALSE(f.stack.answer_menu(high_level::ca_session, 0, f.now));
    REQUIRE(f.stack.answer_menu(high_level::mmi_session, 0, f.now));
    CHECK(f.writes().empty());
    CHECK(f.stack.deadline() == f.now + 100ms);
    f.wait(100ms);
    CHECK(f.writes() == list{to_hex("9F 88 0B 01 00"_hex)});

    f.read("9F 88 07 06 01 04 50 49 4E 3F"_hex);
    CHECK(f.next<mmi_shown>().display.blind);
    f.wait(100ms);
    CHECK_FALSE(f.stack.answer_enquiry(high_level::ca_session, "1", f.now));
    REQUIRE(f.stack.answer_enquiry(high_level::mmi_session, "1234", f.now));
    CHECK(f.writes() == list{to_hex("9F 88 08 05 01 31 32 33 34"_hex)});
    f.read("9F 88 00 01 00"_hex);
    f.next<mmi_closed>();
    CHECK(f.stack.deadline() == f.now + 500ms);
    f.wait(500ms);
    CHECK(f.stack.deadline() == never);
    CHECK(f.writes().empty());
    CHECK_FALSE(f.stack.next_event());
}

TEST_CASE("high level: the host leaves a menu, and there can be another") {
    fixture f;
    f.start_up();
    const auto menu = "9F 88 09 0E 01 9F 88 03 01 41 9F 88 03 00 9F 88 03 00"_hex;
    for (int i = 0; i < 2; ++i) {
        f.read(menu);
        f.next<mmi_shown>();
        f.wait(100ms);
        CHECK_FALSE(f.stack.close_mmi(high_level::ca_session, f.now));
        REQUIRE(f.stack.close_mmi(high_level::mmi_session, f.now));
        CHECK(f.writes() == list{to_hex("9F 88 0B 01 00"_hex), to_hex("9F 88 00 01 00"_hex)});
        f.next<mmi_closed>();
        f.read(menu); // on its way already
        CHECK_FALSE(f.stack.next_event());
        f.wait(500ms);
    }
    // a driver that does not know the answers
    f.read(menu);
    f.next<mmi_shown>();
    f.wait(100ms);
    REQUIRE(f.stack.answer_menu(high_level::mmi_session, 0, f.now));
    REQUIRE(f.stack.next_write());
    f.stack.write_failed(f.now);
    CHECK(f.stack.active());
    f.stack.stop(f.now);
    f.next<mmi_closed>();
    f.next<session_closed>();
    f.next<session_closed>();
    f.next<disconnected>();
    CHECK_FALSE(f.stack.close_mmi(high_level::mmi_session, f.now));
    CHECK(f.stack.deadline() == never);
}

TEST_CASE("high level: a menu that does not come is given up") {
    fixture f;
    f.start_up();
    REQUIRE(f.stack.enter_menu(f.now));
    for (int i = 0; i < 10; ++i)
        f.wait(1s);
    f.next<menu_refused>();
    CHECK(f.writes().size() == 4);
    CHECK(f.stack.deadline() == never);
    f.read("9F 88 05 00"_hex);
    f.next<violation>();
}

TEST_CASE("high level: nonsense is told and survived") {
    fixture f;
    f.start_up();
    for (const auto& block : {""_hex, "9F"_hex, "9F 80 31 05 00"_hex, "9F 80 31 80"_hex,
                              "9F 80 77 00"_hex, "9F 80 21 01 00"_hex, "9F 80 33 00"_hex}) {
        f.read(block);
        INFO(to_hex(block));
        f.next<violation>();
        CHECK_FALSE(f.stack.next_event());
    }
    CHECK(f.stack.active());
    f.stack.abandon(f.now);
    f.read("9F 80 31 02 05 00"_hex);
    CHECK_FALSE(f.stack.next_event());
}

TEST_CASE("high level: an answer to a CA_PMT that is none is dropped") {
    fixture f;
    f.start_up();
    f.read("9F 80 33 02 11 22"_hex);
    CHECK(f.next<violation>().what == "The module sent a malformed ca_pmt_reply.");
    CHECK(f.stack.active());
}

TEST_CASE("high level: what the driver has no room for ends the conversation") {
    fixture f;
    f.start_up();
    f.stack.write_refused(f.now);
    f.next<session_closed>();
    f.next<session_closed>();
    CHECK(f.next<disconnected>().reason == disconnected::why::write_failed);
    CHECK_FALSE(f.stack.active());
    f.stack.write_refused(f.now);
    CHECK_FALSE(f.stack.next_event());
}
