// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/service_inquiry.hpp"

#include "daemon/fake_receiver.hpp"
#include "daemon/rpc_dispatcher.hpp"
#include "daemon/why_methods.hpp"
#include "support/catch.hpp"
#include "support/tuning.hpp"

#include <boost/json/parse.hpp>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
using namespace std::chrono_literals;
using policy::service_cause;
namespace json = boost::json;

namespace {

struct inquiry_bench {
    receiver_set set;
    service_finder finder;
    service_inquiry subject{set, finder};

    explicit inquiry_bench(std::vector<device::channel> channels = {{"ZDF", 7, at(474)},
                                                                    {"arte", 8, at(474)},
                                                                    {"ARD", 7, at(490)}})
        : finder{set, std::move(channels), 10s} {}

    fake_receiver* add(const std::string& name, std::optional<device::tuning> where = {}) {
        auto receiver = std::make_unique<fake_receiver>();
        auto* raw = receiver.get();
        raw->now.state = where ? "locked" : "idle";
        raw->now.reason = "As it is.";
        raw->now.tuning = where;
        set.add(name, std::move(receiver), false);
        return raw;
    }
    service_inquiry::answer why(const char* name, std::optional<std::string> receiver = {}) {
        return subject.ask(service_ref{std::string(name)}, receiver);
    }
    service_inquiry::answer why(std::uint16_t number, std::optional<std::string> receiver = {}) {
        return subject.ask(service_ref{number}, receiver);
    }
};

runtime::service_verdict verdict(service_cause cause, std::string sentence) {
    return {.found = {cause, std::move(sentence)}};
}

/// A receiver with a CAM that could descramble its service, which nobody wants.
fake_receiver* add_unwanted(inquiry_bench& bench) {
    auto* roof = bench.add("roof", at(474));
    roof->add_service(7, "ZDF");
    roof->now.services[0].pmt_complete_at = 1;
    roof->now.services[0].ca_system_ids = {0x4AFE};
    roof->now.cams = {{.slot = 0, .state = "ready", .ca_system_ids = {0x4AFE}}};
    roof->verdicts[7] = verdict(service_cause::not_wanted, "Nothing asks for it.");
    return roof;
}

} // namespace

TEST_CASE("the receiver that has the service tells") {
    inquiry_bench bench;
    bench.add("idle");
    auto* roof = bench.add("roof", at(474));
    roof->add_service(7, "ZDF");
    roof->verdicts[7] = {.found = {service_cause::no_module, "No CAM."},
                         .remedy = "Put it in.",
                         .evidence = {{"lock", "yes"}}};
    const auto found = bench.why("zdf");
    CHECK(found.program_number == 7);
    CHECK(found.name == "ZDF");
    CHECK(found.receiver == "roof");
    CHECK(found.verdict.found.sentence == "No CAM.");
    CHECK(bench.why(7).receiver == "roof");
}

TEST_CASE("of two receivers the one where it is wanted tells") {
    inquiry_bench bench;
    for (const auto* name : {"a", "b"}) {
        auto* r = bench.add(name, at(474));
        r->add_service(7, "ZDF");
        r->now.services[0].wanted = name[0] == 'b';
    }
    CHECK(bench.why("ZDF").receiver == "b");
    CHECK(bench.why("ZDF", "a").receiver == "a");
    CHECK_THROWS_WITH(bench.why("ZDF", "attic"), "There is no receiver 'attic'. Receivers: a, b");
}

TEST_CASE("two services of one number on different multiplexes are to be told apart") {
    inquiry_bench bench;
    bench.add("a", at(474))->add_service(7, "ZDF");
    bench.add("b", at(490))->add_service(7, "ARD");
    CHECK_THROWS_WITH(bench.why(7),
                      "The service 7 is there more than once: on a and on b. Say which with "
                      "--receiver, or with 'receiver' in a request.");
    CHECK(bench.why(7, "b").name == "ARD");
    CHECK(bench.why("ZDF").receiver == "a");
}

TEST_CASE("of a service that nobody asks for it is told what would become of it") {
    inquiry_bench bench;
    auto* roof = add_unwanted(bench);
    // a receiver that has just come to know it, and nobody has looked yet
    const auto found = bench.why("ZDF");
    CHECK(found.verdict.found.cause == service_cause::not_wanted);
    CHECK(found.verdict.found.sentence ==
          "Nothing asks for it. If it were asked for: Slot 0 of roof knows its CA system 4AFE; "
          "roof receives its multiplex already.");
    REQUIRE_FALSE(found.verdict.evidence.empty());
    CHECK(found.verdict.evidence.back().what == "if it were asked for");
    CHECK(found.verdict.remedy.find("cihost record") != std::string::npos);

    roof->now.cams[0].ca_system_ids = {0x0500};
    CHECK(bench.why("ZDF").verdict.found.sentence.starts_with(
        "Nothing asks for it. If it were asked for: No CAM descrambles its CA systems 4AFE"));
    CHECK(bench.why("ZDF").verdict.remedy ==
          policy::remedy_for(service_cause::no_common_ca_system));
    // it is elsewhere now, and what was known of it is remembered
    roof->now.cams[0].ca_system_ids = {0x4AFE};
    bench.finder.release(time_point{} + 1s);
    roof->now.services.clear();
    roof->now.tuning = at(490);
    CHECK(bench.why("ZDF").verdict.found.sentence.ends_with(
        "If it were asked for: Slot 0 of roof knows its CA system 4AFE; roof is tuned for it."));
}

TEST_CASE("what a rule leaves scrambled is helped by no wish") {
    inquiry_bench bench;
    policy::assignment_rule rule;
    rule.service_name = "ZDF";
    rule.line = 12;
    auto* roof = add_unwanted(bench);
    const auto use = [&] {
        bench.finder.use(bench.finder.channels(), 10s, {.rules = {rule}});
        bench.finder.release(time_point{} + 1s);
    };
    SECTION("for ever") {
        rule.never_descramble = true;
        use();
        const auto found = bench.why("ZDF");
        CHECK(found.verdict.found.sentence ==
              "Nothing asks for it. If it were asked for: The rule in line 12 of the configuration "
              "(descramble = false) leaves it scrambled; roof receives its multiplex already.");
        CHECK(
            found.verdict.remedy ==
            "Change the rule in line 12 of the configuration (descramble = false), if it shall be "
            "descrambled; \"cihost reload\" takes it over.");
        // from the channel list alone
        roof->now.services.clear();
        roof->now.tuning = at(490);
        CHECK(bench.why("ZDF").verdict.found.cause == service_cause::not_received);
        CHECK(bench.why("ZDF").verdict.remedy == found.verdict.remedy);
    }
    SECTION("because the CAM is out of bounds for it") {
        rule.avoid = {{"roof", 0}};
        use();
        const auto found = bench.why("ZDF");
        CHECK(found.verdict.found.sentence ==
              "Nothing asks for it. If it were asked for: The rules of the configuration leave no "
              "place for it: slot 0 of roof is ruled out by the rule in line 12 of the "
              "configuration (avoid).");
        CHECK(found.verdict.remedy == policy::remedy_for(service_cause::excluded));
    }
    SECTION("and no receiver may take it") {
        rule.only = {{"attic", {}}};
        use();
        roof->now.services.clear();
        roof->now.tuning = at(490);
        const auto found = bench.why("ZDF");
        CHECK(found.verdict.found.cause == service_cause::no_receiver);
        CHECK(found.verdict.found.sentence ==
              "ZDF is at 474 MHz, DVB-T, and no receiver can be there: roof is ruled out by the "
              "rule in line 12 of the configuration (only).");
        CHECK(found.verdict.remedy == policy::remedy_for(service_cause::excluded));
    }
}

TEST_CASE("a receiver that should be on the service's multiplex tells what is in the way") {
    inquiry_bench bench;
    auto* roof = bench.add("roof", at(474));
    roof->verdicts[8] = verdict(service_cause::no_lock, "No lock.");
    const auto found = bench.why("arte");
    CHECK(found.program_number == 8);
    CHECK(found.receiver == "roof");
    CHECK(found.verdict.found.cause == service_cause::no_lock);
}

TEST_CASE("a service that is only in the channel list") {
    inquiry_bench bench;
    SECTION("would be received") {
        bench.add("roof");
        const auto found = bench.why("arte");
        CHECK(found.verdict.found.cause == service_cause::not_received);
        CHECK_FALSE(found.receiver);
        CHECK(found.verdict.found.sentence ==
              "arte is at 474 MHz, DVB-T, where no receiver is, because nothing asks for it. If it "
              "were asked for: Its PMT is not known yet, which tells whether it needs a CAM; roof "
              "is tuned for it.");
        CHECK_FALSE(found.verdict.remedy.empty());
    }
    SECTION("has no receiver free") {
        bench.add("roof", at(490))->add_service(7, "ARD");
        bench.set.start_recording(bench.finder.find(service_ref{std::string{"ARD"}}, {}),
                                  "/no/such/folder/x");
        const auto found = bench.why("arte");
        CHECK(found.verdict.found.cause == service_cause::no_receiver);
        CHECK(found.verdict.found.sentence ==
              "arte is at 474 MHz, DVB-T, and no receiver can be there: roof is held by recording "
              "1 of ARD.");
    }
    SECTION("has receivers that are absent") {
        bench.add("roof")->now.state = "absent";
        const auto found = bench.why("arte");
        CHECK(found.verdict.found.cause == service_cause::no_device);
        CHECK(found.verdict.found.sentence ==
              "arte is at 474 MHz, DVB-T, and no receiver can be there: roof is absent.");
    }
    SECTION("is there twice by its number") {
        bench.add("roof");
        CHECK_THROWS_WITH(bench.why(7), "The channel list has service 7 more than once: ZDF, ARD. "
                                        "Say its name.");
    }
}

TEST_CASE("a service that nobody knows") {
    SECTION("with a name that is near") {
        inquiry_bench bench;
        bench.add("roof", at(474))->add_service(9, "KiKA");
        CHECK(bench.why("Kikka").verdict.found.sentence ==
              "No receiver and no channel list knows a service 'Kikka'; did you mean 'KiKA'?");
        CHECK(bench.why("artte").verdict.found.sentence ==
              "No receiver and no channel list knows a service 'artte'; did you mean 'arte'?");
        CHECK(bench.why("Weather").verdict.found.cause == service_cause::unknown_service);
    }
    SECTION("because the only receiver has no signal") {
        inquiry_bench bench{{}};
        auto* roof = bench.add("roof", at(474));
        roof->verdicts[0] = verdict(service_cause::no_lock, "No lock.");
        CHECK(bench.why("Weather").verdict.found.cause == service_cause::no_lock);
        CHECK(bench.why(55).verdict.found.cause == service_cause::unknown_service);
    }
    SECTION("without a receiver") {
        inquiry_bench bench{{}};
        const auto found = bench.why("Weather");
        CHECK(found.verdict.found.cause == service_cause::no_receiver);
        CHECK(found.verdict.found.sentence ==
              "There is no receiver at all: no adapter was found that makes one.");
    }
}

TEST_CASE("the method answers as CONTROL.md says") {
    inquiry_bench bench;
    auto* roof = bench.add("roof", at(474));
    roof->add_service(7, "ZDF");
    roof->verdicts[7] = {.found = {service_cause::no_ecm, "No ECM."},
                         .remedy = "Wait.",
                         .evidence = {{"ECMs", "0 on PID 300"}}};
    rpc_dispatcher dispatcher;
    why_methods methods{bench.set, bench.finder};
    methods.add_to(dispatcher);
    const auto call = [&](const std::string& params) {
        json::value answer;
        dispatcher.handle(R"({"jsonrpc":"2.0","id":1,"method":"why","params":)" + params + "}",
                          [&](const std::string& line) { answer = json::parse(line); });
        return answer;
    };
    CHECK(call(R"({"service":7})").at("result") == json::parse(R"({
        "service": {"program_number": 7, "name": "ZDF"}, "receiver": "roof", "cause": "no_ecm",
        "clear": false, "sentence": "No ECM.", "remedy": "Wait.",
        "evidence": [{"what": "ECMs", "value": "0 on PID 300"}]})"));
    CHECK(call(R"({"service":"Nil"})").at("result").at("receiver").is_null());
    CHECK(call("{}").at("error").at("code") == -32602);
    CHECK(call(R"({"service":7,"receiver":"attic"})").at("error").at("code") == -32001);
}
