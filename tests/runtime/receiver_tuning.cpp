// SPDX-License-Identifier: LGPL-2.1-or-later
#include "receiver_fixture.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <memory>
#include <optional>

using namespace cihost;
using namespace cihost::runtime;
using cihost::test::fake_receiver;
using cihost::test::run_until;
using fixture = cihost::test::receiver_fixture;

namespace {
constexpr auto one = fake_receiver::first_service;
} // namespace

TEST_CASE("another multiplex than expected is told, although it has the service") {
    fixture f;
    f.adjust = [](receiver_settings& settings) { settings.tuning->transport_stream_id = 77; };
    f.begin();
    f.record(one, "one.ts");
    REQUIRE(f.until_state(one, "clear"));
    const std::string words = "The transport stream id of this multiplex is 7, not 77 as expected";
    REQUIRE(run_until(f.context, [&] { return f.logged(words); }));
    CHECK(f.r->report().reason.find("MHz. " + words) != std::string::npos);
    CHECK(f.r->why(one).found.sentence.find(". " + words) != std::string::npos);
    CHECK(f.service(one).reason.find(words) == std::string::npos); // once is enough
    f.world.locked = false;
    REQUIRE(f.until_state(one, "no_lock"));
    CHECK(f.r->report().reason.find(words) == std::string::npos);
    f.world.locked = true;
    REQUIRE(f.until_state(one, "clear"));
    CHECK(std::ranges::count_if(f.log, [&](const auto& l) {
              return l.level == severity::warning && l.message.starts_with(words);
          }) == 1);
}

TEST_CASE("another multiplex: nothing of the one before stays, and its recording waits") {
    fixture f;
    f.begin();
    const auto id = f.record(one, "one.ts");
    REQUIRE(f.until_state(one, "clear"));
    REQUIRE(run_until(f.context, [&] { return f.r->recordings().at(0).state == "recording"; }));
    device::tuning other;
    other.frequency_hz = fake_receiver::other_frequency;
    f.r->tune(other);
    auto report = f.r->report();
    CHECK(report.state == "tuning");
    CHECK(report.tuning == other);
    CHECK_FALSE(report.transport_stream_id);
    REQUIRE(report.services.size() == 1);
    CHECK(report.services[0].state == "no_lock");
    CHECK_FALSE(report.services[0].in_multiplex);
    CHECK(f.r->recordings().at(0).state == "waiting");

    // the tuner gives out the old multiplex until it has a lock
    bool leaked = false;
    REQUIRE(f.until([&](const receiver_report& r) {
        leaked = leaked || r.transport_stream_id == 7;
        return r.transport_stream_id && fixture::service(r, fake_receiver::other_service);
    }));
    CHECK_FALSE(leaked);
    REQUIRE(f.until_state(fake_receiver::other_service, "clear"));
    CHECK(f.service(fake_receiver::other_service).name == "Other");
    CHECK(f.service(one).state == "not_in_multiplex");
    const auto waiting = f.r->recordings().at(0);
    CHECK(waiting.state == "waiting");
    CHECK(waiting.reason.find("is not in this multiplex. It holds: Other") != std::string::npos);
    // the module was told to forget the service
    REQUIRE(run_until(f.context, [&] {
        const auto sent = f.world.ca_pmts();
        return sent.size() == 2 && sent[1].command == en50221::ca_pmt_command::not_selected;
    }));
    // its PIDs carry another service now: nothing of that goes to the file
    const auto packets = f.r->report().packets;
    REQUIRE(f.until([&](const receiver_report& r) { return r.packets > packets + 200; }));
    CHECK(f.r->recordings().at(0).packets == waiting.packets);

    device::tuning back;
    back.frequency_hz = 474'000'000;
    f.r->tune(back);
    REQUIRE(f.until_state(one, "clear"));
    REQUIRE(run_until(f.context, [&] {
        const auto now = f.r->recordings().at(0);
        return now.state == "recording" && now.packets > waiting.packets;
    }));
    CHECK(f.logged("goes on: the service is back"));
    const auto final = f.stop(id);
    CHECK(final.continuity_errors == 0);
    CHECK(final.scrambled_packets == 0);
}

TEST_CASE("with nothing to receive tuner and stream are closed, the module stays started") {
    fixture f;
    f.begin();
    f.r->want(one);
    REQUIRE(f.until_state(one, "clear"));
    const auto errors = f.r->report().continuity_errors;
    f.r->tune(std::nullopt);
    CHECK(f.r->report().state == "idle");
    CHECK_FALSE(f.r->report().reason.empty());
    CHECK(f.service(one).state == "idle");
    REQUIRE(run_until(f.context, [&] { return !f.world.frontend_open && !f.world.ts_open; }));
    CHECK(f.r->report().cams.at(0).state == "ready");
    f.r->tune(std::nullopt);
    device::tuning back;
    back.frequency_hz = 474'000'000;
    f.r->tune(back);
    REQUIRE(f.until_state(one, "clear"));
    CHECK(f.world.ca_opens == 1);
    CHECK(f.r->report().cams.at(0).restarts == 0);
    CHECK(f.r->report().continuity_errors == errors);
    CHECK(f.service(one).time_to_clear.value_or(-1) >= 0);
}

TEST_CASE("a receiver begins idle when nobody says where to tune to") {
    fixture f;
    f.r = std::make_unique<receiver>(f.context, receiver_settings{}, f.world.devices(),
                                     log_function{});
    f.r->start();
    REQUIRE(f.until_cam("ready"));
    CHECK(f.r->report().state == "idle");
    CHECK_FALSE(f.world.frontend_open);
    CHECK_FALSE(f.world.ts_open);
    f.record(one, "one.ts");
    CHECK(f.r->recordings().at(0).state == "waiting");
    f.r->tune(device::tuning{.frequency_hz = 474'000'000});
    REQUIRE(f.until_state(one, "clear"));
}

TEST_CASE(
    "a service that leaves the PAT takes its recording's PIDs with it, and brings them back") {
    fixture f;
    f.begin();
    f.record(one, "one.ts");
    REQUIRE(f.until_state(one, "clear"));
    REQUIRE(run_until(f.context, [&] { return f.r->recordings().at(0).state == "recording"; }));
    f.world.first_listed = false;
    REQUIRE(f.until_state(one, "not_in_multiplex"));
    CHECK(f.r->recordings().at(0).state == "waiting");
    CHECK_FALSE(f.r->recordings().at(0).reason.empty());
    const auto seen = f.r->report().packets;
    // what was under way is counted by now
    REQUIRE(f.until([&](const receiver_report& r) { return r.packets > seen + 200; }));
    const auto before = f.r->recordings().at(0).packets;
    REQUIRE(f.until([&](const receiver_report& r) { return r.packets > seen + 500; }));
    CHECK(f.r->recordings().at(0).packets == before);
    f.world.first_listed = true;
    REQUIRE(f.until_state(one, "clear"));
    REQUIRE(run_until(f.context, [&] { return f.r->recordings().at(0).packets > before; }));
    CHECK(f.r->recordings().at(0).state == "recording");
}

TEST_CASE("without the whole multiplex: tables, and what is wanted, without gaps for the others") {
    fixture f;
    f.whole_multiplex = false;
    f.begin();
    const auto has = [&](ts::pid_t pid) {
        const auto filter = f.world.filter();
        return filter && filter->contains(pid);
    };
    REQUIRE(run_until(f.context, [&] { return has(0x100) && has(0x200); }));
    CHECK_FALSE(has(0x101));
    CHECK_FALSE(has(0x300));
    // nothing is known of packets nobody looks at
    REQUIRE(f.until_state(one, "not_wanted"));
    CHECK(f.service(one).scrambled_now == std::nullopt);
    CHECK(f.service(one).reason.find("not looked at") != std::string::npos);

    const auto id = f.record(one, "one.ts");
    REQUIRE(f.until_state(one, "clear"));
    CHECK(f.service(one).scrambled_now == false);
    CHECK((has(0x101) && has(0x102) && has(0x300)));
    CHECK_FALSE(has(0x201));
    const auto more = f.record(fake_receiver::second_service, "two.ts");
    REQUIRE(f.until_state(fake_receiver::second_service, "clear"));
    f.stop(more);
    REQUIRE(run_until(f.context, [&] { return !has(0x201); }));
    REQUIRE(f.until_state(fake_receiver::second_service, "not_wanted"));
    CHECK(f.service(fake_receiver::second_service).scrambled_now == std::nullopt);
    // its packets went on meanwhile: no gap when they are taken again
    f.stop(f.record(fake_receiver::second_service, "again.ts"));
    f.record(fake_receiver::second_service, "third.ts");
    REQUIRE(f.until_state(fake_receiver::second_service, "clear"));
    CHECK(f.r->report().continuity_errors == 0);
    const auto final = f.stop(id);
    CHECK(final.continuity_errors == 0);
    CHECK(final.packets > 0);
    // after a retune nothing of the old filter is left
    device::tuning other;
    other.frequency_hz = fake_receiver::other_frequency;
    f.r->tune(other);
    REQUIRE(f.until_state(fake_receiver::other_service, "not_wanted"));
    CHECK_FALSE(has(0x300));
    CHECK_FALSE(has(0x101));
}
