// SPDX-License-Identifier: LGPL-2.1-or-later

/// What a host does about a module that lets one service cost another, and what it tells of that.

#include "policy/ca_pmt_strategy.hpp"
#include "policy/cam_memory.hpp"
#include "policy/module_host.hpp"
#include "policy/talking_module.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <set>
#include <utility>
#include <variant>
#include <vector>

using namespace cihost;
using namespace cihost::policy;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

constexpr std::array<std::uint16_t, 3> all{7, 8, 9};

/// Three services on a module that is on a high-level device.
struct fixture {
    module_host host;
    time_point now{1h};
    std::uint64_t ecms = 0;
    std::vector<strategy_tried> told;
    cam_memory memory;
    const cam_identity who{0x1234, 0x5678, "Test"};

    fixture() {
        memory.started(who, "default", std::nullopt, {});
        host.device_opened(en50221::ca_interface::high_level, now);
        host.reset_done(now);
        introduce_module(host, now);
        for (const auto program : all) {
            change(program, 2);
            host.plan().want(program, now);
        }
        see({}, 3s);
    }
    void change(std::uint16_t program, std::uint8_t stream_type) {
        host.plan().pmt_received(pmt_for_module(program, stream_type), now);
        run();
    }
    void run() {
        host.tick(now);
        while (const auto output = host.next())
            if (const auto* write = std::get_if<write_block>(&*output))
                host.write_done(write->conversation, now);
            else if (const auto* news = std::get_if<strategy_tried>(&*output))
                note(*news);
            else if (std::holds_alternative<ask_status>(*output))
                host.status_came(true, true, now);
    }
    /// As runtime::receiver does it.
    void note(const strategy_tried& news) {
        told.push_back(news);
        const auto strategy = strategy_of(news.settings);
        if (news.worked)
            memory.strategy_worked(who, strategy);
        else
            memory.strategy_failed(who, strategy);
    }
    /// For so long these come out scrambled, and the others clear.
    void see(const std::set<std::uint16_t>& scrambled, duration length) {
        for (const auto end = now + length; now < end; now += 100ms) {
            for (const auto program : all)
                host.see(program, {true, scrambled.contains(program), ++ecms});
            run();
        }
    }
    /// They stop for a second.
    void stop(const std::set<std::uint16_t>& services) {
        see(services, 1s);
        see({}, 3s);
    }
};

constexpr ca_pmt_strategy told_by_add{.change = ca_pmt_change::add,
                                      .withdrawal = ca_pmt_withdrawal::whole_list};

} // namespace

TEST_CASE_METHOD(fixture, "a host that begins anew does not go back to what cost a service") {
    change(9, 3);
    stop({7, 8});
    CHECK(strategy_of(host.asked_as()) == told_by_add);
    CHECK(memory.proven_strategy(who) == told_by_add);
    CHECK(memory.weighty_changes() > 0);
    REQUIRE(told.size() == 2);
    CHECK(strategy_of(told[0].settings) == ca_pmt_strategy{});
    CHECK_FALSE(told[0].worked);
    // once
    change(9, 2);
    see({}, 3s);
    CHECK(told.size() == 2);
}

TEST_CASE_METHOD(fixture, "a module that bears neither an UPDATE nor a list is told by ADD alone") {
    ca_pmt_strategy by_add_alone = told_by_add;
    by_add_alone.withdrawal = ca_pmt_withdrawal::add;
    SECTION("the UPDATE comes first") {
        change(9, 3);
        stop({7, 8});
        host.plan().unwant(9, now);
        run();
        stop({7, 8});
    }
    SECTION("the withdrawal comes first") {
        host.plan().unwant(9, now);
        run();
        stop({7, 8});
        CHECK(host.asked_as().change == ca_pmt_change::update);
        CHECK(host.asked_as().withdrawal == ca_pmt_withdrawal::whole_list);
        host.plan().want(9, now);
        see({}, 3s);
        host.plan().unwant(9, now);
        run();
        stop({7, 8});
        CHECK(host.asked_as().withdrawal == ca_pmt_withdrawal::add);
        change(8, 3);
        stop({7});
    }
    CHECK(strategy_of(host.asked_as()) == by_add_alone);
    CHECK(memory.proven_strategy(who) == by_add_alone);
}
