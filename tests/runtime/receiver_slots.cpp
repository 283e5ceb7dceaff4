// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake_slots.hpp"
#include "receiver_fixture.hpp"
#include "runtime/device_factory.hpp"

using namespace cihost;
using namespace cihost::test;

namespace {

/// Two slots whose modules know all that is on air.
struct two_slots : receiver_fixture {
    slots_world slots;

    two_slots() {
        replace = [this](device_factory& devices) {
            devices.open_ca = [this]() -> result<std::unique_ptr<device::ca_device>> {
                return {std::make_unique<fake_slots>(slots)};
            };
        };
    }
    ~two_slots() { r.reset(); } // the devices go before their world
    bool until_ready(std::size_t modules) {
        return until([&](const receiver_report& report) {
            return std::ranges::count(report.cams, "ready", &cam_report::state) ==
                       static_cast<std::ptrdiff_t>(modules) &&
                   report.services.size() == 2 && report.services[1].ca_signalled;
        });
    }
    bool until_asked(unsigned slot, unsigned times) {
        return until([&](const receiver_report&) { return slots.ca_pmts(slot) >= times; });
    }
};

} // namespace

TEST_CASE_METHOD(two_slots, "two modules share the services, and none is asked of both") {
    slots.insert(0);
    slots.insert(1);
    begin();
    REQUIRE(until_ready(2));
    r->want(fake_receiver::first_service);
    r->want(fake_receiver::second_service);
    REQUIRE(until_asked(0, 1));
    REQUIRE(until_asked(1, 1));
    CHECK(service(fake_receiver::first_service).slot == 0U);
    CHECK(service(fake_receiver::second_service).slot == 1U);
    CHECK(slots.ca_pmts(0) == 1);
    CHECK(slots.ca_pmts(1) == 1);
    // the service of a module that is lost goes to the other one, and stays there
    slots.reboot(1);
    REQUIRE(until_asked(0, 2));
    CHECK(service(fake_receiver::second_service).slot == 0U);
    REQUIRE(until_ready(2));
    CHECK(service(fake_receiver::second_service).slot == 0U);
    CHECK(service(fake_receiver::first_service).slot == 0U);
    CHECK(slots.ca_pmts(1) == 1);
}

TEST_CASE_METHOD(two_slots, "a recording takes the place of a service that is always wanted") {
    adjust = [](receiver_settings& settings) { settings.cam.ca_pmt.max_services = 1; };
    slots.insert(0);
    begin();
    REQUIRE(until_ready(1));
    r->want(fake_receiver::first_service);
    REQUIRE(until_asked(0, 1));
    const auto id = record(fake_receiver::second_service, "r.ts");
    CHECK(service(fake_receiver::second_service).slot == 0U);
    CHECK_FALSE(service(fake_receiver::first_service).slot);
    CHECK(service(fake_receiver::first_service)
              .assignment.starts_with("It is received, but not "
                                      "descrambled. No CAM that"));
    stop(id);
    CHECK(service(fake_receiver::first_service).slot == 0U);
}

TEST_CASE_METHOD(two_slots, "a service goes to the slot that a rule names") {
    adjust = [](receiver_settings& settings) {
        policy::assignment_rule rule;
        rule.program_number = fake_receiver::first_service;
        rule.only = {{"test", 1}};
        settings.rules = {rule};
    };
    slots.insert(0);
    slots.insert(1);
    begin();
    REQUIRE(until_ready(2));
    r->want(fake_receiver::first_service);
    REQUIRE(until_asked(1, 1));
    CHECK(slots.ca_pmts(0) == 0);
}

TEST_CASE_METHOD(two_slots,
                 "a reset by order spares a sibling that serves something, unless forced") {
    slots.insert(0);
    slots.insert(1);
    begin();
    REQUIRE(until_ready(2));
    CHECK(r->reset_cam(2, true).value() == ENOENT);
    r->want(fake_receiver::first_service);
    REQUIRE(until_asked(0, 1));
    const unsigned before = slots.resets;
    CHECK(r->reset_cam(1, false).value() == EBUSY);
    CHECK(slots.resets == before);
    // the module itself may be disturbed by its own reset
    CHECK_FALSE(r->reset_cam(0, false));
    REQUIRE(until([&](const receiver_report&) { return slots.resets == before + 1; }));
    // of whichever of the two is back first
    REQUIRE(
        until([&](const receiver_report&) { return slots.ca_pmts(0) + slots.ca_pmts(1) >= 2; }));
    REQUIRE(until_ready(2));
    CHECK_FALSE(r->reset_cam(1, true));
    REQUIRE(until([&](const receiver_report&) { return slots.resets == before + 2; }));
    // the device has reset both
    REQUIRE(until([&](const receiver_report& report) {
        return std::ranges::all_of(report.cams, [&](const cam_report& cam) {
            return cam.resets == before + 2 && cam.resets_by_order == 2;
        });
    }));
    REQUIRE(until_ready(2));
}

TEST_CASE_METHOD(two_slots, "rules may change, and what is always wanted, while services run") {
    slots.insert(0);
    slots.insert(1);
    begin();
    REQUIRE(until_ready(2));
    r->want(fake_receiver::first_service);
    REQUIRE(until_asked(0, 1));
    policy::assignment_rule rule;
    rule.program_number = fake_receiver::first_service;
    rule.only = {{"test", 1}};
    r->use_rules({rule}, {});
    REQUIRE(until_asked(1, 1));
    CHECK(service(fake_receiver::first_service).slot == 1U);
    // what is recorded stays wanted
    const auto id = record(fake_receiver::first_service, "r.ts");
    r->unwant(fake_receiver::first_service);
    r->unwant(fake_receiver::first_service);
    CHECK(service(fake_receiver::first_service).wanted);
    stop(id);
    CHECK_FALSE(service(fake_receiver::first_service).wanted);
}
