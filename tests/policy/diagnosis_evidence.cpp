// SPDX-License-Identifier: LGPL-2.1-or-later
#include "diagnosis_facts.hpp"
#include "policy/ca_system_list.hpp"
#include "policy/diagnosis.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::policy;
using namespace cihost::test;
using namespace std::chrono_literals;

TEST_CASE("the evidence follows the way of the service") {
    auto f = asked();
    f.signal = "-48.0 dBm, C/N 27.5 dB";
    f.recent.continuity_errors = 2;
    f.modules[0].status->ca_pmts_sent = 2;
    f.modules[0].status->reply = reply_of(en50221::ca_enable::no_entitlement);
    f.modules[0].max_services = 1;
    f.modules[0].restarts = 1;
    const std::vector<diagnosis::evidence> expected{
        {"receiver", "roof"},
        {"tuned to", "474 MHz, DVB-T"},
        {"lock", "yes"},
        {"signal", "-48.0 dBm, C/N 27.5 dB"},
        {"received in the last 10 s", "50000 packets, 0 marked damaged, 2 gaps"},
        {"transport stream", "1 (PAT)"},
        {"in the PAT", "yes"},
        {"PMT", "has come"},
        {"CA systems of the service", list_ca_systems({0x0500, 0x4AFE})},
        {"asked for", "yes"},
        {"packets", "scrambled"},
        {"ECMs", "9 on PID 300"},
        {"CAM slot 0", "ready, \"Sim\", CA systems 4AFE, at most 1 service, 1 conversation broke "
                       "off"},
        {"CAM slot 0, CA_PMT", "sent 2 times, the latest 4.5 s ago"},
        {"CAM slot 0, CA_PMT_REPLY", "no entitlement"},
    };
    CHECK(evidence_of(f) == expected);
}

TEST_CASE("the evidence counts as people do, and has no words for machines") {
    auto f = asked();
    f.recent = {.packets = 1,
                .continuity_errors = 1,
                .overflows = 1,
                .service_errors = 1,
                .service_scrambled = 3,
                .service_unattended = 2,
                .absence = module_absence::out};
    f.modules[0].state = slot_state::no_ca_support;
    f.modules[0].max_streams = 1;
    const auto all = evidence_of(f);
    const auto has = [&](const diagnosis::evidence& e) {
        return std::ranges::find(all, e) != all.end();
    };
    CHECK(has({"received in the last 10 s",
               "1 packet, 0 marked damaged, 1 gap, 1 time too slow to fetch them"}));
    CHECK(has({"of its packets lately", "1 gap, 3 scrambled in a clear stream, 2 of them while no "
                                        "CAM was at work for it"}));
    CHECK(has({"CAM slot 0", "no CA support, \"Sim\", CA systems 4AFE, at most 1 stream"}));
}

TEST_CASE("the evidence ends where nothing more is known") {
    const auto last_of = [](const service_facts& f) { return evidence_of(f).back(); };
    auto f = asked();
    f.device_problem = "The tuner is away.";
    CHECK(last_of(f) == diagnosis::evidence{"device", "The tuner is away."});
    f = asked();
    f.idle = true;
    CHECK(last_of(f) == diagnosis::evidence{"tuned to", "nothing"});
    f = asked();
    f.transport_stream_id.reset();
    f.pmt_known = false;
    f.expected_transport_stream_id = 7;
    CHECK(last_of(f) == diagnosis::evidence{"transport stream", "no PAT, expected 7"});
    f = asked();
    f.ca_system_ids.clear();
    f.scrambled_now = f.wanted = false;
    CHECK(last_of(f) == diagnosis::evidence{"packets", "clear"});
}

TEST_CASE("the evidence tells what was tried, and what the module shows") {
    auto f = asked();
    f.locked = false;
    f.unlocked_for = 2300ms;
    f.recent.overflows = 2;
    f.recent.service_scrambled = 3;
    f.ecm_silence = 6s;
    f.assignment = "Slot 0 of roof (Sim) knows it.";
    auto& m = f.modules[0];
    m.menu = "Enter your PIN";
    m.takes_all = true;
    m.status->unfiltered = true;
    m.status->ca_pmts_sent = 1;
    m.recovery.emplace().steps[index(recovery_step::resend)].times = 2;
    const auto all = evidence_of(f);
    const auto value = [&](const std::string& what) {
        const auto found = std::ranges::find(all, what, &diagnosis::evidence::what);
        return found == all.end() ? std::string{"missing"} : found->value;
    };
    CHECK(value("lock") == "no, for 2.3 s");
    CHECK(value("received in the last 10 s") ==
          "50000 packets, 0 marked damaged, 0 gaps, 2 times too slow to fetch them");
    CHECK(value("of its packets lately") == "0 gaps, 3 scrambled in a clear stream");
    CHECK(value("ECMs") == "9 on PID 300, none for 6.0 s");
    CHECK(value("assignment") == "Slot 0 of roof (Sim) knows it.");
    CHECK(value("CAM slot 0") == "ready, \"Sim\", CA systems not told");
    CHECK(value("CAM slot 0 shows") == "\"Enter your PIN\"");
    CHECK(value("CAM slot 0, CA_PMT") == "sent 1 time, the latest 4.5 s ago, with all CA systems");
    CHECK(value("CAM slot 0, tried") == "asking the module once more (2 times)");
    CHECK(value("CAM slot 0, what helped") == "missing");
    m.recovery->helped = recovery_step::resend;
    const auto by_step = evidence_of(f);
    CHECK(std::ranges::find(by_step, diagnosis::evidence{"CAM slot 0, what helped",
                                                         "asking the module once more"}) !=
          by_step.end());
    m.recovery->menu_helped = true;
    const auto by_menu = evidence_of(f);
    CHECK(std::ranges::find(by_menu, diagnosis::evidence{"CAM slot 0, what helped",
                                                         "its menu was answered, or closed"}) !=
          by_menu.end());
    m.too_large = true;
    m.problem = "It is stuck.";
    m.state = slot_state::present;
    const auto broken = evidence_of(f);
    CHECK(std::ranges::find(broken, diagnosis::evidence{"CAM slot 0", "It is stuck."}) !=
          broken.end());
    CHECK(std::ranges::find(broken, diagnosis::evidence{"CAM slot 0, CA_PMT",
                                                        "does not fit through the device"}) !=
          broken.end());
}
