// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cam_bench.hpp"
#include "sim/cam/fault_plan.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;
using sim::cam_fault;

namespace {

sim::cam_settings module_with(const std::vector<sim::fault_rule>& rules) {
    sim::cam_settings settings;
    settings.think_time = 0ms;
    settings.behaviour.faults = rules;
    return settings;
}

} // namespace

TEST_CASE("faults have names, and nothing else has") {
    for (unsigned i = 0; i < sim::cam_fault_count; ++i) {
        const auto fault = static_cast<cam_fault>(i);
        CHECK(sim::cam_fault_of(name(fault)) == fault);
        CHECK(sim::known_cam_faults().find(name(fault)) != std::string::npos);
    }
    CHECK_FALSE(sim::cam_fault_of("fire"));
    CHECK_FALSE(sim::cam_fault_of(""));
}

TEST_CASE("a rule holds from its moment, for its time, in its boots") {
    const time_point start{1h};
    sim::fault_plan plan{
        {{.fault = cam_fault::silent, .after = 2s, .after_objects = 2, .lasts = 3s, .boots = 1}}};
    CHECK_FALSE(plan.has(cam_fault::silent, start + 3s)); // not READY
    CHECK(plan.deadline(start) == never);
    plan.ready(start);
    CHECK(plan.deadline(start) == start + 2s);
    CHECK_FALSE(plan.has(cam_fault::silent, start + 2s));
    plan.host_wrote();
    plan.host_wrote();
    CHECK_FALSE(plan.has(cam_fault::silent, start + 2s - 1ns));
    CHECK(plan.has(cam_fault::silent, start + 2s));
    CHECK_FALSE(plan.has(cam_fault::garbage, start + 2s));
    CHECK(plan.deadline(start + 2s) == start + 5s);
    CHECK_FALSE(plan.has(cam_fault::silent, start + 5s));
    CHECK(plan.deadline(start + 5s) == never);
    plan.run_ended(start + 6s);
    plan.ready(start);
    plan.host_wrote();
    plan.host_wrote();
    CHECK_FALSE(plan.has(cam_fault::silent, start + 2s));
}

TEST_CASE("a run that ends before its fault uses none up") {
    const time_point start{1h};
    sim::fault_plan plan{{{.fault = cam_fault::reboot, .after = 2s, .boots = 1}}};
    for (const auto run : {0ms, 1000ms, 1999ms}) {
        plan.ready(start);
        CHECK(plan.deadline(start) == start + 2s);
        plan.run_ended(start + run);
    }
    plan.run_ended(start + 1h); // it was out since
    plan.ready(start);
    CHECK(plan.take_exit(start + 2s));
    plan.run_ended(start + 2s);
    plan.ready(start);
    CHECK_FALSE(plan.take_exit(start + 2s));
    CHECK(plan.deadline(start) == never);
}

TEST_CASE("one answer of so many is spoilt, and by hand each one") {
    sim::fault_plan plan{{{.fault = cam_fault::garbage, .every = 3}}};
    plan.ready(time_point{});
    std::string spoilt;
    for (int i = 0; i < 7; ++i)
        spoilt += plan.spoils_answer(time_point{1s}) ? 'x' : '.';
    CHECK(spoilt == "..x..x.");
    plan.set(1U << static_cast<unsigned>(cam_fault::wrong_tcid));
    CHECK(plan.spoils_answer(time_point{1s}) == cam_fault::wrong_tcid);
}

TEST_CASE("a module that is silent obeys nothing until it is over") {
    cam_bench bench{module_with({{.fault = cam_fault::silent, .after_objects = 3, .lasts = 5s}})};
    bench.insert();
    CHECK(bench.tell("01 82 01 01") == "01 83 01 01 80 02 01 80");
    CHECK_FALSE(bench.receive().empty());
    CHECK(bench.poll().empty());
    CHECK(bench.tell("01 82 01 01").empty());
    bench.now += 5s;
    CHECK(bench.poll() == "01 80 02 01 00");
    CHECK(bench.file.events("tpdu_ignored").at(0).at("reason") == "silent");
}

TEST_CASE("nonsense in place of an answer costs no data") {
    cam_bench bench{module_with({{.fault = cam_fault::garbage, .every = 2}})};
    bench.insert();
    bench.tell("01 82 01 01");
    const auto nonsense = bench.receive();
    CHECK(nonsense.starts_with("01 "));
    CHECK_FALSE(nonsense.starts_with("01 a0"));
    CHECK(bench.file.events("fault").at(0).at("fault") == "garbage");
    CHECK(bench.receive().starts_with("01 a0 07 01 91"));
}

TEST_CASE("lengths and connections of answers can be wrong") {
    const auto fault = GENERATE(cam_fault::wrong_length, cam_fault::wrong_tcid);
    cam_bench bench{module_with({{.fault = fault}})};
    bench.insert();
    CHECK(
        bench.tell("01 82 01 01") ==
        (fault == cam_fault::wrong_length ? "01 83 04 01 80 02 01 80" : "01 83 01 02 80 02 01 80"));
}

TEST_CASE("an answer can take its time") {
    auto settings = module_with({});
    settings.behaviour.link.answer_time = 700ms;
    cam_bench bench{settings};
    bench.insert();
    CHECK(bench.tell("01 82 01 01").empty());
    CHECK(bench.cam.deadline() == bench.now + 700ms);
    bench.now += 700ms - 1ns;
    CHECK_FALSE(bench.cam.host_reads(bench.now));
    bench.now += 1ns;
    CHECK(bench.cam.host_reads(bench.now));
}

TEST_CASE("a module dies of polls that come too fast, and a reset brings it back") {
    auto settings = module_with({});
    settings.behaviour.link.shortest_poll = 300ms;
    cam_bench bench{settings};
    bench.insert();
    bench.tell("01 82 01 01");
    CHECK_FALSE(bench.poll().empty());
    bench.now += 300ms;
    CHECK_FALSE(bench.receive().empty()); // no poll
    CHECK_FALSE(bench.poll().empty());
    bench.now += 299ms;
    CHECK(bench.poll().empty());
    bench.now += 10s;
    CHECK(bench.tell("01 82 01 01").empty());
    CHECK(bench.file.events("died").at(0).at("after_ms") == 299);
    bench.insert();
    CHECK_FALSE(bench.tell("01 82 01 01").empty());
}

TEST_CASE("fragments are of any size") {
    auto settings = module_with({});
    settings.behaviour.link.fragment_size = 4;
    cam_bench bench{settings};
    bench.insert();
    bench.tell("01 82 01 01");
    CHECK(bench.receive() == "01 a1 05 01 91 04 00 01 80 02 01 80");
    CHECK(bench.receive() == "01 a0 03 01 00 41 80 02 01 00");
}

TEST_CASE("the length of an APDU can be two too small") {
    cam_bench bench{module_with({{.fault = cam_fault::short_apdu}})};
    bench.insert();
    bench.connect();
    bench.ca_object(0x9F8030, {});
    CHECK(bench.receive() == "01 a0 0b 01 90 02 00 03 9f 80 31 00 4a fe 80 02 01 00");
}

TEST_CASE("a module boots again by itself, as often as it is told to") {
    cam_bench bench{module_with({{.fault = cam_fault::reboot, .after = 2s, .boots = 2}})};
    bench.insert();
    for (int boot = 0; boot < 2; ++boot) {
        CHECK(bench.cam.ready(bench.now));
        CHECK(bench.cam.deadline() == bench.now + 2s);
        bench.now += 2s;
        bench.cam.tick(bench.now);
        CHECK_FALSE(bench.cam.ready(bench.now));
        CHECK(bench.cam.present());
        bench.now = bench.cam.deadline();
    }
    CHECK(bench.cam.ready(bench.now));
    bench.now += 1h;
    CHECK(bench.cam.ready(bench.now));
    CHECK(bench.file.events("boot").size() == 3);
}

TEST_CASE("a module falls out and is back") {
    cam_bench bench{
        module_with({{.fault = cam_fault::removal, .after = 2s, .lasts = 3s, .boots = 1}})};
    bench.insert();
    bench.cam.tick(bench.now);
    bench.now += 2s;
    bench.cam.tick(bench.now);
    CHECK_FALSE(bench.cam.present());
    CHECK(bench.cam.deadline() == bench.now + 3s);
    bench.now += 3s;
    bench.cam.tick(bench.now);
    CHECK(bench.cam.present());
    bench.now = bench.cam.deadline();
    CHECK(bench.cam.ready(bench.now));
}

TEST_CASE("READY goes and comes, and connections with it") {
    cam_bench bench{
        module_with({{.fault = cam_fault::unready, .after = 2s, .lasts = 1s, .boots = 1}})};
    bench.insert();
    bench.connect();
    bench.now += 2s;
    CHECK_FALSE(bench.cam.ready(bench.now));
    CHECK(bench.cam.deadline() == bench.now + 1s);
    bench.now += 1s;
    CHECK(bench.cam.ready(bench.now));
    CHECK(bench.poll().empty()); // not connected
    CHECK(bench.file.events("boot").size() == 1);
}
