// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/service_finder.hpp"

#include "daemon/fake_receiver.hpp"
#include "support/catch.hpp"
#include "support/tuning.hpp"

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
    receiver_set set;
    fake_receiver* a = add("a", false);
    fake_receiver* b = add("b", false);
    service_finder finder{
        set,
        {{"ZDF", 7, at(474)}, {"arte", 8, at(474)}, {"ARD", 7, at(490)}, {"Solo", 9, at(498)}},
        10s};

    fake_receiver* add(const std::string& name, bool fixed) {
        auto receiver = std::make_unique<fake_receiver>();
        auto* raw = receiver.get();
        raw->now.state = "idle";
        set.add(name, std::move(receiver), fixed);
        return raw;
    }
    receiver_set::location find(const char* name, std::optional<std::string> receiver = {}) {
        return finder.find(service_ref{std::string(name)}, receiver);
    }
    std::string record(const char* name) {
        const auto what = find(name);
        set.start_recording(what, "/no/such/folder/" + std::string(name));
        return what.where->name;
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "an idle receiver is tuned, and shared by services of its multiplex") {
    CHECK(record("ZDF") == "a");
    CHECK(a->now.tuning == at(474));
    CHECK(record("ARTE") == "a");
    CHECK_FALSE(b->now.tuning);
    CHECK(record("ARD") == "b");
    CHECK(b->now.tuning == at(490));
    CHECK_THROWS_WITH(find("Solo"), "No receiver is free for 'Solo' (" + device::describe(at(498)) +
                                        "): a is held by recording 1 of service 7, recording 2 of "
                                        "service 8; b is held by recording 3 of service 7.");
}

TEST_CASE_METHOD(fixture, "what is received now comes first") {
    b->now.tuning = at(506);
    b->now.state = "locked";
    b->add_service(70, "ZDF");
    CHECK(find("ZDF").program_number == 70);
    CHECK(find("ZDF").where->name == "b");
    CHECK_FALSE(a->now.tuning);
}

TEST_CASE_METHOD(fixture, "a receiver asked for by name is the one that is tuned") {
    CHECK(find("ZDF", "b").where->name == "b");
    CHECK(b->now.tuning == at(474));
    CHECK_FALSE(a->now.tuning);
    CHECK_THROWS_AS(find("ZDF", "nobody"), rpc_error);
}

TEST_CASE_METHOD(fixture, "a number is looked up too, unless the list has it twice") {
    CHECK(finder.find(service_ref{std::uint16_t{9}}, {}).service_name == "Solo");
    CHECK(a->now.tuning == at(498));
    CHECK_THROWS_WITH(finder.find(service_ref{std::uint16_t{7}}, {}),
                      "The channel list has service 7 more than once: ZDF, ARD. Say its name.");
    CHECK_THROWS_AS(find("BR"), rpc_error);
}

TEST_CASE_METHOD(fixture, "a receiver that nobody needs is let go; one with a place stays") {
    auto* const fixed = add("c", true);
    fixed->now.tuning = at(522);
    const auto what = find("ZDF");
    const auto started = set.start_recording(what, "/no/such/folder/x");
    auto now = time_point{} + 100s;
    finder.release(now);
    now += 60s;
    finder.release(now);
    CHECK(a->now.tuning);
    set.stop_recording(started.report.id, [](const auto&) {});
    finder.release(now);
    now += 10s;
    finder.release(now);
    CHECK_FALSE(a->now.tuning);
    CHECK(fixed->now.tuning);
}

TEST_CASE_METHOD(fixture,
                 "what an unplugged receiver received before does not call a recording to it") {
    a->now.tuning = at(474);
    a->add_service(7, "ZDF");
    CHECK(find("ZDF").where->name == "a");
    a->now.state = "absent";
    CHECK(find("ZDF").where->name == "b");
    CHECK(b->now.tuning == at(474));
}

TEST_CASE_METHOD(fixture,
                 "a number that the list has on another multiplex is not taken at its word") {
    b->now.state = "absent";
    a->now.tuning = at(474); // and no table of it has come yet
    const auto there = finder.find(service_ref{std::uint16_t{9}}, {});
    CHECK(there.where->name == "a");
    CHECK(a->now.tuning == at(498)); // nobody needed the other one
}

TEST_CASE_METHOD(fixture,
                 "a number that is not listed does not take an idle tuner out of service") {
    CHECK_THROWS_WITH(finder.find(service_ref{std::uint16_t{999}}, "a"),
                      "Service 999 is not in the channel list, and receiver 'a' is not tuned to "
                      "anything.");
}

TEST_CASE_METHOD(fixture, "a receiver whose frontend is gone is not tuned, until it is back") {
    set.note_frontend(0, false, {});
    set.note_frontend(1, false, {});
    CHECK_THROWS_WITH(find("ZDF"), "No receiver is free for 'ZDF' (" + device::describe(at(474)) +
                                       "): a is absent; b is absent.");
    set.note_frontend(0, true, {device::delivery_system::dvbs});
    set.note_frontend(1, true, {device::delivery_system::dvbt});
    CHECK(find("ZDF").where->name == "b");
}

TEST_CASE_METHOD(fixture,
                 "a module is told every multiplex that its receiver may find a number on") {
    CHECK(finder.multiplexes_of(7, "a") == std::vector{at(474), at(490)});
    CHECK(finder.multiplexes_of(8, "a") == std::vector{at(474)});
    CHECK(finder.multiplexes_of(10, "a").empty());
    set.note_frontend(1, true, {device::delivery_system::dvbs});
    CHECK(finder.multiplexes_of(7, "b").empty());
}

TEST_CASE_METHOD(fixture, "a receiver that a module leads is not let go of, and gives way") {
    a->now.tuning = at(498);
    a->now.led_by_slot = 0;
    b->now.state = "absent";
    auto now = time_point{} + 100s;
    finder.release(now);
    finder.release(now += 1h);
    CHECK(a->now.tuning == at(498));
    CHECK(record("ZDF") == "a");
    CHECK(a->now.tuning == at(474));
}

TEST_CASE_METHOD(fixture, "of two receivers that have a service, the one with the CAM for it is "
                          "taken") {
    for (auto* const r : {a, b}) {
        r->now.tuning = at(474);
        r->now.state = "locked";
        r->add_service(7, "ZDF");
        r->now.services.back().ca_system_ids = {0x500};
        r->now.services.back().pmt_complete_at = 1.0;
        r->now.cams.emplace_back().state = "ready";
    }
    a->now.cams[0].ca_system_ids = {0x100};
    b->now.cams[0].ca_system_ids = {0x500};
    finder.release({});
    CHECK(find("ZDF").where->name == "b");
    CHECK(find("ZDF", "a").where->name == "a");
    b->now.cams[0].ca_system_ids = {0x600};
    CHECK(find("ZDF").where->name == "a"); // none: it waits where it is
    REQUIRE(record("ZDF") == "a");
    const auto lines = finder.plan();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].left_out);
}

TEST_CASE("what a rule leaves scrambled is not recorded while it is") {
    receiver_set set;
    auto receiver = std::make_unique<fake_receiver>();
    auto* const roof = receiver.get();
    roof->now.state = "locked";
    roof->now.tuning = at(474);
    roof->add_service(7, "ZDF");
    auto& service = roof->now.services[0];
    service.pmt_complete_at = 1.0;
    service.ca_system_ids = {0x500};
    set.add("roof", std::move(receiver), true);
    plan_settings settings;
    settings.rules = {{.service_name = "ZDF", .never_descramble = true, .line = 12}};
    service_finder finder{set, {}, 10s, settings};
    const auto find = [&] { return finder.find(service_ref{std::uint16_t{7}}, {}); };

    service.scrambled_now = true;
    CHECK_THROWS_WITH(find(),
                      "Service 7 is left scrambled by the rule in line 12 of the "
                      "configuration (descramble = false), and a recording begins only with "
                      "packets in the clear. Change the rule, or wait until the broadcast "
                      "is clear.");
    SECTION("in the clear for the time being it is") {
        service.scrambled_now = false;
        CHECK(finder.may_stay_scrambled(find()).empty());
    }
    SECTION("while nobody looks at its packets it is, with a remark") {
        service.scrambled_now.reset();
        CHECK(finder.may_stay_scrambled(find()) ==
              "Service 7 is left scrambled by the rule in line 12 of the configuration (descramble "
              "= false), and a recording begins only with packets in the clear.");
    }
    SECTION("without a CA system, or by another one that is left to it, it is") {
        service.ca_system_ids.clear();
        CHECK(finder.may_stay_scrambled(find()).empty());
    }
    SECTION("what the receiver knew before counts while it knows nothing") {
        finder.release(time_point{} + 100s); // remembers
        service.pmt_complete_at.reset();
        service.ca_system_ids.clear();
        service.scrambled_now.reset();
        CHECK_FALSE(finder.may_stay_scrambled(find()).empty());
    }
}
