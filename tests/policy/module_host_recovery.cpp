// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/ca_pmt_strategy.hpp"
#include "policy/module_host.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/module_bench.hpp"

#include <chrono>

using namespace cihost;
using namespace cihost::policy;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

module_bench_settings with_module(const sim::cam_behaviour& behaviour) {
    module_bench_settings settings;
    settings.module.behaviour = behaviour;
    return settings;
}

/// A card that opens nothing, and does not say so.
module_bench_settings without_rights() {
    sim::cam_behaviour behaviour;
    behaviour.card.valid = false;
    return with_module(behaviour);
}

recovery_state state_of(const module_bench& bench, std::uint16_t program = 1) {
    const auto* const status = bench.host.recovery(program);
    return status != nullptr ? status->state : recovery_state::none;
}

recovery_hold hold_of(const module_bench& bench, std::uint16_t program = 1) {
    const auto* const status = bench.host.recovery(program);
    return status != nullptr ? status->hold : recovery_hold::none;
}

unsigned times(const module_bench& bench, recovery_step step) {
    const auto* const status = bench.host.recovery(1);
    return status != nullptr ? status->steps[index(step)].times : 0;
}

void want_and_get(module_bench& bench) {
    bench.insert();
    bench.want(1);
    REQUIRE(bench.run_until([&] { return bench.clear(1); }, 5s));
}

} // namespace

TEST_CASE("a good module is asked once, and nothing more is done to it") {
    module_bench bench;
    want_and_get(bench);
    bench.run_for(2min);
    CHECK(bench.ca_pmts.size() == 1);
    CHECK(bench.resets == 1);
    CHECK(bench.strategies.empty());
}

TEST_CASE("a module of which nothing is wanted is asked less often whether it has news") {
    module_bench bench;
    bench.insert();
    REQUIRE(bench.run_until([&] { return bench.host.state() == slot_state::ready; }, 5s));
    bench.run_for(15s); // owes nothing any more
    const auto polls_of = [&](duration length) {
        const auto before = bench.written.size();
        bench.run_for(length);
        return bench.written.size() - before;
    };
    const auto resting = polls_of(30s);
    CHECK(resting >= 55);
    CHECK(resting <= 61);
    bench.want(1);
    REQUIRE(bench.run_until([&] { return bench.clear(1); }, 5s));
    bench.run_for(15s);
    CHECK(polls_of(30s) >= 90);
    bench.unwant(1);
    bench.run_for(15s);
    CHECK(polls_of(30s) <= 61);
}

TEST_CASE("another way to ask that helps is told, and that the one before it failed") {
    sim::cam_behaviour behaviour;
    behaviour.ca_pmt.only = sim::ca_pmt_behaviour::obedience::ignored;
    module_bench bench{with_module(behaviour)};
    bench.insert();
    bench.want(1);
    REQUIRE(bench.run_until([&] { return !bench.strategies.empty(); }, 60s));
    CHECK(bench.clear(1));
    REQUIRE(bench.strategies.size() == 2);
    CHECK_FALSE(bench.strategies[0].worked);
    CHECK(bench.strategies[0].settings.listing == ca_pmt_listing::only_then_add);
    CHECK(bench.strategies[1].worked);
    CHECK(bench.strategies[1].settings.listing == ca_pmt_listing::add);
}

TEST_CASE("a card without rights: the ladder ends, and says so") {
    module_bench bench{without_rights()};
    bench.insert();
    bench.want(1);
    REQUIRE(bench.run_until([&] { return state_of(bench) == recovery_state::given_up; }, 2min));
    CHECK(bench.logged("service 1 stays scrambled: all that a host can do was done"));
    CHECK(bench.resets == 3);
    CHECK(times(bench, recovery_step::reconnect) == 1);
    for (const auto& tried : bench.strategies)
        CHECK_FALSE(tried.worked);
    const auto sent = bench.ca_pmts.size();
    bench.run_for(1min);
    CHECK(bench.resets == 3);
    CHECK(bench.ca_pmts.size() <= sent + 1);
    CHECK(bench.host.plan().settings().listing == ca_pmt_listing::only_then_add);
    SECTION("a wish begins it anew") {
        bench.host.begin_anew(1, bench.now);
        bench.run_for(6s);
        CHECK(state_of(bench) == recovery_state::trying);
    }
    SECTION("the module, put in again, too") {
        bench.eject();
        bench.run_for(1s);
        bench.insert();
        bench.run_for(6s);
        CHECK(state_of(bench) == recovery_state::trying);
    }
}

TEST_CASE("time to settle, tried for one service, holds back nothing else") {
    module_bench bench{without_rights()};
    bench.insert();
    bench.want(1);
    REQUIRE(bench.run_until(
        [&] {
            return times(bench, recovery_step::slow_start) == 1 &&
                   bench.host.state() == slot_state::ready;
        },
        2min));
    bench.run_for(1s);
    REQUIRE(bench.host.plan().status(1)->phase == service_phase::queued);
    const auto requested = [&](std::uint16_t program) {
        return bench.host.plan().status(program)->phase == service_phase::requested;
    };
    SECTION("another service") {
        bench.want(2);
        CHECK(bench.run_until([&] { return requested(2); }, 1s));
    }
    SECTION("nor is it the next conversation's, when this one breaks off") {
        bench.eject();
        bench.run_for(1s);
        bench.insert();
        REQUIRE(bench.run_until([&] { return bench.host.state() == slot_state::ready; }, 5s));
        CHECK(bench.run_until([&] { return requested(1); }, 1s));
    }
    SECTION("nor is it the next conversation's, when the module falls silent") {
        bench.hang(20s);
        REQUIRE(bench.run_until([&] { return bench.host.state() != slot_state::ready; }, 30s));
        REQUIRE(bench.run_until([&] { return bench.host.state() == slot_state::ready; }, 90s));
        CHECK(bench.run_until([&] { return requested(1); }, 1s));
    }
    CHECK(bench.host.plan().settings() == bench.host.asked_as());
}

TEST_CASE("without a lock the ladder is not climbed, and with it it is") {
    module_bench bench{without_rights()};
    bench.lock = false;
    bench.insert();
    bench.want(1);
    bench.run_for(2min);
    CHECK(bench.ca_pmts.size() == 1);
    CHECK(bench.resets == 1);
    bench.lock = true;
    bench.run_for(3s);
    CHECK(times(bench, recovery_step::resend) == 1);
}

TEST_CASE("a lock that comes back finds the service as it was") {
    module_bench bench;
    want_and_get(bench);
    bench.lock = false;
    bench.run_for(60s);
    bench.lock = true;
    bench.run_for(60s);
    CHECK(bench.clear(1));
    CHECK(bench.ca_pmts.size() == 1);
    CHECK(bench.resets == 1);
}

TEST_CASE("a service that is clear is never disturbed for one that is not") {
    // room for the first alone
    sim::cam_behaviour behaviour;
    behaviour.capacity.services = 1;
    module_bench bench{with_module(behaviour)};
    want_and_get(bench);
    bench.run_for(2s);
    const auto dark = bench.dark_packets(1);
    bench.want(3);
    bench.run_for(2min);
    CHECK(bench.dark_packets(1) == dark);
    CHECK(bench.resets == 1);
    CHECK(state_of(bench, 3) == recovery_state::held);
    CHECK(hold_of(bench, 3) == recovery_hold::running_services);
    CHECK(bench.logged("service 3 stays scrambled: what is left to try might disturb"));
    bench.unwant(1);
    CHECK(bench.run_until([&] { return bench.clear(3); }, 10s));
}

TEST_CASE("a menu in the way stops the ladder; when it is gone the service gets clear") {
    sim::cam_behaviour behaviour;
    behaviour.menu.pages = {
        {.name = "notice", .shape = sim::menu_page::form::list, .title = "Notice"}};
    behaviour.menu.popup = sim::menu_popup{.page = "notice"};
    behaviour.menu.blocks = true;
    module_bench bench{with_module(behaviour)};
    bench.insert();
    bench.want(1);
    bench.run_for(1min);
    REQUIRE(bench.host.menu().current());
    CHECK_FALSE(bench.clear(1));
    CHECK(bench.resets == 1);
    CHECK(hold_of(bench) == recovery_hold::menu);
    CHECK(times(bench, recovery_step::add_again) == 1);
    CHECK(times(bench, recovery_step::programme_level) == 0);
    REQUIRE_FALSE(bench.host.close_menu(bench.now));
    CHECK(bench.run_until([&] { return bench.clear(1); }, 10s));
}

TEST_CASE("a service that a PIN opens is no success of the step before it") {
    sim::cam_behaviour behaviour;
    behaviour.menu.pages = {
        {.name = "main", .shape = sim::menu_page::form::list, .title = "Parental control"}};
    behaviour.menu.pin = "1234";
    module_bench bench{with_module(behaviour)};
    bench.insert();
    bench.want(1);
    // asked once more, and added again
    REQUIRE(bench.run_until([&] { return times(bench, recovery_step::add_again) == 1; }, 20s));
    bench.run_for(500ms);
    REQUIRE(bench.host.menu_waits());
    const auto before = bench.host.asked_as();
    REQUIRE_FALSE(bench.answer_menu(bench.host.menu().current()->id, std::string{"1234"}));
    REQUIRE(bench.run_until([&] { return bench.clear(1); }, 10s));
    bench.run_for(10s);
    CHECK(bench.logged(
        "service 1 is clear; what helped: the module's menu was answered, or closed."));
    CHECK_FALSE(bench.logged("what helped: taking it off"));
    CHECK(bench.host.recovery(1)->menu_helped);
    CHECK(strategy_of(bench.host.asked_as()) == strategy_of(before));
    CHECK(bench.strategies.empty());
}

TEST_CASE("a module that boots again by itself is asked again, and needs no ladder") {
    sim::cam_behaviour behaviour;
    behaviour.faults = {{.fault = sim::cam_fault::reboot, .after = 20s, .boots = 1}};
    module_bench bench{with_module(behaviour)};
    want_and_get(bench);
    bench.run_for(19s);
    REQUIRE(bench.run_until([&] { return !bench.clear(1); }, 10s));
    CHECK(bench.run_until([&] { return bench.clear(1); }, 10s));
    bench.run_for(60s);
    CHECK(bench.clear(1));
    CHECK(times(bench, recovery_step::resend) == 0);
}

TEST_CASE("an adapter that goes and comes back finds its services again") {
    module_bench bench;
    want_and_get(bench);
    bench.host.device_closed(bench.now);
    bench.run_for(30s);
    bench.slot.reset(bench.now);
    bench.host.device_opened(en50221::ca_interface::link, bench.now);
    CHECK(bench.run_until([&] { return bench.ca_pmts.size() == 2 && bench.clear(1); }, 5s));
    bench.run_for(60s);
    CHECK(times(bench, recovery_step::resend) == 0);
}

TEST_CASE("a module of random blocks is left alone in the end, and comes back when it is better") {
    sim::cam_behaviour behaviour;
    behaviour.faults = {{.fault = sim::cam_fault::garbage, .boots = 60}};
    module_bench bench{with_module(behaviour)};
    bench.insert();
    bench.want(1);
    REQUIRE(bench.run_until([&] { return bench.host.state() == slot_state::failed; }, 10min));
    CHECK(bench.logged("it is left alone until it is taken out"));
    const auto resets = bench.resets;
    const auto written = bench.written.size();
    CHECK(resets < 20);
    bench.run_for(2min);
    CHECK(bench.resets == resets);
    CHECK(bench.written.size() == written);
    bench.host.begin_anew(1, bench.now);
    bench.run_for(1s);
    CHECK(bench.resets == resets + 1);
}

namespace {

/// A module behind a high-level driver, as bare APDUs.
struct apdu_module {
    module_host host;
    time_point now{1h};
    std::vector<bytes> written;

    apdu_module() {
        host.device_opened(en50221::ca_interface::high_level, now);
        obey();
        host.plan().pmt_received(pmt(), now);
        host.plan().want(1, now);
    }
    static ts::pmt pmt() {
        ts::pmt table;
        table.program_number = 1;
        table.program_info = {{0x09, "4a fe e1 23"_hex}, {0x09, "0b 00 e1 24"_hex}};
        table.streams = {{0x1B, 0x100, {}}};
        return table;
    }
    void obey() {
        while (const auto output = host.next()) {
            if (std::holds_alternative<reset_device>(*output))
                host.reset_done(now);
            else if (std::holds_alternative<ask_status>(*output))
                host.status_came(true, true, now);
            else if (std::holds_alternative<time_needed>(*output))
                host.set_time({}, 0min, now);
            else if (const auto* const write = std::get_if<write_block>(&*output)) {
                written.push_back(write->block);
                host.write_done(write->conversation, now);
                if (write->block == "9f 80 30 00"_hex && !ca_info.empty()) {
                    if (!early_ca_info.empty())
                        host.received(early_ca_info, now);
                    host.received(ca_info, now);
                }
            }
        }
    }
    void tell_ca_info(const bytes& apdu) {
        ca_info = apdu;
        receive(apdu);
    }
    void receive(const bytes& apdu) {
        host.received(apdu, now);
        obey();
    }
    /// Scrambled, with ECMs.
    void run_for(duration length) {
        for (const auto end = now + length; now < end; now += 250ms) {
            host.see(1, {.received = true, .scrambled = true, .ecms = ++ecms});
            host.tick(now);
            obey();
        }
    }
    unsigned steps() const {
        unsigned sum = 0;
        if (const auto* const status = host.recovery(1))
            for (const auto& made : status->steps)
                sum += made.times;
        return sum;
    }
    std::uint64_t ecms = 0;
    /// Told whenever it is asked for.
    bytes ca_info;
    /// Before that.
    bytes early_ca_info;
};

} // namespace

TEST_CASE("another card begins the ladder anew; the same list once more does not") {
    apdu_module m;
    m.tell_ca_info("9f 80 31 02 4a fe"_hex);
    m.run_for(5min);
    REQUIRE(m.host.recovery(1)->state == recovery_state::given_up);
    const auto before = m.steps();
    m.tell_ca_info("9f 80 31 02 4a fe"_hex);
    m.run_for(4s);
    CHECK(m.host.recovery(1)->state == recovery_state::given_up);
    CHECK(m.steps() == before);
    m.tell_ca_info("9f 80 31 02 0b 00"_hex);
    m.run_for(4s);
    CHECK(m.host.recovery(1)->state == recovery_state::trying);
    CHECK(m.steps() == before + 1);
}

TEST_CASE("a module that tells an empty list before each list does not begin the ladder anew") {
    apdu_module m;
    m.early_ca_info = "9f 80 31 00"_hex;
    m.tell_ca_info("9f 80 31 02 4a fe"_hex);
    m.run_for(5min);
    CHECK(m.host.recovery(1)->state == recovery_state::given_up);
    CHECK(m.host.resets() == 3);
    // a card that is taken out and put in again does
    m.receive("9f 80 31 00"_hex);
    m.run_for(1s);
    m.receive("9f 80 31 02 4a fe"_hex);
    m.run_for(4s);
    CHECK(m.host.recovery(1)->state == recovery_state::trying);
}

TEST_CASE("a module that has no CA system of the service, or refuses it, is left alone") {
    apdu_module m;
    SECTION("no common CA system") {
        m.tell_ca_info("9f 80 31 02 05 00"_hex);
        m.run_for(10min);
        CHECK(m.steps() == 0);
        CHECK(m.host.resets() == 1);
    }
    SECTION("not entitled") {
        m.tell_ca_info("9f 80 31 02 4a fe"_hex);
        m.receive("9f 80 33 07 00 01 c1 f1 01 00 71"_hex);
        m.run_for(10min);
        CHECK(m.steps() == 0);
        CHECK(m.host.resets() == 1);
        CHECK(m.host.recovery(1)->hold == recovery_hold::refused);
    }
    SECTION("the module says that it could") {
        m.tell_ca_info("9f 80 31 02 4a fe"_hex);
        m.receive("9f 80 33 07 00 01 c1 81 01 00 01"_hex);
        m.run_for(10s);
        CHECK(m.steps() > 0);
    }
}
