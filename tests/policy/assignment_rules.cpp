// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/assignment_rules.hpp"

#include "support/catch.hpp"

using namespace cihost::policy;

namespace {

using ids = std::vector<std::uint16_t>;
const assignment_service cinema{7, "Cinema One", "Sky"};

} // namespace

TEST_CASE("a rule is for a service that fits all it says") {
    assignment_rule rule;
    rule.program_number = 7;
    rule.service_name = "CINEMA one";
    rule.provider = "sky";
    rule.avoid = {{"roof", std::nullopt}};
    const assignment_rules rules{rule};
    CHECK_FALSE(may_receive(rules, cinema, "roof"));
    CHECK(may_receive(rules, cinema, "attic"));
    CHECK(may_receive(rules, {8, "Cinema One", "Sky"}, "roof"));
    CHECK(may_receive(rules, {7, "Cinema Two", "Sky"}, "roof"));
    // a provider that is not known yet is not the one
    CHECK(may_receive(rules, {7, "Cinema One", ""}, "roof"));
}

TEST_CASE("a slot is pinned with its receiver, and avoided alone") {
    assignment_rule pin;
    pin.only = {{"roof", 1}};
    CHECK(may_receive({pin}, cinema, "roof"));
    CHECK_FALSE(may_receive({pin}, cinema, "attic"));
    CHECK(may_descramble({pin}, cinema, "roof", 1));
    CHECK_FALSE(may_descramble({pin}, cinema, "roof", 0));
    assignment_rule avoid;
    avoid.avoid = {{"roof", 1}};
    CHECK(may_receive({avoid}, cinema, "roof"));
    CHECK_FALSE(may_descramble({avoid}, cinema, "roof", 1));
    CHECK(may_descramble({avoid}, cinema, "roof", 0));
    // both hold
    CHECK_FALSE(may_descramble({pin, avoid}, cinema, "roof", 1));
}

TEST_CASE("a rule for a CA system leaves receiving and other CA systems alone") {
    assignment_rule rule;
    rule.ca_system_id = 0x500;
    rule.only = {{"attic", 0}};
    CHECK(may_receive({rule}, cinema, "roof"));
    CHECK_FALSE(may_descramble({rule}, cinema, "roof", 0, 0x500));
    CHECK(may_descramble({rule}, cinema, "roof", 0, 0x100));
    CHECK(may_descramble({rule}, cinema, "roof", 0));
    CHECK(usable_systems({rule}, cinema, "roof", 0, ids{0x500, 0x100}, ids{0x100, 0x500}) ==
          ids{0x100});
}

TEST_CASE("left scrambled is what every CA system is forbidden for") {
    assignment_rule rule;
    rule.never_descramble = true;
    rule.ca_system_id = 0x500;
    CHECK(never_descrambled({rule}, cinema, ids{0x500}));
    CHECK(rule_against({rule}, cinema, ids{0x500, 0x100}) == nullptr);
    const assignment_rules two{{.service_name = "Other", .never_descramble = true}, rule};
    CHECK(rule_against(two, cinema, ids{0x500}) == &two[1]);
    CHECK_FALSE(never_descrambled({rule}, cinema, ids{0x500, 0x100}));
    CHECK_FALSE(never_descrambled({rule}, cinema, ids{}));
    rule.ca_system_id.reset();
    CHECK(never_descrambled({rule}, cinema, ids{0x500, 0x100}));
}

TEST_CASE("the preferred CA system is used alone if the module knows it") {
    assignment_rule rule;
    rule.prefer = {0x100, 0x500};
    assignment_rule later;
    later.prefer = {0x600};
    const assignment_rules rules{rule, later};
    const ids of_service{0x600, 0x500, 0x100};
    CHECK(usable_systems(rules, cinema, "roof", 0, of_service, ids{0x600, 0x500}) == ids{0x500});
    CHECK(usable_systems(rules, cinema, "roof", 0, of_service, ids{}) == ids{0x100});
    CHECK(usable_systems(rules, cinema, "roof", 0, of_service, ids{0x600}) == ids{0x600});
    CHECK(usable_systems(rules, cinema, "roof", 0, of_service, ids{0x700}).empty());
    CHECK(preference_of(rules, cinema, 0x100) < preference_of(rules, cinema, 0x500));
    CHECK(preference_of(rules, cinema, 0x500) < preference_of(rules, cinema, 0x600));
    CHECK(preference_of({}, cinema, 0x600) == 0);
}
