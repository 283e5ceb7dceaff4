// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/assignment.hpp"

#include "support/catch.hpp"

#include <set>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::policy;
using namespace std::chrono_literals;

namespace {

struct fixture {
    assignment_question q;
    fixture() { q.multiplexes = {"DVB-T", "DVB-T"}; }

    assignment_receiver& receiver(const std::string& name) {
        q.receivers.push_back({.name = name, .receives = {true, true}});
        return q.receivers.back();
    }
    static assignment_cam cam(unsigned slot, std::vector<std::uint16_t> ids, unsigned most = 0) {
        return {.slot = slot, .name = "CAM", .ca_system_ids = ids, .max_services = most};
    }
    assignment_wish& wish(std::uint16_t program, std::size_t multiplex,
                          std::vector<std::uint16_t> ids = {0x500}, int priority = 30) {
        assignment_wish w;
        w.label = "W" + std::to_string(program);
        w.service.program_number = program;
        w.multiplexes = {multiplex};
        w.ca_system_ids = std::move(ids);
        w.priority = priority;
        q.wishes.push_back(w);
        return q.wishes.back();
    }
    /// "roof:0" or "roof" for each wish, "-" for one that is left out.
    std::vector<std::string> places() const {
        std::vector<std::string> all;
        for (const auto& line : assign(q).lines)
            all.push_back(!line.place
                              ? "-"
                              : q.receivers[line.place->receiver].name +
                                    (line.place->slot ? ":" + std::to_string(*line.place->slot)
                                                      : std::string{}));
        return all;
    }
    std::string reason(std::size_t wish) const { return assign(q).lines[wish].reason; }
    /// What was decided holds.
    void run() {
        const auto answer = assign(q);
        for (const auto& t : answer.tunes)
            q.receivers[t.receiver].multiplex = t.multiplex;
        for (std::size_t i = 0; i < q.wishes.size(); ++i)
            q.wishes[i].current = answer.lines[i].place;
    }
};
using words = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(fixture, "a service goes to the receiver whose CAM knows its CA system") {
    receiver("roof").cams = {cam(0, {0x100})};
    receiver("attic").cams = {cam(0, {0x600}), cam(1, {0x500})};
    wish(1, 0);
    CHECK(places() == words{"attic:1"});
    CHECK(assign(q).tunes == std::vector<assignment_tune>{{1, 0}});
    CHECK(reason(0) == "Slot 1 of attic (CAM) knows its CA system 0500 (Viaccess); attic is tuned "
                       "for it.");
    run();
    CHECK(places() == words{"attic:1"});
    CHECK(assign(q).tunes.empty());
    CHECK(reason(0) == "Slot 1 of attic (CAM) knows its CA system 0500 (Viaccess); it runs there "
                       "and stays.");
}

TEST_CASE_METHOD(fixture, "a service in the clear needs no CAM, and leaves those to others") {
    receiver("roof").cams = {cam(0, {0x500})};
    receiver("attic");
    wish(1, 0, {});
    CHECK(places() == words{"attic"});
    CHECK(reason(0) == "It is broadcast in the clear and needs no CAM; attic is tuned for it.");
    wish(2, 1);
    CHECK(places() == words{"attic", "roof:0"});
}

TEST_CASE_METHOD(fixture, "services of a multiplex share its receiver; equal CAMs share the load") {
    receiver("roof").cams = {cam(0, {0x500}), cam(1, {0x500})};
    receiver("attic").cams = {cam(0, {0x500})};
    for (std::uint16_t program = 1; program <= 4; ++program)
        wish(program, 0);
    CHECK(places() == words{"roof:0", "roof:1", "roof:0", "roof:1"});
    CHECK(reason(0) == "Slot 0 of roof (CAM) knows its CA system 0500 (Viaccess), one of 3 places "
                       "that are equal for it; roof is tuned for it.");
}

TEST_CASE_METHOD(fixture, "a CAM that waits for somebody's answer is the last choice") {
    receiver("roof").cams = {cam(0, {0x500})};
    receiver("attic").cams = {cam(0, {0x500})};
    wish(1, 0);
    run();
    wish(2, 0);
    CHECK(places() == words{"roof:0", "roof:0"});
    q.receivers[0].cams[0].waits_for_answer = true;
    CHECK(places() == words{"roof:0", "attic:0"});
    q.receivers[1].present = false;
    CHECK(places() == words{"roof:0", "roof:0"});
}

TEST_CASE_METHOD(fixture, "who is left out is told who holds the tuners") {
    receiver("roof").cams = {cam(0, {0x500})};
    auto& attic = receiver("attic");
    attic.cams = {cam(0, {0x500})};
    wish(1, 0);
    run();
    wish(2, 1);
    q.receivers[1].present = false;
    CHECK(places() == words{"roof:0", "-"});
    const auto line = assign(q).lines[1];
    CHECK(line.shortage == assignment_shortage::receiver);
    CHECK(line.reason == "No receiver is free: roof is held by W1; attic is absent.");
    q.receivers.pop_back();
    CHECK(reason(1) == "All tuners are taken: roof is held by W1.");
    q.receivers[0].fixed = true;
    CHECK(reason(1) == "No receiver can be on its multiplex: roof is configured to stay where it "
                       "is.");
    q.receivers[0].fixed = false;
    q.receivers[0].receives[1] = false;
    CHECK(reason(1) == "No receiver can be on its multiplex: roof cannot receive DVB-T.");
    q.receivers.clear();
    q.wishes.erase(q.wishes.begin());
    CHECK(reason(0) == "No receiver can be on its multiplex: there is none at all.");
}

TEST_CASE_METHOD(fixture, "a higher priority takes what it needs, and never the reverse") {
    receiver("roof").cams = {cam(0, {0x500}, 1)};
    wish(1, 0, {0x500}, 20);
    run();
    wish(2, 0, {0x500}, 20).since = time_point{} - 1s;
    CHECK(places() == words{"roof:0", "-"});
    CHECK(assign(q).lines[1].shortage == assignment_shortage::capacity);
    CHECK(reason(1) == "No CAM that could descramble it is free: slot 0 of roof (CAM) is asked for "
                       "as much as it can do: W1.");
    q.wishes[1].priority = 30;
    CHECK(places() == words{"-", "roof:0"});
    q.wishes[1].priority = 10;
    CHECK(places() == words{"roof:0", "-"});
}

TEST_CASE_METHOD(fixture, "a running service moves only to let a higher priority in") {
    receiver("roof").cams = {cam(0, {0x500}, 1), cam(1, {0x500, 0x600}, 1)};
    wish(1, 0, {0x500}, 20);
    q.receivers[0].multiplex = 0;
    q.wishes[0].current = assignment_place{0, 1};
    wish(2, 0, {0x600}, 20);
    CHECK(places() == words{"roof:1", "-"});
    q.wishes[1].priority = 30;
    CHECK(places() == words{"roof:0", "roof:1"});
    CHECK(assign(q).lines[0].moved);
    CHECK(reason(0) == "Slot 0 of roof (CAM) knows its CA system 0500 (Viaccess); it had to leave "
                       "its place to one of higher priority, or lost it.");
}

TEST_CASE_METHOD(fixture, "load is never balanced at a running service's cost") {
    receiver("roof").cams = {cam(0, {0x500}), cam(1, {0x500})};
    for (std::uint16_t program = 1; program <= 4; ++program)
        wish(program, 0);
    run();
    q.wishes.erase(q.wishes.begin() + 1);
    q.wishes.pop_back();
    CHECK(places() == words{"roof:0", "roof:0"});
    wish(5, 0);
    CHECK(places() == words{"roof:0", "roof:0", "roof:1"});
}

TEST_CASE_METHOD(fixture, "wishes for one service are one to a CAM, wherever they are bound") {
    receiver("roof").cams = {cam(0, {0x500}, 1), cam(1, {0x500}, 1)};
    receiver("attic").cams = {cam(0, {0x500}, 1)};
    wish(1, 0);
    wish(1, 0);
    CHECK(places() == words{"roof:0", "roof:0"});
    q.wishes[0].receivers = {1};
    CHECK(places() == words{"attic:0", "attic:0"});
    q.wishes[1].receivers = {0};
    CHECK(places() == words{"attic:0", "roof:0"});
}

TEST_CASE_METHOD(fixture, "rules pin, exclude, forbid and prefer") {
    receiver("roof").cams = {cam(0, {0x500}), cam(1, {0x500, 0x100})};
    receiver("attic").cams = {cam(0, {0x500})};
    auto& w = wish(1, 0, {0x500, 0x100});
    w.service = {1, "Cinema One", "Sky"};
    assignment_rule rule;
    SECTION("a service to a slot") {
        rule.service_name = "cinema one";
        rule.only = {{"roof", 1}};
        q.rules = {rule};
        CHECK(places() == words{"roof:1"});
        q.receivers[0].cams.pop_back();
        CHECK(places() == words{"-"});
        CHECK(assign(q).lines[0].shortage == assignment_shortage::rule);
        CHECK(reason(0) ==
              "The rules of the configuration leave no place for it: a rule of the "
              "configuration wants slot 1 of roof, which it does not have; slot 0 of "
              "roof (CAM) is ruled out by the configuration; attic is ruled out by the "
              "configuration.");
        q.rules[0].line = 7;
        CHECK(reason(0).find("slot 0 of roof (CAM) is ruled out by the rule in line 7 of the "
                             "configuration (only); attic is ruled out by the rule in line 7 of "
                             "the configuration (only).") != std::string::npos);
    }
    SECTION("a CA system of a service away from every slot") {
        rule.ca_system_id = 0x500;
        rule.avoid = {{"roof", std::nullopt}, {"attic", std::nullopt}};
        rule.line = 9;
        q.receivers[0].cams.pop_back();
        q.rules = {rule};
        CHECK(places() == words{"-"});
        CHECK(reason(0).find("slot 0 of roof (CAM) is ruled out by the rule in line 9 of the "
                             "configuration (avoid)") != std::string::npos);
    }
    SECTION("a provider away from a receiver") {
        rule.provider = "Sky";
        rule.avoid = {{"roof", std::nullopt}};
        q.rules = {rule};
        CHECK(places() == words{"attic:0"});
    }
    SECTION("a CA system to a slot; others are free") {
        rule.ca_system_id = 0x500;
        rule.only = {{"attic", 0}};
        q.rules = {rule};
        CHECK(places() == words{"roof:1"});
        CHECK(assign(q).lines[0].ca_system_ids == std::vector<std::uint16_t>{0x100});
    }
    SECTION("never descrambled, but received") {
        rule.program_number = 1;
        rule.never_descramble = true;
        q.rules = {rule};
        CHECK(places() == words{"attic"}); // which has fewer modules to keep from others
        CHECK(reason(0) == "A rule of the configuration (descramble = false) leaves it scrambled; "
                           "attic is tuned for it.");
        q.rules[0].line = 12;
        CHECK(reason(0) == "The rule in line 12 of the configuration (descramble = false) leaves "
                           "it scrambled; attic is tuned for it.");
    }
    SECTION("a slot that there is not") {
        rule.line = 7;
        rule.only = {{"roof", 5}};
        q.rules = {rule};
        CHECK(places() == words{"-"});
        CHECK(reason(0).find("the rule in line 7 of the configuration wants slot 5 of roof, which "
                             "it does not have; slot 0 of roof (CAM) is ruled out by the rule in "
                             "line 7 of the configuration (only)") != std::string::npos);
    }
    SECTION("a preferred CA system") {
        rule.prefer = {0x100};
        q.rules = {rule};
        CHECK(places() == words{"roof:1"});
        CHECK(assign(q).lines[0].ca_system_ids == std::vector<std::uint16_t>{0x100});
        CHECK(reason(0) == "Slot 1 of roof (CAM) knows its CA system 0100 (Seca Mediaguard), the "
                           "CA system that is preferred; roof is tuned for it.");
        q.receivers[0].cams.pop_back();
        CHECK(places() == words{"roof:0"});
        CHECK(assign(q).lines[0].ca_system_ids.empty());
    }
}

TEST_CASE_METHOD(fixture, "a module that has told is preferred to one that names nothing or has "
                          "not told") {
    receiver("roof").cams = {{.slot = 0}, {.slot = 1, .takes_all = true}, cam(2, {0x500}, 1)};
    wish(1, 0);
    wish(2, 0);
    CHECK(places() == words{"roof:2", "roof:1"});
    CHECK(reason(1) == "Slot 1 of roof names no CA systems and is asked for anything; roof is "
                       "tuned for it.");
    q.receivers[0].cams[1].unusable = "is empty";
    CHECK(places() == words{"roof:2", "roof:0"});
    CHECK(reason(1) == "Slot 0 of roof has not told its CA systems yet; roof is tuned for it.");
    q.receivers[0].cams[0].unusable = "is empty";
    CHECK(reason(1) == "No CAM that could descramble it is free: slot 2 of roof (CAM) is asked for "
                       "as much as it can do: W1.");
}

TEST_CASE_METHOD(fixture, "what no CAM descrambles is received all the same, if that is wanted") {
    receiver("roof").cams = {cam(0, {0x600})};
    wish(1, 0).receive_scrambled = true;
    wish(2, 1, {});
    CHECK(places() == words{"roof", "-"});
    CHECK(assign(q).lines[0].shortage == assignment_shortage::module);
    CHECK(reason(0) == "It is received, but not descrambled. No CAM descrambles its CA systems "
                       "0500 (Viaccess): slot 0 of roof (CAM) knows 0600 (Irdeto) only.");
    q.wishes[0].receive_scrambled = false;
    CHECK(places() == words{"-", "roof"});
}

TEST_CASE_METHOD(fixture, "streams are counted; one that alone has too many gets all there is") {
    auto& r = receiver("roof");
    r.cams = {cam(0, {0x500})};
    r.cams[0].max_streams = 5;
    wish(1, 0).streams = {11, 12, 13};
    wish(2, 0).streams = {21, 22, 23};
    wish(3, 0).streams = {31, 32};
    CHECK(places() == words{"roof:0", "-", "roof:0"});
    q.wishes[0].streams = {11, 12, 13, 14, 15, 16, 17, 18, 19};
    CHECK(places() == words{"roof:0", "-", "-"});
}

TEST_CASE_METHOD(fixture, "a stream that services share takes one of a module's places") {
    auto& r = receiver("roof");
    r.cams = {cam(0, {0x500})};
    r.cams[0].max_streams = 4;
    // two pictures with one sound, as in regional variants
    wish(1, 0).streams = {11, 90, 91};
    wish(2, 0).streams = {21, 90, 91};
    wish(3, 0).streams = {31, 90};
    CHECK(places() == words{"roof:0", "roof:0", "-"});
    // what does not fit in alone is cut off at its end, and shares what is left of it
    q.wishes[0].streams = {11, 12, 90, 91, 13, 14};
    q.wishes[1].streams = {90, 91};
    CHECK(places() == words{"roof:0", "roof:0", "-"});
    // who leaves takes along what nobody else has
    q.wishes.erase(q.wishes.begin());
    CHECK(places() == words{"roof:0", "roof:0"});
}

TEST_CASE_METHOD(fixture,
                 "a service that is there while its PMT is not known goes where a CAM is") {
    receiver("roof");
    receiver("attic").cams = {cam(0, {0x500})};
    wish(1, 0).ca_system_ids.reset();
    CHECK(places() == words{"attic"});
    CHECK(reason(0) == "Its PMT is not known yet, which tells whether it needs a CAM; attic is "
                       "tuned for it.");
    q.receivers[0].multiplex = 0;
    CHECK(places() == words{"roof"});
}

TEST_CASE_METHOD(fixture, "an idle receiver goes before one that is tuned to something nobody "
                          "wants") {
    receiver("roof").multiplex = 1;
    receiver("attic");
    wish(1, 0, {});
    CHECK(places() == words{"attic"});
    q.receivers.pop_back();
    CHECK(places() == words{"roof"});
    CHECK(assign(q).lines[0].tune);
}

TEST_CASE_METHOD(fixture, "fifty receivers are shared by more wishes than they can serve") {
    for (std::size_t i = 0; i < 50; ++i) {
        auto& r = receiver("r" + std::to_string(i));
        r.cams = {cam(0, {0x500}, 2)};
        r.receives.assign(60, true);
    }
    for (std::uint16_t program = 0; program < 120; ++program)
        wish(program, program % 60u);
    std::size_t served = 0;
    std::set<std::size_t> used;
    const auto answer = assign(q);
    for (const auto& line : answer.lines)
        if (line.place) {
            ++served;
            used.insert(line.place->receiver);
        }
    CHECK(served == 100);
    CHECK(used.size() == 50);
}
