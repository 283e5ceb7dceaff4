// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/receiver/control_commands.hpp"

#include "receiver_bench.hpp"
#include "sim/lab/lab_protocol.h"
#include "support/catch.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <string>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

json::object ask(receiver_bench& at, const std::string& request) {
    return sim::obey(at.subject, json::parse(request).as_object(), at.now);
}

std::string error_of(receiver_bench& at, const std::string& request) {
    const auto answer = ask(at, request);
    const auto* error = answer.if_contains("error");
    return error == nullptr ? "accepted: " + json::serialize(answer)
                            : std::string(error->as_string().c_str());
}

} // namespace

TEST_CASE("status and services say what is on air") {
    receiver_bench at;
    const auto before = ask(at, R"({"command":"status"})").at("result").as_object();
    CHECK(before.at("locked") == false);
    CHECK(before.at("modules") == json::value({"absent", "absent"}));
    CHECK(before.at("services") == 3);

    at.subject.slots()[0].insert(at.now);
    CHECK(ask(at, R"({"command":"status"})").at("result").at("modules") ==
          json::value({"booting", "absent"}));
    at.subject.reception().tune(at.frequency_hz, at.now);
    at.play(2s);
    const auto after = ask(at, R"({"command":"status"})").at("result").as_object();
    CHECK(after.at("locked") == true);
    CHECK(after.at("modules") == json::value({"ready", "absent"}));
    CHECK(after.at("packets").to_number<std::uint64_t>() == at.subject.packets());

    const auto services = ask(at, R"({"command":"services"})").at("result").as_array();
    REQUIRE(services.size() == 3);
    CHECK(services[0].at("program_number") == 1);
    CHECK(services[0].at("scrambled") == true);
    CHECK(services[0].at("elementary_pids").as_array().size() == 3);
    CHECK(services[0].at("ecm_pid").is_number());
}

TEST_CASE("moving an ECM PID is done, and seen in the list of services") {
    receiver_bench at;
    at.play(1s);
    const auto pid = [&] { return at.subject.transmitter().services()[0].ecm_pid; };
    const auto old = pid();
    const auto said = ask(at, R"({"command":"move-ecm-pid","service":1})");
    CHECK(pid() != old);
    CHECK(said.at("result") ==
          json::value("ECMs of service 1 moved to PID " + std::to_string(pid()) + "."));
}

TEST_CASE("the head-end is told to move a PMT, and what to scramble") {
    receiver_bench at;
    at.play(1s);
    const auto pid = [&] { return at.subject.transmitter().services()[0].pmt_pid; };
    const auto old = pid();
    const auto said = ask(at, R"({"command":"move-pmt-pid","service":1})");
    CHECK(pid() != old);
    CHECK(said.at("result") ==
          json::value("The PMT of service 1 moved to PID " + std::to_string(pid()) + "."));
    CHECK(ask(at, R"({"command":"show-clear","service":1})").at("result") ==
          json::value("The programme of service 1 is in the clear."));
    CHECK(ask(at, R"({"command":"show-scrambled","service":1})").at("result") ==
          json::value("The programme of service 1 is scrambled."));
    CHECK(ask(at, R"({"command":"move-ecm-pid","service":1,"same_version":true})")
              .contains("result"));
}

TEST_CASE("ejecting, inserting and disturbing do what they say") {
    receiver_bench at;
    CHECK(ask(at, R"({"command":"insert"})").contains("result"));
    CHECK(at.subject.slots()[0].present());
    CHECK(error_of(at, R"({"command":"insert"})") == "There is a module in the slot already.");
    CHECK(error_of(at, R"({"command":"hang","seconds":1})") ==
          "There is no module in the slot that is ready.");
    at.now += 2s;
    CHECK(ask(at, R"({"command":"hang","seconds":1.5})").contains("result"));
    CHECK_FALSE(at.subject.slots()[0].free(at.now + 1499ms));
    CHECK(at.subject.slots()[0].free(at.now + 1500ms));
    CHECK(ask(at, R"({"command":"eject"})").contains("result"));
    CHECK_FALSE(at.subject.slots()[0].present());
    CHECK(error_of(at, R"({"command":"eject"})") == "There is no module in the slot.");

    at.subject.reception().tune(at.frequency_hz, at.now);
    at.now += 1s;
    CHECK(at.subject.reception().locked(at.now));
    CHECK(ask(at, R"({"command":"lock-loss","seconds":3})").contains("result"));
    CHECK_FALSE(at.subject.reception().locked(at.now + 3s));
    CHECK(at.subject.reception().locked(at.now + 4s));
}

TEST_CASE(
    "for a host that is too slow half of what is received is lost, and it is told each time") {
    using overflow = sim::tuner::overflow;
    receiver_bench at;
    auto& tuner = at.subject.reception();
    CHECK(tuner.overflows(at.now) == overflow::none);
    CHECK(ask(at, R"({"command":"slow-host","seconds":1})").contains("result"));
    unsigned lost = 0;
    unsigned told = 0;
    for (auto now = at.now; now < at.now + 3s; now += 10ms) {
        const auto what = tuner.overflows(now);
        lost += what != overflow::none;
        told += what == overflow::begins;
    }
    CHECK(lost == 50);
    CHECK(told == 2);
}

TEST_CASE("a slot command reaches the slot it names and no other") {
    receiver_bench at;
    auto& slots = at.subject.slots();
    CHECK(ask(at, R"({"command":"insert","slot":1})").contains("result"));
    CHECK_FALSE(slots[0].present());
    CHECK(slots[1].present());
    CHECK(error_of(at, R"({"command":"eject","slot":0})") == "There is no module in the slot.");
    at.now += 5s;
    CHECK(ask(at, R"({"command":"hang","slot":1,"seconds":1})").contains("result"));
    CHECK(slots[0].free(at.now));
    CHECK_FALSE(slots[1].free(at.now));
    CHECK(ask(at, R"({"command":"eject","slot":1})").contains("result"));
    CHECK_FALSE(slots[1].present());
    for (const std::string slot : {"2", "-1", "0.5", "1e300", "null", "\"1\"", "[]"})
        CHECK(error_of(at, R"({"command":"insert","slot":)" + slot + "}") ==
              "There is no such slot; the receiver has 2, counted from 0.");
}

TEST_CASE("faults of the connector are for the lab's slots, and reach them") {
    receiver_bench at;
    CHECK(error_of(at, R"({"command":"faults","faults":["cis"]})") ==
          "Such faults are made by the kernel lab's module: this receiver runs without --lab.");
    auto& slot = at.subject.slots()[1];
    slot.attach_to_lab();
    const auto set = [&](const std::string& faults) {
        return ask(at, R"({"command":"faults","slot":1,"faults":)" + faults + "}");
    };
    CHECK(set(R"(["cis","read-once","silent"])").contains("result"));
    CHECK(slot.take_new_faults() == (lab_fault_cis | lab_fault_read_once));
    CHECK_FALSE(slot.take_new_faults());
    CHECK(set(R"(["none"])").contains("result"));
    CHECK(slot.take_new_faults() == 0U);
    const std::string known =
        "There are: silent, slow, garbage, wrong-length, wrong-tcid, short-apdu, unready; with "
        "--lab also: cis, never-ready, never-free, link-size, read-once, write-once, none.";
    CHECK(set("[]").at("error") == json::value("Which faults? " + known));
    CHECK(set("7").at("error") == json::value("Which faults? " + known));
    for (const std::string odd : {"fire", "reboot", "removal"})
        CHECK(set(R"(["cis",")" + odd + R"("])").at("error") ==
              json::value("There is no fault '" + odd + "'. " + known));
    CHECK(set("[7]").at("error") == json::value("There is no fault '7'. " + known));
    CHECK_FALSE(slot.take_new_faults());
}

TEST_CASE("faults of the module reach it in any receiver, and go again") {
    receiver_bench at;
    auto& slot = at.subject.slots()[0];
    slot.insert(at.now);
    at.play(std::chrono::seconds{2});
    REQUIRE(slot.ready(at.now));
    const auto set = [&](const std::string& faults) {
        return ask(at, R"({"command":"faults","faults":[)" + faults + "]}").contains("result");
    };
    const bytes create{0x01, 0x82, 0x01, 0x01};
    CHECK(set(R"("unready")"));
    CHECK_FALSE(slot.ready(at.now));
    CHECK(set(R"("silent")"));
    CHECK(slot.ready(at.now));
    slot.host_wrote(create, at.now);
    CHECK_FALSE(slot.host_reads(at.now));
    CHECK(set(R"("none")"));
    slot.host_wrote(create, at.now);
    CHECK(slot.host_reads(at.now));
}

TEST_CASE("a request that makes no sense gets a sentence") {
    receiver_bench at;
    const std::string no_command = R"(A request is an object with a "command".)";
    const std::string no_seconds = "For how many seconds? Say a number above 0, a day at most.";
    const std::string which = "Which service? Say its program number; scrambled are: 1, 2, 3.";
    const std::string unknown = "There is no such service on air; scrambled are: 1, 2, 3.";
    CHECK(error_of(at, "{}") == no_command);
    CHECK(error_of(at, R"({"command":7})") == no_command);
    CHECK(error_of(at, R"({"command":"fly"})") ==
          "There is no command 'fly'; there are: services, status, move-ecm-pid, move-pmt-pid, "
          "show-clear, show-scrambled, withhold, restore, noise, slow-host, eject, insert, "
          "lock-loss, hang, faults, tune, replace, clear-replace, release, request-reset.");
    for (const std::string seconds : {"0", "-1", "1e300", "86401", "\"2\"", "null", "[]"})
        CHECK(error_of(at, R"({"command":"lock-loss","seconds":)" + seconds + "}") == no_seconds);
    CHECK(error_of(at, R"({"command":"lock-loss"})") == no_seconds);
    CHECK(error_of(at, R"({"command":"slow-host"})") == no_seconds);
    CHECK(error_of(at, R"({"command":"move-ecm-pid"})") == which);
    CHECK(error_of(at, R"({"command":"move-ecm-pid","service":"1"})") == which);
    for (const std::string number : {"0", "4", "-1", "65537", "1.5", "1e300"})
        CHECK(error_of(at, R"({"command":"move-ecm-pid","service":)" + number + "}") == unknown);
}
