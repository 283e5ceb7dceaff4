// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/service_plan.hpp"

#include "daemon/fake_receiver.hpp"
#include "support/catch.hpp"
#include "support/tuning.hpp"

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
using device::delivery_system;

namespace {

struct fixture {
    receiver_set set;
    plan_settings settings;
    std::unique_ptr<service_plan> made;

    fake_receiver& add(const std::string& name, std::optional<device::tuning> where,
                       std::vector<std::uint16_t> cam = {}, bool fixed = false) {
        auto receiver = std::make_unique<fake_receiver>();
        auto& now = receiver->now;
        now.state = where ? "locked" : "idle";
        now.tuning = where;
        if (!cam.empty()) {
            runtime::cam_report report;
            report.state = "ready";
            report.application = en50221::application_info{1, 1, 1, "CAM of " + name};
            report.ca_system_ids = cam;
            now.cams.push_back(report);
        }
        auto& raw = *receiver;
        set.add(name, std::move(receiver), fixed);
        return raw;
    }
    static runtime::service_report& service(fake_receiver& receiver, std::uint16_t number,
                                            const std::string& name,
                                            std::vector<std::uint16_t> ids) {
        receiver.add_service(number, name);
        auto& s = receiver.now.services.back();
        s.ca_system_ids = std::move(ids);
        s.pmt_complete_at = 1.0;
        return s;
    }
    void record(std::size_t member, std::uint16_t number) {
        auto& m = *set.named_or_all({})[member];
        set.start_recording({&m, number, {}}, "/no/such/folder/" + std::to_string(number));
    }
    service_plan& plan() {
        if (!made)
            made = std::make_unique<service_plan>(set, settings);
        return *made;
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "the plan has a line for each recording and each configured service") {
    auto& roof = add("roof", at(474), {0x500}, true);
    auto& one = service(roof, 1, "One", {0x500});
    one.slot = 0;
    one.state = "scrambled";
    one.reason = "The card has no right to it.";
    auto& two = service(roof, 2, "Two", {0x100});
    two.wanted = true;
    service(roof, 3, "Three", {});
    record(0, 1);
    const auto lines = plan().lines();
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].kind == "recording");
    CHECK(lines[0].recording == 1U);
    CHECK(lines[0].name == "One");
    CHECK(lines[0].receiver == "roof");
    CHECK(lines[0].slot == 0U);
    CHECK(lines[0].cam == "CAM of roof");
    CHECK_FALSE(lines[0].left_out);
    CHECK(lines[0].priority == 30);
    CHECK(lines[0].reason == "Slot 0 of roof (CAM of roof) knows its CA system 0500 (Viaccess); it "
                             "runs there and stays.");
    // it runs, as far as the plan goes; how it is is another matter
    CHECK(lines[0].state == "scrambled");
    CHECK(lines[0].state_reason == "The card has no right to it.");
    CHECK(lines[1].kind == "configured");
    CHECK(lines[1].priority == 20);
    CHECK(lines[1].receiver == "roof");
    CHECK_FALSE(lines[1].slot);
    CHECK(lines[1].left_out);
    CHECK(lines[1].reason.find("No CAM descrambles its CA systems 0100") != std::string::npos);
}

TEST_CASE_METHOD(fixture, "configured services that are not there are left out") {
    auto& roof = add("roof", at(474), {}, true);
    auto& gone = service(roof, 5, "", {});
    gone.wanted = true;
    gone.in_multiplex = false;
    gone.reason = "The tuner has no lock.";
    auto& recorded = service(roof, 6, "", {});
    recorded.wanted = true;
    recorded.in_multiplex = false;
    record(0, 6);
    set.note_missing("roof", {{service_ref{std::string{"Zwei"}}, "There is none."}});
    const auto lines = plan().lines();
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].recording == 1U);
    CHECK(lines[1].name == "Zwei");
    CHECK(lines[1].left_out);
    CHECK(lines[1].reason == "There is none.");
    CHECK(lines[2].program_number == 5);
    CHECK(lines[2].left_out);
    CHECK(lines[2].reason == "The tuner has no lock.");
}

TEST_CASE_METHOD(fixture, "what a module asks for is the least") {
    auto& roof = add("roof", at(474), {0x500});
    service(roof, 1, "One", {}).wanted = true;
    roof.now.led_by_slot = 0;
    REQUIRE(plan().lines().size() == 1);
    CHECK(plan().lines()[0].kind == "module");
    CHECK(plan().lines()[0].priority == 10);
    // a recording elsewhere takes the tuner
    const auto found = plan().place({7, "Other", at(490), {}, false});
    REQUIRE(found.member != nullptr);
    CHECK(found.tune);
}

TEST_CASE_METHOD(fixture, "what was seen of a service tells later which CAM it needs") {
    auto& roof = add("roof", at(474), {0x100});
    add("attic", std::nullopt, {0x500});
    const service_plan::request one{1, "One", at(474), {}, false};
    CHECK(plan().place(one).member->name == "roof"); // nobody knows
    service(roof, 1, "One", {0x500});
    CHECK(plan().place(one).member->name == "attic"); // who receives it does
    plan().remember();
    CHECK(plan().place(one).member->name == "attic");
    CHECK(plan().place({1, "One", at(474), "roof", false}).member == nullptr);
    CHECK(plan().place({1, "One", at(474), "roof", false}).shortage ==
          policy::assignment_shortage::module);
    CHECK(plan().place({1, "One", at(474), "roof", true}).member->name == "roof");
    roof.now.tuning.reset();
    roof.now.services.clear();
    CHECK(plan().place(one).member->name == "attic");
}

TEST_CASE_METHOD(fixture, "a CAM that waits for somebody's answer is the last choice") {
    auto& roof = add("roof", at(474), {0x500}, true);
    auto& attic = add("attic", at(474), {0x500}, true);
    for (auto* const m : {&roof, &attic}) {
        service(*m, 1, "One", {0x500});
        service(*m, 2, "Two", {0x500});
    }
    const auto place = [&] { return plan().place({2, "Two", at(474), {}}).member->name; };
    CHECK(place() == "roof");
    roof.now.cams[0].waits_for_answer = true;
    CHECK(place() == "attic");
}

TEST_CASE_METHOD(fixture, "rules of the configuration decide on tuners") {
    policy::assignment_rule rule;
    rule.service_name = "One";
    rule.only = {{"attic", std::nullopt}};
    settings.rules = {rule};
    add("roof", at(474));
    auto& attic = add("attic", at(490));
    CHECK(plan().place({1, "One", at(474), {}, false}).member->name == "attic");
    CHECK(plan().place({2, "Two", at(474), {}, false}).member->name == "roof");
    service(attic, 5, "Five", {});
    record(1, 5);
    const auto none = plan().place({1, "One", at(474), {}, false});
    CHECK(none.member == nullptr);
    CHECK(none.obstacles == std::vector<std::string>{"roof is ruled out by the configuration",
                                                     "attic is held by recording 1 of Five"});
}

TEST_CASE_METHOD(fixture, "only a receiver for the system is tuned, idle ones first") {
    add("sat", at(11000, delivery_system::dvbs));
    add("roof", at(490));
    add("attic", std::nullopt);
    set.note_frontend(0, true, {delivery_system::dvbs});
    set.note_frontend(1, true, {delivery_system::dvbt});
    set.note_frontend(2, true, {delivery_system::dvbt});
    CHECK(plan().place({1, "One", at(474), {}, false}).member->name == "attic");
    set.note_frontend(2, false, {delivery_system::dvbt});
    CHECK(plan().place({1, "One", at(474), {}, false}).member->name == "roof");
    set.note_frontend(1, false, {delivery_system::dvbt});
    CHECK(
        plan().place({1, "One", at(474), {}, true}).obstacles ==
        std::vector<std::string>{"sat cannot receive DVB-T", "roof is absent", "attic is absent"});
}

TEST_CASE_METHOD(fixture, "the CAMs for a service are those of receivers that can come to it") {
    add("here", at(474), {0x500}, true);
    add("stays", at(514), {0x500}, true);
    add("moves", at(514), {0x500});
    add("idle", std::nullopt, {0x500});
    add("other", std::nullopt, {0x500});
    set.note_frontend(4, true, {delivery_system::dvbs2});
    auto where = at(474);
    where.system = delivery_system::dvbt;
    const policy::assignment_service one{1, "One", {}};
    std::vector<std::string> names;
    for (const auto& cam : plan().able_cams(one, {0x500}, where))
        names.push_back(cam.receiver);
    CHECK(names == std::vector<std::string>{"here", "moves", "idle"});
    CHECK_FALSE(plan().ruled_out(one, {0x500}, where));
    CHECK(plan().able_cams(one, {0x500}).size() == 5);
}

TEST_CASE_METHOD(fixture, "the CAMs for a service are those that the rules allow") {
    auto& roof = add("roof", at(474));
    auto& attic = add("attic", at(490));
    roof.now.cams = {{.slot = 0, .state = "ready", .ca_system_ids = {0x500}},
                     {.slot = 1, .state = "empty", .unusable = "is empty"}};
    attic.now.cams = {{.slot = 0, .state = "ready", .takes_all = true},
                      {.slot = 1, .state = "starting"}};
    const policy::assignment_service one{1, "One", "Sky"};
    const auto places = [&] {
        std::vector<std::string> all;
        for (const auto& cam : plan().able_cams(one, {0x500}))
            all.push_back(cam.receiver + ":" + std::to_string(cam.slot));
        return all;
    };
    using words = std::vector<std::string>;
    CHECK(places() == words{"roof:0", "attic:0"});
    CHECK(plan().able_cams(one, {}).empty());
    CHECK(plan().able_cams(one, {0x600}).size() == 1);
    CHECK_FALSE(plan().ruled_out(one, {0x500}));
    policy::assignment_rule rule;
    rule.provider = "sky";
    const auto use = [&] {
        settings.rules = {rule};
        plan().use(settings);
    };
    SECTION("pinned to one") {
        rule.only = {{"attic", 0}};
        use();
        CHECK(places() == words{"attic:0"});
    }
    SECTION("away from a slot") {
        rule.avoid = {{"attic", 0}};
        use();
        CHECK(places() == words{"roof:0"});
    }
    SECTION("away from a receiver") {
        rule.avoid = {{"roof", std::nullopt}};
        use();
        CHECK(places() == words{"attic:0"});
    }
    SECTION("left scrambled") {
        rule.never_descramble = true;
        use();
        CHECK(places().empty());
        CHECK(plan().ruled_out(one, {0x500}));
        CHECK_FALSE(plan().ruled_out({2, "Two", ""}, {0x500}));
    }
    SECTION("a rule of another") {
        rule.provider = "Canal";
        rule.never_descramble = true;
        use();
        CHECK(places() == words{"roof:0", "attic:0"});
    }
}
