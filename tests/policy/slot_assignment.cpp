// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/slot_assignment.hpp"

#include "policy/talking_module.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <array>
#include <chrono>
#include <map>
#include <variant>

using namespace cihost;
using namespace cihost::policy;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

slot_module module(unsigned slot, std::vector<std::uint16_t> ids, unsigned most = 0) {
    slot_module m;
    m.state = slot_state::ready;
    m.cam = {.slot = slot, .ca_system_ids = std::move(ids), .max_services = most};
    return m;
}

slot_module empty_slot(unsigned slot) {
    slot_module m;
    m.cam = {.slot = slot, .unusable = unusable_text(slot_state::empty)};
    return m;
}

slot_wish wish(std::uint16_t program, std::vector<std::uint16_t> ids, int priority = 30) {
    slot_wish w;
    w.service = {program, "", "Sky"};
    w.ca_system_ids = std::move(ids);
    w.priority = priority;
    return w;
}

/// Two modules that both know service 7, in conversation, each on a high-level device.
struct two_slots {
    std::array<module_host, 2> hosts;
    slot_assignment slots{"roof", {}};
    time_point now{1h};
    std::uint64_t ecms = 0;

    two_slots() {
        for (auto& host : hosts) {
            host.device_opened(en50221::ca_interface::high_level, now);
            host.reset_done(now);
            introduce_module(host, now);
            host.plan().pmt_received(pmt_for_module(7), now);
        }
        run(0s);
    }
    void run(duration length) {
        now += length;
        for (auto& host : hosts) {
            host.tick(now);
            while (const auto output = host.next())
                if (const auto* write = std::get_if<write_block>(&*output))
                    host.write_done(write->conversation, now);
                else if (std::holds_alternative<ask_status>(*output))
                    host.status_came(true, true, now);
        }
    }
    /// For so long it comes out like that.
    void see(bool scrambled, duration length) {
        for (const auto end = now + length; now < end;) {
            for (auto& host : hosts)
                host.see(7, {true, scrambled, ++ecms});
            run(100ms);
        }
    }
    std::optional<unsigned> assign() {
        std::vector<receiver_slot> all;
        for (auto& host : hosts)
            all.push_back({host, host.plan()});
        slots.assign({wish(7, {0x500})}, {{7, time_point{1h}}}, all, now);
        run(0s);
        return slots.of(7).slot;
    }
};

} // namespace

TEST_CASE("each service goes to one slot whose module knows it") {
    slot_assignment slots{"roof", {}};
    const std::vector modules{module(0, {0x100}), module(1, {0x500}), module(2, {0x500})};
    slots.decide({wish(1, {0x500}), wish(2, {0x500}), wish(3, {0x100, 0x600})}, modules);
    CHECK(slots.of(1).slot == 1U);
    CHECK(slots.of(2).slot == 2U);
    CHECK(slots.of(3).slot == 0U);
    CHECK_FALSE(slots.of(4).slot);
    CHECK_FALSE(slots.knows(4));
}

TEST_CASE("one that runs stays, one whose module is lost goes to another") {
    slot_assignment slots{"roof", {}};
    auto runs = wish(1, {0x500});
    runs.asked = 1;
    slots.decide({runs}, {module(0, {0x500}), module(1, {0x500})});
    CHECK(slots.of(1).slot == 1U);
    slots.decide({runs}, {module(0, {0x500}), empty_slot(1)});
    CHECK(slots.of(1).slot == 0U);
}

TEST_CASE("a service that a module was asked for in vain goes to another that knows it") {
    slot_assignment slots{"roof", {}};
    auto stuck = wish(1, {0x500});
    stuck.asked = 0;
    stuck.in_vain = {0};
    slots.decide({stuck, wish(2, {0x500})}, {module(0, {0x500}), module(1, {0x500})});
    CHECK(slots.of(1).slot == 1U);
    CHECK(slots.of(1).reason == "Slot 1 of roof knows its CA system 0500 (Viaccess); the module "
                                "that it was left to was asked for it in vain.");
    // others may be luckier with it
    CHECK(slots.of(2).slot == 0U);
    slots.decide({stuck}, {module(0, {0x500}), module(1, {0x100})});
    CHECK(slots.of(1).slot == 0U);
    stuck.in_vain = {0, 1};
    slots.decide({stuck}, {module(0, {0x500}), module(1, {0x500})});
    CHECK(slots.of(1).slot == 0U);
}

TEST_CASE("where the only other module is no choice, the one that was asked in vain keeps the "
          "service, and the configuration is blamed for nothing that it does not say") {
    assignment_rule avoid;
    avoid.avoid = {{"roof", 1}};
    avoid.line = 12;
    auto stuck = wish(1, {0x500});
    stuck.asked = 0;
    stuck.in_vain = {0};
    slot_assignment ruled{"roof", {avoid}};
    ruled.decide({stuck}, {module(0, {0x500}), module(1, {0x500})});
    CHECK(ruled.of(1).slot == 0U);
    CHECK(ruled.of(1).shortage == assignment_shortage::none);
    CHECK(ruled.of(1).reason == "Slot 0 of roof knows its CA system 0500 (Viaccess); it was asked "
                                "for it in vain, and no other CAM is free for it.");

    auto runs = wish(2, {0x500});
    runs.asked = 1;
    slot_assignment full{"roof", {}};
    full.decide({stuck, runs}, {module(0, {0x500}), module(1, {0x500}, 1)});
    CHECK(full.of(1).slot == 0U);
    CHECK(full.of(2).slot == 1U);
    // one of higher priority takes its place
    auto first = wish(3, {0x500}, 40);
    full.decide({stuck, runs, first}, {module(0, {0x500}, 1), module(1, {0x500}, 1)});
    CHECK(full.of(3).slot == 0U);
    CHECK_FALSE(full.of(1).slot);
    CHECK(full.of(1).shortage == assignment_shortage::capacity);
    CHECK(full.of(1).reason.find("slot 0 of roof is asked for as much as it can do: service 3") !=
          std::string::npos);
    CHECK(full.of(1).reason.find("ruled out") == std::string::npos);
}

TEST_CASE("a module that waits for somebody's answer is the last choice, and keeps what it has") {
    slot_assignment slots{"roof", {}};
    auto waits = module(0, {0x500});
    waits.cam.waits_for_answer = true;
    auto runs = wish(1, {0x500});
    runs.asked = 0;
    slots.decide({runs, wish(2, {0x500})}, {waits, module(1, {0x500})});
    CHECK(slots.of(1).slot == 0U);
    CHECK(slots.of(2).slot == 1U);
    slots.decide({runs, wish(2, {0x500})}, {module(0, {0x500}), waits});
    CHECK(slots.of(2).slot == 0U);
    // better than none, and than one that was asked in vain
    slots.decide({wish(2, {0x500})}, {waits, module(1, {0x100})});
    CHECK(slots.of(2).slot == 0U);
    auto stuck = wish(2, {0x500});
    stuck.asked = 1;
    stuck.in_vain = {1};
    slots.decide({stuck}, {waits, module(1, {0x500})});
    CHECK(slots.of(2).slot == 0U);
}

TEST_CASE("what no module knows waits at one that is there, what has no room at none") {
    slot_assignment slots{"roof", {}};
    slots.decide({wish(1, {0x600})}, {empty_slot(0), module(1, {0x500})});
    CHECK(slots.of(1).slot == 1U);
    CHECK(slots.of(1).shortage == assignment_shortage::module);
    slots.decide({wish(1, {0x600})}, {empty_slot(0)});
    CHECK(slots.of(1).slot == 0U);
    slots.decide({wish(1, {0x600})}, {});
    CHECK_FALSE(slots.of(1).slot);

    auto runs = wish(1, {0x500}, 20);
    runs.asked = 0;
    slots.decide({runs, wish(2, {0x500}, 20)}, {module(0, {0x500}, 1)});
    CHECK(slots.of(1).slot == 0U);
    CHECK_FALSE(slots.of(2).slot);
    CHECK(slots.of(2).shortage == assignment_shortage::capacity);
    slots.decide({runs, wish(2, {0x500}, 30)}, {module(0, {0x500}, 1)});
    CHECK_FALSE(slots.of(1).slot);
    CHECK(slots.of(2).slot == 0U);
}

TEST_CASE("rules of the receiver's name hold, and a service left scrambled by order is at none") {
    assignment_rule pin;
    pin.provider = "sky";
    pin.only = {{"roof", 1}};
    slot_assignment pinned{"roof", {pin}};
    pinned.decide({wish(1, {0x500})}, {module(0, {0x500}), module(1, {0x500})});
    CHECK(pinned.of(1).slot == 1U);

    assignment_rule never;
    never.never_descramble = true;
    slot_assignment refused{"roof", {never}};
    refused.decide({wish(1, {0x500})}, {module(0, {0x500})});
    CHECK_FALSE(refused.of(1).slot);
    CHECK(refused.of(1).shortage == assignment_shortage::rule);
    CHECK_FALSE(refused.of(1).reason.empty());
}

TEST_CASE_METHOD(two_slots, "what a module refuses goes to another, but not if it is clear after "
                            "all when that one comes into question") {
    assignment_rule elsewhere;
    elsewhere.avoid = {{"roof", 1}};
    slots.use({elsewhere});
    CHECK(assign() == 0U);
    see(true, 1s);
    hosts[0].received("9F8033 04 0007 C1 F1"_hex, now); // no entitlement
    see(true, 5s);
    REQUIRE(hosts[0].recovery(7) != nullptr);
    CHECK(hosts[0].recovery(7)->hold == recovery_hold::refused);
    CHECK(assign() == 0U);
    SECTION("it stays scrambled") {
        slots.use({});
        CHECK(assign() == 1U);
        see(true, 1s);
        CHECK(assign() == 1U);
    }
    SECTION("it becomes clear") {
        see(false, 1s);
        CHECK(assign() == 0U);
        slots.use({});
        CHECK(assign() == 0U);
    }
}

TEST_CASE_METHOD(two_slots, "what a module shows does not move the service that it keeps clear") {
    CHECK(assign() == 0U);
    see(false, 2s);
    hosts[0].received("9F8809 19 02 9F880301 41 9F880301 42 9F880300 9F880301 31 9F880301 32"_hex,
                      now);
    REQUIRE(hosts[0].menu_waits());
    CHECK(assign() == 0U);
    // nor the one that waits: it would have to begin anew elsewhere
    see(true, 1s);
    CHECK(hosts[0].waits_for_answer());
    CHECK(assign() == 0U);
}
