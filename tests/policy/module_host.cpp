// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/module_host.hpp"

#include "plan_services.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/module_bench.hpp"

#include <chrono>
#include <optional>
#include <random>
#include <variant>
#include <vector>

using namespace cihost;
using namespace cihost::policy;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

constexpr time_point zero{std::chrono::hours{1}};

/// What the host wants, all of it.
std::vector<host_output> outputs(module_host& host) {
    std::vector<host_output> all;
    while (auto output = host.next())
        all.push_back(std::move(*output));
    return all;
}

template<class Output>
std::size_t count(const std::vector<host_output>& all) {
    return static_cast<std::size_t>(std::ranges::count_if(
        all, [](const host_output& o) { return std::holds_alternative<Output>(o); }));
}

template<class Output>
Output only(const std::vector<host_output>& all) {
    REQUIRE(count<Output>(all) == 1);
    for (const auto& o : all)
        if (const auto* const found = std::get_if<Output>(&o))
            return *found;
    return {};
}

/// Device open, reset done, module READY; the conversation not begun.
module_host with_ready_module(const cam_profile& profile = {}) {
    module_host host{profile};
    host.device_opened(en50221::ca_interface::link, zero);
    REQUIRE(count<reset_device>(outputs(host)) == 1);
    host.reset_done(zero);
    REQUIRE(count<ask_status>(outputs(host)) == 1);
    host.status_came(true, true, zero);
    return host;
}

} // namespace

TEST_CASE("a TPDU that begins a CA_PMT tells its service") {
    // tcid, T_Data_Last, length, tcid, session_number, ca_pmt_tag, length, list_management, …
    CHECK(ca_pmt_program("01 a0 0e 01 90 02 00 03 9f 80 32 06 03 00 65 c1 f0 00"_hex) == 0x65);
    // length in two bytes
    CHECK(ca_pmt_program("01 a0 10 01 90 02 00 03 9f 80 32 81 06 03 12 34 c1 f0 00"_hex) == 0x1234);
    CHECK_FALSE(ca_pmt_program("01 a0 01 01"_hex));
    CHECK_FALSE(ca_pmt_program("9f 80 32 06 03 00"_hex));
    CHECK_FALSE(ca_pmt_program("9f 80 32"_hex));
    CHECK_FALSE(ca_pmt_program({}));
}

TEST_CASE("a conversation begins once the time of day is told") {
    auto host = with_ready_module();
    const auto asked = outputs(host);
    CHECK(count<time_needed>(asked) == 1);
    CHECK(count<write_block>(asked) == 0);
    SECTION("with it") { host.set_time({}, 0min, zero); }
    SECTION("without it, if nobody knows it") {
        CHECK(host.deadline() <= zero);
        host.tick(zero);
    }
    CHECK(only<write_block>(outputs(host)).block == "01 82 01 01"_hex);
}

TEST_CASE("a module taken out before its conversation began is not spoken to") {
    auto host = with_ready_module();
    outputs(host);
    host.status_came(false, false, zero + 1ms);
    host.set_time({}, 0min, zero + 2ms);
    CHECK(count<write_block>(outputs(host)) == 0);
    CHECK(host.state() == slot_state::empty);
}

TEST_CASE("answers to writes of an earlier conversation count for nothing") {
    auto host = with_ready_module();
    host.set_time({}, 0min, zero);
    const auto first = only<write_block>(outputs(host));
    host.status_came(false, false, zero + 1ms);
    host.tick(zero + 300ms);
    host.status_came(true, true, zero + 300ms);
    host.set_time({}, 0min, zero + 300ms);
    const auto second = only<write_block>(outputs(host));
    CHECK(second.conversation != first.conversation);
    host.write_failed(first.conversation, zero + 301ms);
    host.write_refused(first.conversation, zero + 301ms);
    CHECK(host.talking());
    host.write_failed(second.conversation, zero + 302ms);
    CHECK_FALSE(host.talking());
}

TEST_CASE("bytes that come outside a conversation belong to nobody") {
    module_host host;
    host.device_opened(en50221::ca_interface::link, zero);
    outputs(host);
    host.received("01 83 01 01 80 02 01 00"_hex, zero);
    CHECK(host.tpdus_received() == 0);
    CHECK(outputs(host).empty());
}

TEST_CASE("a CA_PMT goes before the module is asked for what else it has") {
    auto host = with_ready_module();
    host.plan().want(1, zero);
    host.plan().pmt_received(service(1, {ca(0x0B00, 100)}), zero);
    host.set_time({}, 0min, zero);
    CHECK(only<write_block>(outputs(host)).block == "01 82 01 01"_hex);
    // each answer announces more
    const auto answer = [&](bytes block) {
        host.received(block, zero);
        return only<write_block>(outputs(host));
    };
    CHECK(answer("01 83 01 01 80 02 01 80"_hex).block == "01 81 01 01"_hex);
    const auto opened = answer("01 A0 07 01 91 04 00 03 00 41 80 02 01 80"_hex);
    CHECK(opened.block == "01 A0 0A 01 92 07 00 00 03 00 41 00 01"_hex);
    CHECK(answer("01 80 02 01 80"_hex).block == "01 81 01 01"_hex);
    CHECK(answer("01 A0 07 01 91 04 00 24 00 41 80 02 01 80"_hex).block ==
          "01 A0 09 01 90 02 00 01 9F 80 30 00"_hex);
    CHECK(answer("01 80 02 01 80"_hex).block == "01 81 01 01"_hex);
    const auto after_ca_info = answer("01 A0 0B 01 90 02 00 01 9F 80 31 02 0B 00 80 02 01 80"_hex);
    // the other session's answer was there before
    CHECK(after_ca_info.block == "01 A0 0A 01 92 07 00 00 24 00 41 00 02"_hex);
    CHECK(answer("01 80 02 01 80"_hex).block == "01 81 01 01"_hex);
    CHECK(answer("01 80 02 01 80"_hex).ca_pmt_program == 1);
}

TEST_CASE("a high-level device is spoken to in APDUs") {
    module_host host;
    host.device_opened(en50221::ca_interface::high_level, zero);
    host.reset_done(zero);
    host.status_came(true, true, zero);
    host.set_time({}, 0min, zero);
    CHECK(only<write_block>(outputs(host)).block == "9f 80 20 00"_hex);
}

TEST_CASE("a service is cleared through a whole host, and its siblings stay clear") {
    module_bench bench;
    bench.insert();
    bench.want(1);
    REQUIRE(bench.run_until([&] { return bench.clear(1); }, 5s));
    CHECK(bench.host.state() == slot_state::ready);
    CHECK(bench.host.application()->menu_string == "cihost Sim CAM");
    CHECK(bench.host.ready_to_ca_info() < 1s);
    const auto dark = bench.dark_packets(1);

    bench.want(3);
    REQUIRE(bench.run_until([&] { return bench.clear(3); }, 2s));
    bench.move_ecm_pid(3);
    bench.run_for(5s);
    CHECK(bench.clear(1));
    CHECK(bench.clear(3));
    bench.unwant(3);
    bench.run_for(3s);
    CHECK_FALSE(bench.clear(3));
    CHECK(bench.clear(1));
    CHECK(bench.dark_packets(1) == dark);
    CHECK(bench.violations() == 0);
    CHECK(bench.host.restarts() == 0);
}

TEST_CASE("whatever is wanted beside it, a service that runs is never disturbed") {
    for (unsigned seed = 1; seed <= 3; ++seed) {
        INFO("seed " << seed);
        std::mt19937 random{seed};
        module_bench bench;
        bench.insert();
        bench.want(1);
        REQUIRE(bench.run_until([&] { return bench.clear(1); }, 5s));
        const auto dark = bench.dark_packets(1);
        for (int i = 0; i < 40; ++i) {
            // 2 and 3 share their video
            const auto program = static_cast<std::uint16_t>(2 + random() % 2);
            switch (random() % 3) {
            case 0:
                bench.want(program);
                break;
            case 1:
                bench.unwant(program);
                break;
            default:
                bench.move_ecm_pid(program);
            }
            bench.run_for(random() % 500 * 1ms);
            REQUIRE(bench.clear(1));
            REQUIRE(bench.dark_packets(1) == dark);
        }
        CHECK(bench.host.restarts() == 0);
        CHECK(bench.violations() == 0);
    }
}

TEST_CASE("a module that comes, goes, hangs and comes back clears again") {
    module_bench bench;
    bench.want(1);
    bench.run_for(2s);
    CHECK(bench.host.state() == slot_state::empty);
    bench.insert();
    REQUIRE(bench.run_until([&] { return bench.clear(1); }, 5s));
    bench.eject();
    REQUIRE(bench.run_until([&] { return bench.host.empty(); }, 3s));
    CHECK(bench.logged("the module was taken out"));
    CHECK_FALSE(bench.host.application());
    bench.insert();
    bench.run_for(1s);
    REQUIRE(bench.run_until([&] { return bench.clear(1); }, 5s));
    bench.hang(6s);
    REQUIRE(bench.run_until([&] { return bench.host.state() == slot_state::silent; }, 2s));
    REQUIRE(bench.run_until([&] { return bench.host.state() == slot_state::ready; }, 20s));
    CHECK(bench.host.restarts() > 0);
    bench.run_for(1s);
    REQUIRE(bench.run_until([&] { return bench.clear(1); }, 5s));
    CHECK(bench.violations() == 0);
}

TEST_CASE("why a conversation broke off is told until the next one has come to CA_INFO") {
    module_bench bench;
    bench.insert();
    bench.want(1);
    REQUIRE(bench.run_until([&] { return bench.clear(1); }, 5s));
    CHECK(bench.host.broke_off().empty());
    bench.hang(10s);
    REQUIRE(bench.run_until([&] { return bench.host.state() == slot_state::silent; }, 5s));
    CHECK(bench.host.application());
    CHECK(bench.host.broke_off().empty());
    REQUIRE(bench.run_until([&] { return !bench.host.application(); }, 10s));
    CHECK(bench.host.broke_off() == "it stopped answering");
    REQUIRE(bench.run_until([&] { return bench.host.state() == slot_state::ready; }, 60s));
    CHECK(bench.host.broke_off().empty());
}

TEST_CASE("leave is taken by withdrawing the services and ending the connection") {
    module_bench bench;
    bench.insert();
    bench.want(1);
    REQUIRE(bench.run_until([&] { return bench.clear(1); }, 5s));
    REQUIRE(bench.host.take_leave(bench.now));
    REQUIRE(bench.run_until([&] { return bench.host.gone(); }, 2s));
    bool withdrawn = false;
    for (const auto& e : bench.log.events("service_dropped"))
        withdrawn = withdrawn || e.at("program") == 1;
    for (const auto& e : bench.log.events("service_not_enabled"))
        withdrawn = withdrawn || e.at("program") == 1;
    CHECK(withdrawn);
    CHECK(bench.written.back() == "01 84 01 01"_hex);
    CHECK_FALSE(bench.host.take_leave(bench.now));
}

TEST_CASE("while leave is taken only what the farewell needs is due") {
    auto host = with_ready_module();
    host.tick(zero);
    (void)outputs(host);
    REQUIRE(host.take_leave(zero));
    // the slot would have to be asked for READY long since
    for (auto now = zero; now < zero + 5s; now += 100ms) {
        host.tick(now);
        (void)outputs(host);
        CHECK(host.deadline() > now);
    }
}

TEST_CASE("the profile is chosen before each conversation, by the name, and by the CA systems") {
    std::vector<profile_question> questions;
    const auto choose = [&](const profile_question& q) {
        questions.push_back(q);
        cam_profile p;
        p.name = !q.who ? "guess" : !q.ca_system_ids ? "named" : "complete";
        p.slot.tcid = 77; // not for a profile to say
        p.ca_pmt.settle = q.ca_system_ids ? 3s : 0s;
        p.needs_eit = false;
        return p;
    };
    module_bench bench{{.choose = choose}};
    bench.insert();
    bench.want(1);
    REQUIRE(bench.run_until([&] { return bench.host.state() == slot_state::ready; }, 5s));
    CHECK(bench.host.profile().name == "complete");
    CHECK(bench.host.profile().slot.tcid == 1);
    CHECK_FALSE(bench.host.profile().needs_eit);
    REQUIRE(questions.size() >= 4);
    CHECK_FALSE(questions.front().who); // the device was opened
    const auto& last = questions.back();
    CHECK(last.who == cam_identity{0xC140, 1, "cihost Sim CAM"});
    CHECK(last.ca_system_ids == std::vector<std::uint16_t>{0x4AFE});
    CHECK(bench.logged("the module is expected to need profile 'guess'"));
    CHECK(bench.logged("the module is dealt with by profile 'complete'"));
    bench.run_for(2900ms);
    CHECK(bench.ca_pmts.empty()); // the settings of before would have let one go
    REQUIRE(bench.run_until([&] { return bench.clear(1); }, 3s));
    CHECK(bench.violations() == 0);
    CHECK(bench.host.slowest_answer() > 0ms);
}

TEST_CASE("starts that fail before the module says its name are counted") {
    std::vector<unsigned> nameless;
    module_host host{{}, [&](const profile_question& q) {
                         if (!q.who)
                             nameless.push_back(q.nameless_starts);
                         return cam_profile{};
                     }};
    host.device_opened(en50221::ca_interface::link, zero);
    host.reset_done(zero);
    auto now = zero;
    for (int i = 0; i < 3; ++i) {
        host.status_came(true, true, now);
        host.set_time({}, 0min, now);
        REQUIRE(host.talking());
        const auto sent = outputs(host);
        host.write_failed(host.conversation(), now);
        outputs(host);
        now += 40s;
        host.status_came(true, true, now);
        host.tick(now);
        if (count<reset_device>(outputs(host)) > 0)
            host.reset_done(now);
    }
    CHECK(nameless == std::vector<unsigned>{0, 0, 1, 2});
    host.status_came(false, false, now);
    host.status_came(true, true, now);
    CHECK(nameless.back() == 0);
}

TEST_CASE("settings carry over what was found out, and nothing else") {
    ca_pmt_settings before;
    auto found = before;
    found.listing = ca_pmt_listing::whole_list;
    found.max_services = 2;
    ca_pmt_settings after;
    after.pace = 2s;
    after.max_services = 5;
    const auto both = with_differences(after, before, found);
    CHECK(both.listing == ca_pmt_listing::whole_list);
    CHECK(both.max_services == 2);
    CHECK(both.pace == 2s);
}
