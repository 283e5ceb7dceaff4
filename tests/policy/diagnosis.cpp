// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/diagnosis.hpp"

#include "diagnosis_facts.hpp"
#include "policy/ca_system_list.hpp"
#include "support/catch.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::policy;
using namespace cihost::test;
using namespace std::chrono_literals;
using cause = service_cause;

namespace {

/// One thing that is wrong.
struct fault {
    cause expected;
    std::string sentence;
    std::function<void(service_facts&)> happens;
};

/// In the order of the way from the antenna to the screen.
const std::vector<fault>& faults() {
    using F = service_facts;
    static const std::vector<fault> all{
        {cause::no_device, "The tuner is away.",
         [](F& f) { f.device_problem = "The tuner is away."; }},
        {cause::idle, "The receiver is not tuned to the service's multiplex, nor to any other.",
         [](F& f) { f.idle = true; }},
        {cause::no_lock,
         "The tuner has no lock on the multiplex at 474 MHz, DVB-T, for 8 s by now.",
         [](F& f) {
             f.locked = false;
             f.unlocked_for = 8s;
         }},
        {cause::bad_reception,
         "The signal is too bad: 600 packets of 50000 in the last 10 s were damaged or lost on "
         "the way to the tuner.",
         [](F& f) {
             f.recent.transport_errors = 600;
             f.recent.continuity_errors = 200;
         }},
        {cause::overload,
         "This machine did not read in time what the tuner received: packets were lost 3 times in "
         "the last 10 s.",
         [](F& f) {
             f.recent.overflows = 3;
             f.recent.continuity_errors = 400;
         }},
        {cause::no_pat, "The multiplex has not told yet which services it holds (PAT).",
         [](F& f) { f.transport_stream_id.reset(); }},
        {cause::wrong_multiplex,
         "This is another multiplex than it should be: its transport stream id is 1, not 1100, "
         "and Cinema (101) is not in it.",
         [](F& f) {
             f.in_multiplex = false;
             f.expected_transport_stream_id = 1100;
         }},
        {cause::not_in_multiplex, "Cinema (101) is not in this multiplex. It holds: One (1), 2.",
         [](F& f) {
             f.in_multiplex = false;
             f.others = {"One (1)", "2"};
         }},
        {cause::no_pmt, "The description of the service (PMT) has not come yet.",
         [](F& f) { f.pmt_known = false; }},
        {cause::no_packets, "The service is announced, but no packets of it have come yet.",
         [](F& f) { f.packets_seen = false; }},
        {cause::scrambled_without_ca,
         "The service is scrambled, but its PMT names no CA system that could open it.",
         [](F& f) { f.ca_system_ids.clear(); }},
        {cause::not_wanted, "The service is scrambled and nothing asks for it.",
         [](F& f) { f.wanted = false; }},
        {cause::excluded, "A rule leaves it scrambled.",
         [](F& f) {
             f.shortage = assignment_shortage::rule;
             f.assignment = "A rule leaves it scrambled.";
         }},
        {cause::no_ecm,
         "No ECM of the service has come for 4 s: without them no module can descramble it.",
         [](F& f) {
             f.ecms = 0;
             f.ecm_silence = 4200ms;
         }},
        {cause::no_ca_device,
         "The service is scrambled and the CI slot cannot be used: Device or resource busy.",
         [](F& f) {
             f.modules.clear();
             f.ca_device_problem = "Device or resource busy.";
         }},
        {cause::no_module, "The service is scrambled and there is no module in the CI slot.",
         [](F& f) { f.modules[0].state = slot_state::empty; }},
        {cause::starting, "The module in the CI slot is starting; it is not ready yet.",
         [](F& f) { f.modules[0].state = slot_state::present; }},
        {cause::restarting, "The conversation with the module broke off; it is being restarted.",
         [](F& f) { f.modules[0].state = slot_state::restarting; }},
        {cause::silent, "The module \"Sim\" does not answer at the moment.",
         [](F& f) { f.modules[0].state = slot_state::silent; }},
        {cause::no_ca_support,
         "The module \"Sim\" answers, but does not offer CA Support: it cannot be asked to "
         "descramble anything.",
         [](F& f) {
             f.modules[0].state = slot_state::no_ca_support;
             f.modules[0].status->phase = service_phase::no_module;
         }},
        {cause::module_failed,
         "The module in the CI slot does not come to a conversation, neither by fresh connections "
         "nor by resets. It is left alone until it is taken out, or somebody asks for a service "
         "again.",
         [](F& f) { f.modules[0].state = slot_state::failed; }},
        {cause::no_common_ca_system,
         "The service uses the CA systems " + list_ca_systems({0x0500, 0x4AFE}) +
             "; the module knows " + list_ca_systems({0x1843}) + ".",
         [](F& f) {
             f.modules[0].status->phase = service_phase::no_common_ca_system;
             f.modules[0].ca_system_ids = {0x1843};
             f.ecm_pids.clear(); // nobody has use for them
         }},
        {cause::over_capacity,
         "The module \"Sim\" is asked for as much as it can descramble at a time, by its profile; "
         "the service waits until another one ends.",
         [](F& f) { f.modules[0].status->phase = service_phase::over_capacity; }},
        {cause::queued, "The module will be asked for the service in a moment.",
         [](F& f) { f.modules[0].status->phase = service_phase::queued; }},
        {cause::too_large,
         "The programme is too large for this interface: the driver of the CI slot takes 256 "
         "bytes for a CA_PMT.",
         [](F& f) { f.modules[0].too_large = true; }},
        {cause::not_entitled, "The module \"Sim\" answers for this service: no entitlement.",
         [](F& f) { f.modules[0].status->reply = reply_of(en50221::ca_enable::no_entitlement); }},
        {cause::refused,
         "The module \"Sim\" answers for this service: not possible for technical "
         "reasons.",
         [](F& f) {
             f.modules[0].status->reply = reply_of(en50221::ca_enable::technical_reasons);
         }},
        {cause::requested, "The module was asked to descramble the service a moment ago.",
         [](F& f) { f.modules[0].status->requested_at = f.now - 2900ms; }},
        {cause::menu_waiting,
         "The module \"Sim\" shows \"Please enter your PIN\" and may wait for an answer before it "
         "descrambles.",
         [](F& f) { f.modules[0].menu = "Please enter your PIN"; }},
    };
    return all;
}

} // namespace

TEST_CASE("each single fault has its cause and its sentence") {
    std::set<cause> seen;
    for (const auto& f : faults()) {
        CAPTURE(name(f.expected));
        auto facts = asked();
        f.happens(facts);
        const auto found = diagnose(facts);
        CHECK(std::string{name(found.cause)} == name(f.expected));
        CHECK(found.sentence == f.sentence);
        CHECK_FALSE(remedy_for(found.cause, facts).empty());
        CHECK_FALSE(evidence_of(facts).empty());
        seen.insert(found.cause);
    }
    CHECK(seen.size() == faults().size());
}

TEST_CASE("of two faults the one nearer to the antenna is told") {
    // these change the same module in ways that exclude each other
    const std::set<cause> of_module{cause::no_ca_device,  cause::no_module,
                                    cause::starting,      cause::restarting,
                                    cause::silent,        cause::no_ca_support,
                                    cause::module_failed, cause::no_common_ca_system,
                                    cause::over_capacity, cause::queued,
                                    cause::too_large,     cause::not_entitled,
                                    cause::refused,       cause::requested,
                                    cause::menu_waiting};
    std::size_t tried = 0;
    for (const auto& near : faults())
        for (const auto& far : faults()) {
            if (near.expected >= far.expected ||
                (of_module.contains(near.expected) && of_module.contains(far.expected)))
                continue;
            // ECMs of systems that no module knows are not looked for
            if (near.expected == cause::no_ecm && far.expected == cause::no_common_ca_system)
                continue;
            auto facts = asked();
            far.happens(facts);
            near.happens(facts);
            CAPTURE(name(near.expected), name(far.expected));
            CHECK(std::string{name(diagnose(facts).cause)} == name(near.expected));
            ++tried;
        }
    CHECK(tried > 200);
}

TEST_CASE("a module that answers for the service is believed before its menu") {
    auto f = asked();
    f.modules[0].menu = "Notice";
    f.modules[0].status->reply = reply_of(en50221::ca_enable::no_entitlement);
    CHECK(diagnose(f).cause == cause::not_entitled);
}

TEST_CASE("a reply that permits is no refusal") {
    auto f = asked();
    f.modules[0].status->reply = reply_of(en50221::ca_enable::possible);
    const auto found = diagnose(f);
    CHECK(found.cause == cause::scrambled);
    CHECK(found.sentence == "The service is still scrambled although the module was asked 4 s ago "
                            "and 9 ECMs have come; the smart card may not be entitled to it.");
}

TEST_CASE("a service that was clear until now is not said to lack its entitlement") {
    auto f = asked();
    f.scrambled_again_for = 400ms;
    CHECK(diagnose(f).cause == cause::scrambled_again);
    // a script that asks now is not to take it for clear
    CHECK_FALSE(is_clear(cause::scrambled_again));
    CHECK(remedy_for(cause::scrambled_again, f).starts_with("Ask again"));
    CHECK(diagnose(f).sentence ==
          "The service was clear until a moment ago and is scrambled again: the module is late "
          "with its keys, or does not work at the moment.");
    SECTION("a module that is out is") {
        f.modules[0].state = slot_state::empty;
        CHECK(diagnose(f).cause == cause::no_module);
    }
    SECTION("one that stays scrambled is") {
        f.scrambled_again_for = 500ms;
        CHECK(diagnose(f).cause == cause::scrambled);
    }
}

TEST_CASE("asked at no time known is a moment ago") {
    auto f = asked();
    f.modules[0].status->requested_at = never;
    CHECK(diagnose(f).cause == cause::requested);
}

TEST_CASE("who is to answer a menu is told where") {
    auto f = asked();
    CHECK(remedy_for(cause::menu_waiting, f) == "Answer it by \"cihost menu\".");
    f.modules[0].menu = "PIN";
    f.modules[0].slot = 2;
    CHECK(remedy_for(cause::menu_waiting, f) == "Answer it by \"cihost menu roof:2\".");
    f.receiver = "the roof";
    CHECK(remedy_for(cause::menu_waiting, f) == "Answer it by 'cihost menu \"the roof:2\"'.");
}

TEST_CASE("another multiplex than expected is remarked on, once both ids are known") {
    CHECK(remark_on_multiplex(1, 77) ==
          "The transport stream id of this multiplex is 1, not 77 as expected: it is another one "
          "than is meant, or the configuration or the channel list is wrong.");
    CHECK(remark_on_multiplex(77, 77).empty());
    CHECK(remark_on_multiplex({}, 77).empty());
    CHECK(remark_on_multiplex(1, {}).empty());
}

TEST_CASE("a menu without a title") {
    auto f = asked();
    f.modules[0].menu = "";
    CHECK(diagnose(f).sentence == "The module \"Sim\" shows a menu and may wait for an answer "
                                  "before it descrambles.");
}

TEST_CASE("what was tried is told") {
    auto f = asked();
    auto& done = f.modules[0].recovery.emplace();
    SECTION("what is left waits") {
        done.state = recovery_state::held;
        done.hold = recovery_hold::running_services;
        done.steps[index(recovery_step::resend)].times = 2;
        done.steps[index(recovery_step::add_again)].times = 1;
        CHECK(diagnose(f).sentence ==
              "The service is still scrambled although the module was asked 4 s ago and 9 ECMs "
              "have come; the smart card may not be entitled to it. Tried so far: asking the "
              "module once more (2 times), taking it off the module's list and adding it again. "
              "What is left might disturb services that are clear, and waits for their end.");
    }
    SECTION("everything, but for a reset") {
        done.state = recovery_state::given_up;
        done.reset_refused = true;
        done.steps[index(recovery_step::reset)].times = 1;
        CHECK(diagnose(f).sentence ==
              "The service is still scrambled although the module was asked 4 s ago and 9 ECMs "
              "have come; the smart card may not be entitled to it. Tried so far: a reset of the "
              "module. The module is not reset, because another slot of the device works. That "
              "was all that a host can do.");
    }
    SECTION("a conversation that was ended for it") {
        f.modules[0].state = slot_state::starting;
        f.modules[0].recovering = true;
        CHECK(diagnose(f).cause == cause::restarting);
        CHECK(diagnose(f).sentence ==
              "The module \"Sim\" is started anew, because a service stayed scrambled.");
    }
}

TEST_CASE("a slot that cannot be asked") {
    auto f = asked();
    f.modules[0].state = slot_state::empty;
    f.modules[0].problem = "ca0: the device does not answer its driver.";
    CHECK(diagnose(f).cause == cause::no_ca_device);
    CHECK(diagnose(f).sentence == "The service is scrambled and the CI slot cannot be used: ca0: "
                                  "the device does not answer its driver.");
}

TEST_CASE("a module that has not told its CA systems yet is starting") {
    auto f = facts_with(slot_state::ready, service_phase::module_starting);
    f.modules[0].name.clear();
    CHECK(diagnose(f).cause == cause::starting);
    CHECK(diagnose(f).sentence == "The module is starting; it has not told its CA systems yet.");
}

TEST_CASE("clear, and nothing is wrong") {
    auto f = clear_facts();
    CHECK(diagnose(f).cause == cause::clear);
    CHECK(diagnose(f).sentence == "The service is clear.");
    f.clear_for = 900ms;
    CHECK(diagnose(f).sentence == "The service is clear.");
    f.clear_for = 12900ms;
    CHECK(diagnose(f).sentence == "The service has been clear for 12 s; nothing is wrong.");
    f.ca_system_ids.clear();
    CHECK(diagnose(f).sentence == "The service is broadcast in clear.");
    CHECK(remedy_for(cause::clear, f).empty());
}

TEST_CASE("clear, but not as it should be") {
    auto f = clear_facts();
    f.clear_for = 60s;
    SECTION("damaged by reception") {
        f.recent.service_errors = 3;
        CHECK(diagnose(f).cause == cause::clear_damaged);
        CHECK(diagnose(f).sentence == "The service is clear, but its reception is damaged: 3 gaps "
                                      "in its packets in the last 10 s.");
        f.recent.transport_errors = 40'000; // a viewer sees something, whatever that is
        CHECK(diagnose(f).cause == cause::clear_damaged);
    }
    SECTION("lost because the machine is too busy") {
        f.recent.service_errors = 3;
        f.recent.overflows = 1;
        CHECK(diagnose(f).cause == cause::clear_damaged);
        CHECK(diagnose(f).sentence == "The service is clear, but packets of the last 10 s were "
                                      "lost because this machine did not read them in time.");
        CHECK(remedy_for(cause::clear_damaged, f) == remedy_for(cause::overload, f));
    }
    SECTION("others are damaged, this one is not") {
        f.recent.transport_errors = 2;
        CHECK(diagnose(f).cause == cause::clear);
    }
    SECTION("nobody counts what nobody wants") {
        f.wanted = false;
        f.recent.transport_errors = 1;
        CHECK(diagnose(f).cause == cause::clear_damaged);
    }
    SECTION("old keys") {
        f.ecm_silence = 6s;
        CHECK(diagnose(f).cause == cause::clear_interrupted);
        CHECK(diagnose(f).sentence ==
              "The service is marked clear, but no ECM has come for 6 s: unless it is broadcast in "
              "clear for now, the module opens it by old keys, and there is no picture.");
        CHECK(remedy_for(cause::clear_interrupted, f) == remedy_for(cause::no_ecm));
    }
    SECTION("late keys") {
        f.recent.service_scrambled = 1;
        CHECK(diagnose(f).cause == cause::clear_interrupted);
        CHECK(diagnose(f).sentence == "The service is clear, but the module was late with 1 packet "
                                      "of the last 10 s, which stayed scrambled.");
    }
    SECTION("the CAM was away") {
        f.recent.service_scrambled = 900;
        f.recent.service_unattended = 890;
        f.recent.absence = module_absence::out;
        CHECK(diagnose(f).cause == cause::clear_interrupted);
        CHECK(diagnose(f).sentence ==
              "The service is clear, but 890 packets of the last 10 s stayed scrambled while the "
              "CAM was out of its slot, or came back.");
        const auto remedy = remedy_for(cause::clear_interrupted, f);
        CHECK(remedy.find("It is over") != std::string::npos);
        CHECK(remedy.find("fewer services") == std::string::npos);
        f.recent.absence = module_absence::restarting;
        CHECK(diagnose(f).sentence.ends_with("while the CAM did not answer, or was started anew."));
        f.recent.absence = module_absence::not_asked;
        CHECK(diagnose(f).sentence.ends_with("while no CAM was asked for it."));
        CHECK(remedy_for(cause::clear_interrupted, f).find("cihost plan") != std::string::npos);
        // a moment's absence does not excuse what came before and after
        f.recent.service_unattended = 10;
        CHECK(diagnose(f).sentence == "The service is clear, but the module was late with 890 "
                                      "packets of the last 10 s, which stayed scrambled.");
    }
    CHECK(is_clear(diagnose(f).cause));
}

TEST_CASE("clear, and yet something is to be said of the module") {
    auto f = clear_facts();
    f.clear_for = 12s;
    f.modules[0].state = slot_state::silent;
    CHECK(diagnose(f).cause == cause::clear);
    CHECK(diagnose(f).sentence ==
          "The service has been clear for 12 s. But the module \"Sim\" does not answer at the "
          "moment: if that lasts, it is started anew, and the service may be scrambled meanwhile.");
    CHECK(evidence_of(f).size() > 3);
    f.modules[0].state = slot_state::restarting;
    CHECK(diagnose(f).sentence ==
          "The service has been clear for 12 s. But the module \"Sim\" is being started: until it "
          "is ready, the service may be scrambled again.");
    f.modules[0].state = slot_state::no_ca_support;
    CHECK(diagnose(f).sentence ==
          "The service has been clear for 12 s. But it is so without the module \"Sim\", which "
          "cannot be asked to descramble anything: it may be scrambled again at any time.");
    for (const auto state : {slot_state::empty, slot_state::ready}) {
        f.modules[0].state = state;
        CHECK(diagnose(f).sentence == "The service has been clear for 12 s; nothing is wrong.");
    }
    f.modules[0].state = slot_state::silent;
    f.ca_system_ids.clear(); // it needs none
    CHECK(diagnose(f).sentence == "The service is broadcast in clear.");
}

TEST_CASE("what this machine loses is no bad reception") {
    auto f = asked();
    f.recent.continuity_errors = 600;
    CHECK(diagnose(f).cause == cause::bad_reception);
    f.recent.overflows = 1;
    CHECK(diagnose(f).cause == cause::overload);
    CHECK(remedy_for(cause::overload, f).find("Give this machine less to do") == 0);
    f.recent.transport_errors = 600; // the signal is bad as well
    CHECK(diagnose(f).cause == cause::bad_reception);
    f.recent.transport_errors = 0;
    f.recent.continuity_errors = 20; // once is an accident
    CHECK(diagnose(f).cause == cause::scrambled);
    f.recent.overflows = 2;
    CHECK(diagnose(f).cause == cause::overload);
    f.transport_stream_id.reset();
    CHECK(diagnose(f).cause == cause::overload);
}

TEST_CASE("a little damage is not what keeps a service scrambled") {
    auto f = asked();
    f.recent.transport_errors = 499;
    CHECK(diagnose(f).cause == cause::scrambled);
    f.recent.transport_errors = 500;
    CHECK(diagnose(f).cause == cause::bad_reception);
}

TEST_CASE("another transport stream id is no fault while the service is there") {
    auto f = asked();
    f.expected_transport_stream_id = 7; // an old list
    CHECK(diagnose(f).cause == cause::scrambled);
    const auto evidence = evidence_of(f);
    CHECK(std::ranges::find(evidence,
                            diagnosis::evidence{"transport stream", "1 (PAT), expected 7"}) !=
          evidence.end());
}

TEST_CASE("ECMs that never came, and those that stopped") {
    auto f = asked();
    f.ecm_silence = 4s;
    CHECK(diagnose(f).cause == cause::scrambled);
    f.ecm_silence = 5s;
    CHECK(diagnose(f).cause == cause::no_ecm);
    f.ecms = 0;
    f.ecm_silence = 2s;
    CHECK(diagnose(f).cause == cause::scrambled);
}

TEST_CASE("a service of which packets are not looked at") {
    auto f = asked();
    f.watched = f.wanted = false;
    CHECK(diagnose(f).cause == cause::not_wanted);
    CHECK(diagnose(f).sentence ==
          "Nothing asks for the service, so its packets are not looked at.");
}

TEST_CASE("of several modules the one that is closest is spoken of") {
    auto f = facts_with(slot_state::ready, service_phase::no_common_ca_system);
    f.modules.insert(f.modules.begin(), {slot_state::empty, "", std::nullopt, std::nullopt});
    CHECK(diagnose(f).cause == cause::no_common_ca_system);
    auto better = f.modules[1];
    better.status->phase = service_phase::requested;
    f.modules.push_back(better);
    CHECK(diagnose(f).cause == cause::scrambled);
}

TEST_CASE("a service that is left to no module says why") {
    auto f = facts_with(slot_state::ready, service_phase::no_module);
    f.assignment = "No CAM that could descramble it is free: both are full.";
    f.shortage = assignment_shortage::capacity;
    CHECK(diagnose(f).cause == cause::over_capacity);
    CHECK(diagnose(f).sentence == "The module \"Sim\" is asked for as much as it can descramble at "
                                  "a time, by its profile; the service waits until another one "
                                  "ends.");
    f.modules.push_back(f.modules[0]);
    CHECK(diagnose(f).sentence == f.assignment);
    f.shortage = assignment_shortage::module;
    CHECK(diagnose(f).cause == cause::no_common_ca_system);
    CHECK(diagnose(f).sentence == f.assignment);
}

TEST_CASE("names of causes are for scripts") {
    CHECK(name(cause::unknown_service) == std::string{"unknown_service"});
    CHECK(name(cause::not_wanted) == std::string{"not_wanted"});
    CHECK(name(cause::no_ecm) == std::string{"no_ecm"});
    CHECK(name(cause::clear) == std::string{"clear"});
    std::set<std::string> all;
    for (int i = 0; i <= static_cast<int>(cause::clear); ++i)
        all.insert(name(static_cast<cause>(i)));
    CHECK(all.size() == static_cast<std::size_t>(cause::clear) + 1);
}
