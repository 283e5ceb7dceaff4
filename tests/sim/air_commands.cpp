// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/receiver/air_commands.hpp"

#include "receiver_bench.hpp"
#include "sim/receiver/control_commands.hpp"
#include "support/catch.hpp"

#include <cihost/ts/packet.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

#include <cstdint>
#include <map>
#include <string>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

struct air_bench : receiver_bench {
    air_bench() {
        subject.reception().tune(frequency_hz, now);
        play(1s);
    }
    std::string ask(const std::string& request) {
        const auto answer = sim::obey(subject, json::parse(request).as_object(), now);
        return json::value_to<std::string>(answer.contains("result") ? answer.at("result")
                                                                     : answer.at("error"));
    }
    std::map<std::uint16_t, unsigned> packets_by_pid(duration length) {
        std::map<std::uint16_t, unsigned> counts;
        const auto stream = play(length);
        for (std::size_t at = 0; at < stream.size(); at += ts::packet_size)
            ++counts[static_cast<ts::pid_t>((stream[at + 1] & 0x1FU) << 8 | stream[at + 2])];
        return counts;
    }
};

} // namespace

TEST_CASE_METHOD(air_bench, "what is withheld is not on air until it is restored") {
    const auto& service = subject.transmitter().services()[0];
    const auto number = std::to_string(service.program_number);
    struct row {
        std::string part;
        std::uint16_t pid;
        std::string said;
    };
    // EMMs come where none of the known PIDs is
    const row rows[] = {
        {"pat", ts::pid_pat, "The pat is not sent any more."},
        {"pmt", service.pmt_pid, "The pmt of service " + number + " is not sent any more."},
        {"ecm", service.ecm_pid, "The ecm of service " + number + " is not sent any more."}};
    for (const auto& [part, pid, said] : rows) {
        CAPTURE(part);
        const auto request = [&](const std::string& command) {
            return R"({"command":")" + command + R"(","part":")" + part + R"(","service":)" +
                   number + "}";
        };
        CHECK(packets_by_pid(1s)[pid] > 0);
        CHECK(ask(request("withhold")) == said);
        ask(request("withhold")); // twice is as good
        play(100ms);
        CHECK(packets_by_pid(1s)[pid] == 0);
        ask(request("restore"));
        const auto again = packets_by_pid(1s)[pid];
        CHECK(again > 0);
        ask(request("restore"));
        CHECK(packets_by_pid(1s)[pid] <= again + 1);
    }
}

TEST_CASE_METHOD(air_bench, "EMMs are withheld from all") {
    const auto pids_before = packets_by_pid(2s);
    CHECK(ask(R"({"command":"withhold","part":"emm"})") == "The emm is not sent any more.");
    play(100ms);
    const auto pids = packets_by_pid(2s);
    CHECK(pids.size() == pids_before.size() - 1);
    ask(R"({"command":"restore","part":"emm"})");
    CHECK(packets_by_pid(2s).size() == pids_before.size());
}

TEST_CASE_METHOD(air_bench, "a bad signal damages packets and loses others") {
    const auto clean = play(1s);
    CHECK(ask(R"({"command":"noise","one_in":10})") == "One packet in 10 is damaged.");
    const auto noisy = play(1s);
    const auto packets = noisy.size() / ts::packet_size;
    const auto expected = clean.size() / ts::packet_size;
    CHECK(packets > expected * 94 / 100);
    CHECK(packets < expected * 96 / 100);
    unsigned marked = 0;
    for (std::size_t at = 0; at < noisy.size(); at += ts::packet_size)
        marked += (noisy[at + 1] & 0x80) != 0 ? 1 : 0;
    CHECK(marked > packets * 4 / 100);
    CHECK(subject.reception().status(now).cnr_mdb < 10'000);
    CHECK(ask(R"({"command":"noise","one_in":0})") == "The signal is good.");
    CHECK(play(1s).size() > clean.size() * 98 / 100);
}

TEST_CASE_METHOD(air_bench, "what makes no sense about the air is refused") {
    CHECK(ask(R"({"command":"withhold"})") ==
          "Which part of the broadcast? There are: pat, pmt, ecm, emm.");
    CHECK(ask(R"({"command":"restore","part":"sdt"})") ==
          "Which part of the broadcast? There are: pat, pmt, ecm, emm.");
    for (const auto* service : {"", R"(,"service":999)", R"(,"service":-1)", R"(,"service":"x")"})
        CHECK(ask(R"({"command":"withhold","part":"ecm")" + std::string(service) + "}")
                  .starts_with("Of which scrambled service? There are: "));
    for (const auto* one_in : {"", R"(,"one_in":-3)", R"(,"one_in":0.5)", R"(,"one_in":"x")"})
        CHECK(ask(R"({"command":"noise")" + std::string(one_in) + "}") ==
              "One packet in how many? Say a whole number; 0 for a good signal.");
}
