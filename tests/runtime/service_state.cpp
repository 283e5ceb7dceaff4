// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/service_state.hpp"

#include "support/catch.hpp"

using namespace cihost;
using namespace cihost::runtime;
using namespace std::chrono_literals;
using policy::service_phase;
using policy::slot_state;

namespace {

/// A scrambled, wanted service with everything in place but what a test takes away.
service_facts facts_with(slot_state state, service_phase phase) {
    service_facts f;
    f.program_number = 101;
    f.locked = f.pat_known = f.in_multiplex = f.pmt_known = f.wanted = true;
    f.ca_system_ids = {0x0500, 0x4AFE};
    f.packets_seen = f.scrambled_now = true;
    f.now = time_point{} + 100s;
    policy::service_status status;
    status.phase = phase;
    status.requested_at = f.now - 4500ms;
    f.modules.push_back({state, "Sim", std::vector<std::uint16_t>{0x1843}, status});
    return f;
}

} // namespace

TEST_CASE("each way a service can be stuck has its word and its sentence") {
    auto f = facts_with(slot_state::ready, service_phase::requested);
    service_state expected;
    SECTION("a question that nobody answered") {
        f.ecms = 9;
        f.modules[0].menu = "Please enter your PIN";
        expected = {"menu_waiting",
                    "The module \"Sim\" shows \"Please enter your PIN\" and may wait "
                    "for an answer before it descrambles."};
    }
    SECTION("a menu without a title") {
        f.ecms = 9;
        f.modules[0].menu = "";
        expected = {"menu_waiting",
                    "The module \"Sim\" shows a menu and may wait for an answer before "
                    "it descrambles."};
    }
    SECTION("no device") {
        f.device_problem = "The tuner is away.";
        expected = {"no_device", "The tuner is away."};
    }
    SECTION("a slot that cannot be asked") {
        f.modules[0].state = slot_state::empty;
        f.modules[0].problem = "ca0: the device does not answer its driver.";
        expected = {"no_ca_device", "The service is scrambled and the CI slot cannot be used: ca0: "
                                    "the device does not answer its driver."};
    }
    SECTION("not tuned") {
        f.locked = false;
        expected = {"not_tuned", "The tuner has no lock on the multiplex."};
    }
    SECTION("no PAT") {
        f.pat_known = false;
        expected = {"waiting_for_pat",
                    "The multiplex has not told yet which services it holds (PAT)."};
    }
    SECTION("elsewhere") {
        f.in_multiplex = false;
        f.others = {"One (1)", "2"};
        expected = {"not_in_multiplex",
                    "Service 101 is not in this multiplex. It holds: One (1), 2."};
    }
    SECTION("no PMT") {
        f.pmt_known = false;
        expected = {"no_pmt", "The description of the service (PMT) has not come yet."};
    }
    SECTION("no packets") {
        f.packets_seen = false;
        expected = {"no_packets", "The service is announced, but no packets of it have come yet."};
    }
    SECTION("free to air") {
        f.scrambled_now = false;
        f.ca_system_ids.clear();
        expected = {"clear", "The service is broadcast in clear."};
    }
    SECTION("clear") {
        f.scrambled_now = false;
        expected = {"clear", "The service is clear."};
    }
    SECTION("scrambled without signalling") {
        f.ca_system_ids.clear();
        expected = {"scrambled_without_ca",
                    "The service is scrambled, but its PMT names no CA system that could open it."};
    }
    SECTION("not wanted") {
        f.wanted = false;
        expected = {"not_wanted", "The service is scrambled and nothing asks for it."};
    }
    SECTION("no CA device") {
        f.modules.clear();
        f.ca_device_problem = "Device or resource busy.";
        expected = {"no_ca_device", "The service is scrambled and the CI slot cannot be used: "
                                    "Device or resource busy."};
    }
    SECTION("no module") {
        f.modules[0].state = slot_state::empty;
        expected = {"no_module", "The service is scrambled and there is no module in the CI slot."};
    }
    SECTION("not ready") {
        f.modules[0].state = slot_state::present;
        expected = {"starting", "The module in the CI slot is starting; it is not ready yet."};
    }
    SECTION("restarting") {
        f.modules[0].state = slot_state::restarting;
        expected = {"starting",
                    "The conversation with the module broke off; it is being restarted."};
    }
    SECTION("silent") {
        f.modules[0].state = slot_state::silent;
        expected = {"starting", "The module \"Sim\" does not answer at the moment."};
    }
    SECTION("no CA Support") {
        f.modules[0].state = slot_state::no_ca_support;
        f.modules[0].status->phase = service_phase::no_module;
        expected = {"no_ca_support", "The module \"Sim\" answers, but does not offer CA Support: "
                                     "it cannot be asked to descramble anything."};
    }
    SECTION("CA systems not told") {
        f.modules[0].status->phase = service_phase::module_starting;
        f.modules[0].name.clear();
        expected = {"starting", "The module is starting; it has not told its CA systems yet."};
    }
    SECTION("other CA systems") {
        f.modules[0].status->phase = service_phase::no_common_ca_system;
        expected = {"no_common_ca_system",
                    "The service uses the CA systems " + list_ca_systems({0x0500, 0x4AFE}) +
                        "; the module knows " + list_ca_systems({0x1843}) + "."};
    }
    SECTION("the module is at its limit") {
        f.modules[0].status->phase = service_phase::over_capacity;
        expected = {"over_capacity",
                    "The module \"Sim\" is asked for as much as it can descramble at a time, by "
                    "its profile; the service waits until another one ends."};
    }
    SECTION("queued") {
        f.modules[0].status->phase = service_phase::queued;
        expected = {"queued", "The module will be asked for the service in a moment."};
    }
    SECTION("too large") {
        f.modules[0].too_large = true;
        expected = {"too_large", "The programme is too large for this interface: the driver of the "
                                 "CI slot takes 256 bytes for a CA_PMT."};
    }
    SECTION("asked a moment ago") {
        f.modules[0].status->requested_at = f.now - std::chrono::milliseconds{2900};
        expected = {"requested", "The module was asked to descramble the service a moment ago."};
    }
    SECTION("asked at no time known") {
        f.modules[0].status->requested_at = never;
        expected = {"requested", "The module was asked to descramble the service a moment ago."};
    }
    SECTION("no ECM") {
        expected = {"waiting_for_ecm", "No ECM of the service has come in the 4 s since the module "
                                       "was asked to descramble it."};
    }
    SECTION("refused") {
        f.ecms = 9;
        en50221::ca_pmt_reply reply;
        reply.enable = en50221::ca_enable::no_entitlement;
        f.modules[0].status->reply = reply;
        expected = {"refused", std::string{"The module \"Sim\" answers for this service: "} +
                                   describe(en50221::ca_enable::no_entitlement) + "."};
    }
    SECTION("a reply that permits is no refusal") {
        f.ecms = 9;
        en50221::ca_pmt_reply reply;
        reply.enable = en50221::ca_enable::possible;
        f.modules[0].status->reply = reply;
        expected = {"scrambled",
                    "The service is still scrambled although the module was asked 4 s ago and 9 "
                    "ECMs have come; the smart card may not be entitled to it."};
    }
    const auto state = explain(f);
    CHECK(state.word == expected.word);
    CHECK(state.sentence == expected.sentence);
}

TEST_CASE("of several modules the one that is closest is spoken of") {
    auto f = facts_with(slot_state::ready, service_phase::no_common_ca_system);
    f.ecms = 1;
    f.modules.insert(f.modules.begin(), {slot_state::empty, "", std::nullopt, std::nullopt});
    CHECK(explain(f).word == "no_common_ca_system");
    auto better = f.modules[1];
    better.status->phase = service_phase::requested;
    f.modules.push_back(better);
    CHECK(explain(f).word == "scrambled");
}

TEST_CASE("CA systems are listed by number, with a name where there is one") {
    CHECK(list_ca_systems({}) == "none");
    const auto text = list_ca_systems({0x0500, 0xFFFF});
    CHECK(text.starts_with("0500 ("));
    CHECK(text.ends_with(", FFFF"));
}
