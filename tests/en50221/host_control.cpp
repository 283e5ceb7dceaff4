// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/host_control.hpp"

#include "one_session.hpp"
#include "support/catch.hpp"
#include "support/conversation.hpp"
#include "support/hex.hpp"

#include <array>
#include <chrono>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

resource_settings settings_for(unsigned version) {
    resource_settings settings;
    settings.host_control = version;
    settings.delivery_descriptors = {0x5A, 0x44};
    return settings;
}

struct fixture : one_session {
    explicit fixture(unsigned version)
        : one_session{settings_for(version), with_version(host_control_v1, version)} {}
};

using lines = std::vector<std::string>;

} // namespace

TEST_CASE("host_control: tune, replace and clear_replace reach the receiver") {
    fixture f{1};
    CHECK(f.say("9F8400 08 0000 0001 044D 6D66"_hex).empty());
    const auto tune = f.next<host_control_tune>();
    CHECK(tune.session_nb == 5);
    CHECK(tune.network_id == 0);
    CHECK(tune.original_network_id == 1);
    CHECK(tune.transport_stream_id == 0x44D);
    CHECK(tune.service_id == 0x6D66);
    CHECK_FALSE(tune.reply_wanted);
    f.say("9F8401 05 07 E101 F234"_hex); // reserved bits set, and not all of them
    const auto replace = f.next<host_control_replace>();
    CHECK(replace.session_nb == 5);
    CHECK(replace.reference == 7);
    CHECK(replace.replaced_pid == 0x101);
    CHECK(replace.replacement_pid == 0x1234);
    f.say("9F8402 01 07"_hex);
    const auto clear = f.next<host_control_clear_replace>();
    CHECK(clear.session_nb == 5);
    CHECK(clear.reference == 7);
    CHECK(f.silent());
}

TEST_CASE("host_control: what is cut short is remarked, and asks for nothing") {
    fixture f{3};
    for (const auto& [text, answers] : {
             std::pair{"9F8400 07 0000 0001 044D 6D", false},
             std::pair{"9F8401 04 07 E101 F2", false},
             std::pair{"9F8402 00", false},
             std::pair{"9F8404 04 00 0001 F0", true},
             std::pair{"9F8404 07 00 0001 F003 5A 0B", true},
             std::pair{"9F8406 00", false},
             std::pair{"9F8409 06 00 0001 0002 00", true},
         }) {
        INFO(text);
        CHECK(f.say(from_hex(text).value()) == (answers ? lines{"9f 84 05 01 04"} : lines{}));
        f.next<violation>();
        CHECK(f.silent());
    }
    // nobody waits for an answer any more
    f.layer.reply_to_tune(5, tune_status::ok);
    CHECK(f.sent().empty());
}

TEST_CASE("host_control: a version knows its own objects and those of the versions before") {
    const auto v2 = "9F8404 05 00 0065 F000"_hex;
    const auto v3 = "9F8409 09 00 0001 0002 0003 5A 00"_hex;
    fixture one{1};
    one.say(v2);
    one.next<violation>();
    fixture two{2};
    two.say(v2);
    CHECK(two.next<host_control_tune_broadcast>().service_id == 0x65);
    two.say(v3);
    two.next<violation>();
    fixture three{3};
    three.say(v3);
    const auto tune = three.next<host_control_tune>();
    CHECK(tune.reply_wanted);
    CHECK(tune.original_network_id == 1);
    CHECK(tune.transport_stream_id == 2);
    CHECK(tune.service_id == 3);
}

TEST_CASE("host_control: a service by where its multiplex is, with a PMT of the module's") {
    fixture f{3};
    f.say("9F8404 0D 05 0065 F003 5A01FF 02B000 AABB"_hex);
    const auto tune = f.next<host_control_tune_broadcast>();
    CHECK(tune.service_id == 0x65);
    CHECK(tune.delivery == "5A01FF"_hex);
    CHECK(tune.pmt == "02B000 AABB"_hex);
    CHECK(tune.quietly);
    f.layer.reply_to_tune(5, tune_status::no_lock);
    CHECK(f.sent() == lines{"9f 84 05 01 02"});
    f.layer.reply_to_tune(5, tune_status::ok); // once is enough
    CHECK(f.sent().empty());
    // of version 2 the flags are reserved bits
    fixture two{2};
    two.say("9F8404 05 FE 0065 F000"_hex);
    const auto plain = two.next<host_control_tune_broadcast>();
    CHECK_FALSE(plain.quietly);
    CHECK(plain.pmt.empty());
}

TEST_CASE("host_control: what no receiver of ours can do is answered at once") {
    fixture f{3};
    CHECK(f.say("9F8407 02 0007"_hex) == lines{"9f 84 05 01 05"});
    CHECK(f.say("9F8407 01 00"_hex) == lines{"9f 84 05 01 04"});
    CHECK(f.say("9F8408 04 0002 3C3E"_hex) == lines{"9f 84 05 01 01"});
    CHECK(f.say("9F840A 00"_hex) == lines{"9f 84 0b 07 02 01 5a 00 01 44 00"});
    CHECK(f.silent());
}

TEST_CASE("host_control: a module that is asked to release and does not has its session closed") {
    fixture f{1};
    f.layer.ask_release(f.now);
    CHECK(f.sent() == lines{"9f 84 03 00"});
    f.layer.ask_release(f.now); // it knows
    CHECK(f.sent().empty());
    CHECK(f.layer.deadline() == f.now + host_control::release_patience);
    f.now += host_control::release_patience - 1ms;
    f.layer.tick(f.now);
    CHECK_FALSE(f.layer.next_close());
    f.now += 1ms;
    f.layer.tick(f.now);
    CHECK(f.layer.next_close() == 5);
    CHECK_FALSE(f.layer.next_close());
    CHECK(f.layer.deadline() == never);
}

TEST_CASE("host_control: a module of version 2 may refuse to release") {
    fixture f{2};
    f.layer.ask_release(f.now);
    f.say("9F8406 01 01"_hex);
    CHECK_FALSE(f.next<host_control_release_answered>().released);
    CHECK(f.layer.deadline() == never);
    f.layer.ask_release(f.now);
    f.say("9F8406 01 00"_hex);
    CHECK(f.next<host_control_release_answered>().released);
    CHECK(f.layer.deadline() != never); // it said so; that it closes has to be seen
}

namespace {

constexpr const char* empty_status = "80 02 01 00";

std::string nb(unsigned session_nb) {
    return to_hex(std::array{static_cast<std::uint8_t>(session_nb >> 8),
                             static_cast<std::uint8_t>(session_nb)});
}

script polled(const slot_settings& settings) {
    return script(settings).host("A0 01 01").cam("80 02 01 80").host("81 01 01");
}

/// From the connection to a session that the host has closed.
script release(unsigned opened) {
    slot_settings settings;
    settings.resources = settings_for(2);
    const auto session = nb(opened + 1);
    return script(settings)
        .host("82 01 01")
        .cam("83 01 01 80 02 01 00")
        .expect<connected>()
        .then(polled(settings))
        .cam("A0 07 01 91 04 00 20 00 42 80 02 01 00")
        .expect<session_opened>(
            [](auto& e) { return e.resource == with_version(host_control_v1, 2); })
        .host("A0 0A 01 92 07 00 00 20 00 42 " + session)
        .cam(empty_status)
        .then(polled(settings))
        .cam("A0 0E 01 90 02 " + session + " 9F 84 04 05 00 00 65 F0 00 80 02 01 00")
        .expect<host_control_tune_broadcast>([](auto& e) { return e.service_id == 0x65; })
        .call("reply_to_tune",
              [opened](slot& s, time_point now) {
                  s.reply_to_tune(static_cast<std::uint16_t>(opened + 1), tune_status::busy, now);
              })
        .host("A0 0A 01 90 02 " + session + " 9F 84 05 01 03")
        .cam(empty_status)
        .then(polled(settings))
        .cam("A0 0E 01 90 02 " + session + " 9F 84 01 05 01 E1 01 E1 02 80 02 01 00")
        .expect<host_control_replace>()
        .call("ask_release", [](slot& s, time_point now) { s.ask_release(now); })
        .host("A0 09 01 90 02 " + session + " 9F 84 03 00")
        .cam(empty_status);
}

} // namespace

TEST_CASE("host_control: a conversation, whole, in pieces and with every fault") {
    release(0).run();
    release(0).run_split();
    script::run_faulty(release);
}

TEST_CASE("host_control: a module of a version too high, or without the offer, is refused") {
    const auto refused = [](unsigned offered, const char* wanted, const char* answer) {
        slot_settings settings;
        settings.resources = settings_for(offered);
        script(settings)
            .host("82 01 01")
            .cam("83 01 01 80 02 01 00")
            .expect<connected>()
            .then(polled(settings))
            .cam(std::string{"A0 07 01 91 04 "} + wanted + " 80 02 01 00")
            .host(std::string{"A0 0A 01 92 07 "} + answer + " 00 00")
            .expect<session_refused>()
            .run();
    };
    refused(1, "00 20 00 42", "F2 00 20 00 41");
    refused(2, "00 20 00 43", "F2 00 20 00 42");
    refused(0, "00 20 00 41", "F0 00 20 00 41");
}
