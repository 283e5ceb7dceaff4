// SPDX-License-Identifier: GPL-2.0-or-later
/// What is printed in public of conversations with real modules: notes with some bytes in them.

#include "base/hex.hpp"
#include "sim/replay/recording.hpp"
#include "sim/replay/replay.hpp"
#include "support/catch.hpp"
#include "support/recorded.hpp"
#include "support/samples.hpp"

#include <cihost/en50221/ca_pmt.hpp>
#include <cihost/en50221/ca_pmt_reply.hpp>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::sim;
using namespace cihost::test;

namespace {

std::vector<std::string> lines(const bytes& file) {
    std::istringstream text{std::string(file.begin(), file.end())};
    std::vector<std::string> list;
    for (std::string line; std::getline(text, line);)
        if (!line.empty() && line[0] != '#')
            list.push_back(line);
    return list;
}

/// The bytes of the line that begins with a word.
bytes behind(const std::vector<std::string>& from, const std::string& word) {
    for (const auto& line : from)
        if (line.rfind(word + " ", 0) == 0)
            return from_hex(line.substr(word.size() + 1)).value();
    FAIL("no line " + word);
    return {};
}

replay_report play(const recorded& trace) {
    std::string why;
    const auto what = read_recording(trace.file(), -1, why);
    REQUIRE(why.empty());
    return replay(what);
}

recorded connection() { return recorded{}.host("01 82 01 01").cam("01 83 01 01 80 02 01 00"); }

} // namespace

TEST_CASE("samples: tvheadend's polls are ours") {
    const auto file = sample("traces/tvheadend-1049-link-poll.txt");
    if (!file)
        CIHOST_SKIP("CIHOST_SAMPLES has no traces");
    auto trace = connection();
    std::size_t polls = 0;
    for (const auto& line : lines(*file)) {
        // time, side, slot, block
        std::istringstream fields{line};
        std::string time, side, slot, block;
        fields >> time >> side >> slot;
        std::getline(fields, block);
        if (side == "H") {
            trace.host(block);
            ++polls;
        } else {
            trace.cam(block);
        }
    }
    const auto report = play(trace);
    CHECK(polls == 2);
    CHECK(report.polls_recorded == polls);
    CHECK(report.differences.empty());
    CHECK(report.violations.empty());
}

TEST_CASE("samples: SATPI's CA_PMT and its module's answer") {
    const auto file = sample("traces/satpi-ziggo-irdeto0604.txt");
    if (!file)
        CIHOST_SKIP("CIHOST_SAMPLES has no traces");
    const auto body = behind(lines(*file), "CA_PMT_BODY");
    const auto value = en50221::parse_ca_pmt(body);
    REQUIRE(value.has_value());
    CHECK(value->program_number == 0x4B15);
    REQUIRE(value->ca_descriptors.size() == 1);
    CHECK(value->ca_descriptors[0].ca_system_id == 0x0604);
    CHECK(value->streams.size() == 3);
    CHECK(to_hex(serialize(*value)) == to_hex(body));

    const auto spdu = behind(lines(*file), "SPDU");
    const auto reply = en50221::parse_ca_pmt_reply(bytes_view{spdu}.subspan(8));
    REQUIRE(reply.has_value());
    CHECK(reply->program_number == 0x544F);
    CHECK(reply->enable == en50221::ca_enable::possible);
    REQUIRE(reply->streams.size() == 2);
    CHECK_FALSE(reply->streams[0].enable);

    // as a conversation: the policy makes the same CA_PMT of it
    std::string block = "01 A0 28 01 90 02 00 01 9F 80 32 1F " + to_hex(body);
    block[6] = "0123456789ABCDEF"[(9 + body.size()) / 16];
    block[7] = "0123456789ABCDEF"[(9 + body.size()) % 16];
    block[33] = "0123456789ABCDEF"[body.size() / 16];
    block[34] = "0123456789ABCDEF"[body.size() % 16];
    const auto report = play(connection()
                                 .asked()
                                 .cam("01 A0 07 01 91 04 00 03 00 41 80 02 01 00")
                                 .host("01 A0 0A 01 92 07 00 00 03 00 41 00 01")
                                 .cam("01 80 02 01 00")
                                 .host("01 A0 09 01 90 02 00 01 9F 80 30 00")
                                 .cam("01 80 02 01 00")
                                 .asked()
                                 .cam("01 A0 0B 01 90 02 00 01 9F 80 31 02 06 04 80 02 01 00")
                                 .host(block)
                                 .cam("01 80 02 01 00"));
    CHECK(report.differences.empty());
    CHECK(report.host_messages == 3);
}

TEST_CASE("samples: a CA_PMT whose reserved bits are zero") {
    const auto file = sample("traces/stb-hal-capmt.txt");
    if (!file)
        CIHOST_SKIP("CIHOST_SAMPLES has no traces");
    const auto apdu = behind(lines(*file), "APDU");
    const auto value = en50221::parse_ca_pmt(bytes_view{apdu}.subspan(4));
    REQUIRE(value.has_value());
    CHECK(value->program_number == 0x6EA7);
    REQUIRE(value->streams.size() == 8);
    CHECK(value->streams[0].elementary_pid == 0x157D);
    CHECK(value->streams[7].elementary_pid == 0x1581);
}

TEST_CASE("samples: every resource that real modules ask for gets an answer") {
    const auto file = sample("traces/minisatip-resource-requests.txt");
    if (!file)
        CIHOST_SKIP("CIHOST_SAMPLES has no traces");
    std::vector<std::string> ids;
    for (const auto& line : lines(*file)) {
        std::istringstream words{line};
        for (std::string word; words >> word;) {
            while (!word.empty() && std::isxdigit(static_cast<unsigned char>(word.back())) == 0)
                word.pop_back();
            if (word.size() == 8 && word.rfind("00", 0) == 0)
                ids.push_back(word);
        }
    }
    REQUIRE(ids.size() >= 8);
    auto trace = connection();
    for (const auto& id : ids)
        trace.asked()
            .cam("01 A0 07 01 91 04 " + id + " 80 02 01 00")
            .host("01 A0 0A 01 92 07 F0 " + id + " 00 00")
            .cam("01 80 02 01 00");
    const auto report = play(trace);
    CHECK(report.host_messages >= ids.size());
    CHECK(report.violations.empty());
    for (const auto& difference : report.differences) {
        INFO(difference.name << " " << to_hex(difference.now));
        // refused as recorded, or opened: never ignored
        CHECK(difference.what != replay_difference::kind::missing);
    }
}

TEST_CASE("samples: an operator profile is refused politely") {
    const auto file = sample("traces/minisatip-operator-profile.txt");
    if (!file)
        CIHOST_SKIP("CIHOST_SAMPLES has no traces");
    // its operator_tune, to a host that knows no such resource
    const auto body = behind(lines(*file), "OPERATOR_TUNE_BODY");
    CHECK(body.size() == 2 + 0x27);
    const auto report =
        play(connection()
                 .asked()
                 .cam("01 A0 07 01 91 04 00 8F 10 01 80 02 01 00")
                 .host("01 A0 0A 01 92 07 F0 00 8F 10 01 00 00")
                 .cam("01 80 02 01 00")
                 .asked()
                 .cam("01 A0 32 01 90 02 00 01 9F 9C 09 29 " + to_hex(body) + " 80 02 01 00"));
    CHECK(report.differences.empty());
    CHECK(report.violations.size() == 1);
}
