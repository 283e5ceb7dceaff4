// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/cam_memory.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <string>

using namespace cihost;
using namespace cihost::policy;
using namespace std::chrono_literals;

namespace {

const cam_identity alpha{0x1234, 0x0001, "AlphaCrypt"};
const cam_identity beta{0x1234, 0x0001, "AlphaCrypt Light"};
constexpr std::chrono::sys_seconds today{1'800'000'000s};

const ca_pmt_strategy usual;
const ca_pmt_strategy lists{.listing = ca_pmt_listing::whole_list, .change = ca_pmt_change::add};

cam_memory with_a_start() {
    cam_memory m;
    m.started(alpha, "default", 2s, today);
    return m;
}

cam_profile improved(const cam_memory& m, cam_profile p = {}) {
    m.improve(alpha, p);
    return p;
}

} // namespace

TEST_CASE("kinds of modules are told apart by codes and name") {
    auto m = with_a_start();
    CHECK(m.find(alpha) != nullptr);
    CHECK(m.find(beta) == nullptr);
    m.started(beta, "default", {}, today);
    CHECK(m.records().size() == 2);
    CHECK_FALSE(m.find(beta)->usual_start);
}

TEST_CASE("what usually happens is a mean of the last few times, without what is no habit") {
    auto m = with_a_start();
    CHECK(m.find(alpha)->usual_start == 2000ms);
    m.started(alpha, "default", 4s, today);
    CHECK(m.find(alpha)->usual_start == 3000ms);
    m.started(alpha, "default", 10min, today);
    CHECK(m.find(alpha)->usual_start == 3000ms);
    CHECK(m.find(alpha)->starts == 3);
    for (int i = 0; i < 100; ++i)
        m.started(alpha, "default", 1s, today);
    CHECK(m.find(alpha)->usual_start < 1100ms);

    m.cleared(alpha, 500ms);
    m.cleared(alpha, 1500ms);
    m.cleared(alpha, 1h);
    CHECK(m.find(alpha)->usual_clear == 1000ms);
    CHECK(m.find(alpha)->clears == 2);
}

TEST_CASE("slow answers are remembered, and forgotten slowly") {
    auto m = with_a_start();
    m.answered(alpha, 3s);
    CHECK(m.find(alpha)->slowest_answer == 3000ms);
    CHECK(improved(m).slot.dead_after == 6s);
    for (int i = 0; i < 40; ++i)
        m.answered(alpha, 10ms);
    CHECK(m.find(alpha)->slowest_answer < 200ms);
    CHECK(improved(m).slot.dead_after == 2s);
    m.answered(alpha, 5min);
    CHECK(improved(m).slot.dead_after == 20s); // there is an end to patience
}

TEST_CASE("a strategy that worked is used from the next start on") {
    auto m = with_a_start();
    CHECK_FALSE(m.proven_strategy(alpha));
    m.strategy_failed(alpha, usual);
    REQUIRE(m.find(alpha)->strategies.size() == 1);
    CHECK(m.find(alpha)->strategies.front() ==
          strategy_record{.strategy = usual, .worked = 0, .failed = 1, .good = false});
    CHECK_FALSE(m.proven_strategy(alpha));
    m.strategy_worked(alpha, lists);
    CHECK(m.proven_strategy(alpha) == lists);
    CHECK(improved(m).ca_pmt.listing == ca_pmt_listing::whole_list);
    CHECK(improved(m).ca_pmt.change == ca_pmt_change::add);

    SECTION("until it fails") {
        m.strategy_failed(alpha, lists);
        CHECK_FALSE(m.proven_strategy(alpha));
        CHECK(improved(m).ca_pmt.listing == ca_pmt_listing::only_then_add);
    }
    SECTION("the latest one that worked is taken") {
        m.strategy_worked(alpha, usual);
        CHECK(m.proven_strategy(alpha) == usual);
        CHECK(m.find(alpha)->strategies.front() ==
              strategy_record{.strategy = usual, .worked = 1, .failed = 1, .good = true});
    }
    SECTION("with the profile that it was found with") {
        cam_profile other;
        other.name = "dragoncam";
        CHECK(improved(m, other).ca_pmt.listing == ca_pmt_listing::only_then_add);
        m.started(alpha, "dragoncam", 1s, today);
        CHECK_FALSE(m.proven_strategy(alpha));
    }
}

TEST_CASE("a limit met twice is believed, unless more was seen") {
    auto m = with_a_start();
    m.services_clear(alpha, 2);
    m.limit_met(alpha, 1); // once it did two
    CHECK(m.find(alpha)->limit_met == 0);
    m.limit_met(alpha, 2);
    CHECK(improved(m).ca_pmt.max_services == 0);
    m.limit_met(alpha, 2);
    CHECK(improved(m).ca_pmt.max_services == 2);
    cam_profile narrow;
    narrow.ca_pmt.max_services = 1;
    CHECK(improved(m, narrow).ca_pmt.max_services == 1);
    m.services_clear(alpha, 3);
    CHECK(improved(m).ca_pmt.max_services == 0);
    CHECK(m.find(alpha)->most_services == 3);
}

TEST_CASE("a slow starter has patience from the next start on") {
    cam_memory m;
    m.started(alpha, "default", 14s, today);
    CHECK(improved(m).supervision.start_up_patience == 42s);
}

TEST_CASE("what is pinned stays as it is") {
    auto m = with_a_start();
    CHECK_FALSE(m.pin(beta, true));
    m.strategy_worked(alpha, lists);
    REQUIRE(m.pin(alpha, true, "cautious"));
    m.strategy_failed(alpha, lists);
    m.answered(alpha, 3s);
    m.cleared(alpha, 1s);
    m.services_clear(alpha, 4);
    m.limit_met(alpha, 4);
    m.started(alpha, "cautious", 9s, today + 1h);
    const auto& r = *m.find(alpha);
    CHECK(m.proven_strategy(alpha) == lists);
    CHECK(r.pinned_profile == "cautious");
    CHECK(r.usual_start == 2000ms);
    CHECK(r.most_services == 0);
    CHECK(r.limit_met == 0);
    CHECK_FALSE(r.slowest_answer);
    CHECK(r.starts == 2);
    CHECK(r.last_seen == today + 1h);
    cam_profile any;
    any.name = "cautious";
    // with a profile that it was not learned with, it does not hold
    CHECK(improved(m, any).ca_pmt.listing == ca_pmt_listing::only_then_add);
    REQUIRE(m.pin(alpha, true));
    CHECK(improved(m, any).ca_pmt.listing == ca_pmt_listing::whole_list);
    REQUIRE(m.pin(alpha, false));
    CHECK_FALSE(m.find(alpha)->pinned_profile);
    m.cleared(alpha, 1s);
    CHECK(m.find(alpha)->clears == 1);
}

TEST_CASE("slots remember their latest kind of module, until it is forgotten") {
    auto m = with_a_start();
    CHECK_FALSE(m.last_in("roof:0"));
    m.seen_in("roof:0", alpha);
    m.seen_in("roof:1", beta);
    m.seen_in("cellar:0", alpha);
    m.seen_in("cellar:0", beta);
    CHECK(m.last_in("roof:0") == alpha);
    CHECK(m.last_in("cellar:0") == beta);
    const auto changes = m.changes();
    m.seen_in("roof:0", alpha);
    CHECK(m.changes() == changes);
    REQUIRE(m.forget(alpha));
    CHECK_FALSE(m.forget(alpha));
    CHECK_FALSE(m.last_in("roof:0"));
    CHECK(m.last_in("roof:1") == beta);
    CHECK(m.find(alpha) == nullptr);
}

TEST_CASE("a memory has an end: those seen longest ago go first, pinned ones never") {
    cam_memory m;
    m.started(alpha, "default", {}, today);
    m.pin(alpha, true);
    for (unsigned i = 0; i < 2 * cam_memory::most_records; ++i)
        m.started({0x4000, static_cast<std::uint16_t>(i), "M"}, "default", {},
                  today + std::chrono::seconds{i});
    CHECK(m.records().size() == cam_memory::most_records);
    CHECK(m.find(alpha) != nullptr);
    CHECK(m.find({0x4000, 0, "M"}) == nullptr);
    CHECK(m.find({0x4000, 2 * cam_memory::most_records - 1, "M"}) != nullptr);
    for (unsigned i = 0; i < 2 * cam_memory::most_records; ++i)
        m.seen_in("r" + std::to_string(i), alpha);
    CHECK(m.places().size() == cam_memory::most_records);
    for (unsigned i = 0; i < 100; ++i)
        m.strategy_failed({0x4000, 2 * cam_memory::most_records - 1, "M"},
                          {.raise_ca_descriptors = i % 2 == 0});
    CHECK(m.find({0x4000, 2 * cam_memory::most_records - 1, "M"})->strategies.size() == 2);
}

TEST_CASE("what was kept comes back") {
    auto m = with_a_start();
    m.strategy_worked(alpha, lists);
    cam_memory later;
    later.restore(*m.find(alpha));
    CHECK(*later.find(alpha) == *m.find(alpha));
    CHECK(later.changes() == 0);
}
