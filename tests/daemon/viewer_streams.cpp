// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/viewer_streams.hpp"

#include "daemon/ambiguous_service.hpp"
#include "daemon/fake_receiver.hpp"
#include "support/catch.hpp"

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

device::tuning at(std::uint64_t frequency) {
    device::tuning t;
    t.frequency_hz = frequency;
    return t;
}

struct fixture {
    receiver_set receivers;
    fake_receiver* roof = nullptr;
    std::vector<device::channel> channels{{"Far", 300, at(500'000'000)},
                                          {"One", 101, at(474'000'000)}};
    service_finder finder{receivers, channels, 10s};
    std::vector<std::string> log;
    viewer_streams streams{receivers, finder,
                           [this](const runtime::log_record& r) { log.push_back(r.message); }};

    fixture() {
        auto receiver = std::make_unique<fake_receiver>();
        roof = receiver.get();
        roof->now.state = "locked";
        roof->now.tuning = at(474'000'000);
        roof->add_service(101, "One");
        roof->add_service(102, "Two");
        receivers.add("roof", std::move(receiver), false);
    }
    static std::shared_ptr<viewer_queue> viewer() {
        return std::make_shared<viewer_queue>([] {});
    }
};

const service_ref one{std::uint16_t{101}};
const service_ref by_name{std::string("one")};

} // namespace

TEST_CASE_METHOD(fixture, "viewers of one service share one stream, which lingers") {
    const auto a = viewer();
    const auto b = viewer();
    streams.open(one, a);
    streams.open(by_name, b);
    REQUIRE(roof->streams.size() == 1);
    CHECK(receivers.members()[0].viewers.at(101) == 2);
    const auto wishes = finder.plan();
    REQUIRE(wishes.size() == 1);
    CHECK(wishes[0].kind == "viewer");
    CHECK(wishes[0].viewers == 2);
    CHECK(wishes[0].priority == policy::assignment_priorities{}.viewer);

    const auto block = std::make_shared<const bytes>(188);
    roof->streams.begin()->second.second(block);
    CHECK(a->take() == block);
    CHECK(b->take() == block);

    streams.close(a);
    streams.look(std::chrono::steady_clock::now() + 1h);
    CHECK(roof->streams.size() == 1);
    streams.close(b);
    const auto now = std::chrono::steady_clock::now();
    streams.look(now);
    CHECK(roof->streams.size() == 1);
    // back in time: all as it was
    streams.open(one, a);
    streams.look(now + 1h);
    CHECK(roof->streams.size() == 1);
    streams.close(a);
    streams.look(now + 1h);
    CHECK(roof->streams.empty());
    CHECK(receivers.members()[0].viewers.empty());
}

TEST_CASE_METHOD(fixture,
                 "a service of the list is tuned to for a viewer, unless a recording is in "
                 "the way") {
    const auto a = viewer();
    streams.open(std::string("Far"), a);
    CHECK(roof->now.tuning == at(500'000'000));
    streams.close(a);
    streams.look(std::chrono::steady_clock::now() + 1h);
    roof->tune(at(474'000'000));
    roof->now.state = "locked";
    receivers.start_recording(receivers.find(one, {}), "/no/such/folder/x");
    try {
        streams.open(std::string("Far"), a);
        FAIL("the recording's receiver was taken");
    } catch (const rpc_error& e) {
        CHECK(e.code() == rpc_code::conflict);
        CHECK(e.message().find("No receiver is free for 'Far'") == 0);
    }
    CHECK(roof->streams.empty());
}

TEST_CASE_METHOD(fixture, "a recording takes a viewer's receiver, and the viewer is told") {
    const auto a = viewer();
    streams.open(one, a);
    const auto there = finder.find(std::string("Far"), {});
    CHECK(there.where->name == "roof");
    CHECK(roof->now.tuning == at(500'000'000));
    streams.look(std::chrono::steady_clock::now());
    CHECK(a->ended());
    CHECK(a->why().find("a recording") != std::string::npos);
    CHECK(roof->streams.empty());
}

TEST_CASE_METHOD(fixture, "services are listed once, by name where a number is not enough") {
    roof->add_service(300, "Near");
    const auto all = streams.services();
    REQUIRE(all.size() == 4);
    CHECK(all[0].reference == "101");
    CHECK(all[2].reference == "Near");
    CHECK(all[3].reference == "Far");
    CHECK(streams.knows(by_name));
    CHECK(streams.knows(std::uint16_t{300}));
    CHECK_FALSE(streams.knows(std::uint16_t{7}));
    const auto a = viewer();
    streams.open(one, a);
    streams.end_all();
    CHECK(a->ended());
    CHECK(roof->streams.empty());
}

TEST_CASE_METHOD(fixture, "a service that is on two multiplexes can be watched on each") {
    const auto add = [&](const std::string& name, std::uint64_t frequency) {
        auto receiver = std::make_unique<fake_receiver>();
        auto* const added = receiver.get();
        added->now.state = "locked";
        added->now.tuning = at(frequency);
        added->add_service(102, "Two");
        receivers.add(name, std::move(receiver), true);
        return added;
    };
    auto* const attic = add("attic", 514'000'000);
    add("cellar", 474'000'000); // the same multiplex as the roof's
    std::vector<std::string> there;
    for (const auto& s : streams.services())
        if (s.program_number == 102)
            there.push_back(s.reference + " on " + s.receiver);
    CHECK(there == std::vector<std::string>{"102 on roof", "102 on attic"});
    CHECK(streams.services()[0].receiver.empty());

    const service_ref two{std::uint16_t{102}};
    const auto a = viewer();
    const auto b = viewer();
    CHECK_THROWS_AS(streams.open(two, a), ambiguous_service);
    CHECK_THROWS_AS(streams.knows(two), ambiguous_service);
    streams.open(two, a, "roof");
    streams.open(two, b, "attic");
    CHECK(roof->streams.size() == 1);
    CHECK(attic->streams.size() == 1);
    CHECK(streams.knows(two, "attic"));
    CHECK(streams.knows(two)); // the one that is watched
    CHECK_FALSE(streams.knows(std::uint16_t{7}, "attic"));
    CHECK_THROWS_AS(streams.knows(two, "garden"), rpc_error);
    CHECK_THROWS_AS(streams.open(two, viewer(), "garden"), rpc_error);
}
