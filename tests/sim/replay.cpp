// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/replay/replay.hpp"

#include "sim/replay/recording.hpp"
#include "sim/replay/report_text.hpp"
#include "support/catch.hpp"
#include "support/recorded.hpp"
#include "support/worked_trace.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::sim;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

replay_report play(const recorded& trace, const replay_settings& settings = {}) {
    std::string why;
    const auto what = read_recording(trace.file(), -1, why);
    INFO(why);
    REQUIRE(why.empty());
    auto report = replay(what, settings);
    UNSCOPED_INFO(report_text(what, report, 10));
    return report;
}

std::vector<std::string> names(const replay_report& report) {
    std::vector<std::string> list;
    for (const auto& d : report.differences)
        list.push_back(std::to_string(static_cast<int>(d.what)) + " " + d.name);
    return list;
}

bool differs(const replay_report& report, replay_difference::kind what, const std::string& name) {
    return std::any_of(report.differences.begin(), report.differences.end(),
                       [&](auto& d) { return d.what == what && d.name == name; });
}

using kind = replay_difference::kind;
using list = std::vector<std::string>;

recorded connection() { return recorded{}.host("01 82 01 01").cam("01 83 01 01 80 02 01 00"); }

/// A CA Support session, number 7 on the recorded host.
recorded ca_session() {
    return connection()
        .asked()
        .cam("01 A0 07 01 91 04 00 03 00 41 80 02 01 00")
        .host("01 A0 0A 01 92 07 00 00 03 00 41 00 07")
        .cam("01 80 02 01 00")
        .host("01 A0 09 01 90 02 00 07 9F 80 30 00")
        .cam("01 80 02 01 00")
        .asked()
        .cam("01 A0 0D 01 90 02 00 07 9F 80 31 04 05 00 0B 00 80 02 01 00");
}

/// An MMI session, number 9 on the recorded host.
recorded menu_session() {
    return connection()
        .asked()
        .cam("01 A0 07 01 91 04 00 40 00 41 80 02 01 00")
        .host("01 A0 0A 01 92 07 00 00 40 00 41 00 09")
        .cam("01 80 02 01 00");
}

/// A list with nothing but a title, and an enquiry for a PIN.
constexpr const char* notice =
    "01 A0 18 01 90 02 00 09 9F 88 0C 0F 00 9F 88 03 02 48 69 9F 88 03 00 9F 88 03 00 80 02 01 00";
constexpr const char* pin = "01 A0 0F 01 90 02 00 09 9F 88 07 06 01 04 50 49 4E 3F 80 02 01 00";

/// A service with one stream, its ECMs of CA system 0B00.
constexpr const char* only = "01 A0 1B 01 90 02 00 07 9F 80 32 12 03 11 22 CB F0 07 01 09 04 0B 00 "
                             "E5 00 02 E1 01 F0 00";
constexpr const char* add = "01 A0 1B 01 90 02 00 07 9F 80 32 12 04 11 33 CB F0 07 01 09 04 0B 00 "
                            "E5 01 02 E1 02 F0 00";
constexpr const char* query = "01 A0 1B 01 90 02 00 07 9F 80 32 12 03 11 22 CB F0 07 03 09 04 0B "
                              "00 E5 00 02 E1 01 F0 00";
constexpr const char* moved = "01 A0 1B 01 90 02 00 07 9F 80 32 12 05 11 22 CD F0 07 01 09 04 0B "
                              "00 E5 09 02 E1 01 F0 00";
constexpr const char* dropped = "01 A0 1B 01 90 02 00 07 9F 80 32 12 05 11 22 CD F0 07 04 09 04 0B "
                                "00 E5 09 02 E1 01 F0 00";

} // namespace

TEST_CASE("replay: the worked trace, row by row") {
    // what this host offers is its own: the one message that may differ
    for (const bool pace : {false, true}) {
        recorded trace;
        for (const auto& line : worked_trace())
            line.host ? trace.host(to_hex(line.block)) : trace.cam(to_hex(line.block));
        const auto report = play(trace, {.recorded_pace = pace});
        CHECK(report.module_messages == 16);
        CHECK(report.host_messages == 19);
        CHECK(names(report) == list{"2 profile"});
        CHECK(report.not_asked_for.empty());
        CHECK(report.violations.empty());
        CHECK_FALSE(report.other_session_numbers);
        CHECK(report.dates == 1);
    }
}

TEST_CASE("replay: services come, change and go as recorded") {
    const auto answered = "01 80 02 01 00";
    const auto report = play(ca_session()
                                 .host(only)
                                 .cam(answered)
                                 .host(query)
                                 .cam(answered)
                                 .host(add)
                                 .cam(answered)
                                 .host(moved)
                                 .cam(answered)
                                 .host(dropped)
                                 .cam(answered));
    CHECK(names(report) == list{});
    CHECK(report.host_messages == 7);
    CHECK(report.other_session_numbers);
    CHECK(report.polls_recorded == 2);
}

TEST_CASE("replay: two CA sessions are told of one PMT, each what concerns it") {
    const auto report =
        play(ca_session()
                 .asked()
                 .cam("01 A0 07 01 91 04 00 03 00 41 80 02 01 00")
                 .host("01 A0 0A 01 92 07 00 00 03 00 41 00 08")
                 .cam("01 80 02 01 00")
                 .host("01 A0 09 01 90 02 00 08 9F 80 30 00")
                 .cam("01 80 02 01 00")
                 .asked()
                 .cam("01 A0 0B 01 90 02 00 08 9F 80 31 02 17 02 80 02 01 00")
                 .host(only)
                 .cam("01 80 02 01 00")
                 .host("01 A0 1B 01 90 02 00 08 9F 80 32 12 03 11 22 CB F0 07 01 09 04 17 02 E5 "
                       "10 02 E1 01 F0 00")
                 .cam("01 80 02 01 00"));
    CHECK(names(report) == list{});
}

TEST_CASE("replay: what the recorded host said and this one does not") {
    const auto report =
        play(ca_session().host("01 A0 09 01 90 02 00 07 9F 80 12 00").cam("01 80 02 01 00"));
    CHECK(names(report) == list{"0 profile_change"});
    CHECK(report.differences[0].packet == 15);
    CHECK(report.differences[0].at == 140ms);
    CHECK(report.differences[0].recorded == from_hex("90 02 00 07 9F 80 12 00").value());
}

TEST_CASE("replay: what this host says and the recorded one did not") {
    const auto report = play(connection()
                                 .asked()
                                 .cam("01 A0 07 01 91 04 00 03 00 41 80 02 01 00")
                                 .host("01 A0 0A 01 92 07 00 00 03 00 41 00 01")
                                 .cam("01 80 02 01 00")
                                 .asked()
                                 .cam("01 A0 07 01 91 04 00 02 00 41 80 02 01 00")
                                 .host("01 A0 0A 01 92 07 00 00 02 00 41 00 02")
                                 .cam("01 80 02 01 00"));
    CHECK(differs(report, kind::extra, "ca_info_enq"));
    // the last one may have been cut off by the end of the recording
    CHECK_FALSE(differs(report, kind::extra, "application_info_enq"));
    CHECK(report.afterwards == 1);
}

TEST_CASE("replay: what both say in different words") {
    // another list management, and a refusal instead of a session
    const auto report = play(ca_session().host(add).cam("01 80 02 01 00"));
    CHECK(names(report) == list{"2 CA_PMT"});
    CHECK(report.differences[0].recorded.at(8) == 0x04);
    CHECK(report.differences[0].now.at(8) == 0x03);
    CHECK(names(play(connection()
                         .asked()
                         .cam("01 A0 07 01 91 04 00 01 00 41 80 02 01 00")
                         .host("01 A0 0A 01 92 07 F0 00 01 00 41 00 00")
                         .cam("01 80 02 01 00"))) == list{"2 open_session_response"});
}

TEST_CASE("replay: the module speaks in the pieces in which it spoke") {
    // CA_INFO in three TPDUs, of which two come in one read and one without its status
    const auto report = play(connection()
                                 .asked()
                                 .cam("01 A1 03 01 91 04 80 02 01 80")
                                 .host("01 81 01 01")
                                 .cam("01 A0 05 01 00 03 00 41 80 02 01 00")
                                 .host("01 A0 0A 01 92 07 00 00 03 00 41 00 01")
                                 .cam("01 80 02 01 00")
                                 .host("01 A0 09 01 90 02 00 01 9F 80 30 00")
                                 .cam("01 A1 05 01 90 02 00 01 A1 04 01 9F 80 31")
                                 .cam("01 80 02 01 80")
                                 .host("01 81 01 01")
                                 .cam("01 A0 06 01 04 05 00 0B 00")
                                 .cam("01 80 02 01 00")
                                 .host(only)
                                 .cam("01 80 02 01 00"));
    CHECK(report.violations.empty());
    CHECK(report.module_messages == 2);
    CHECK(differs(report, kind::changed, "CA_PMT") == false);
    CHECK(report.host_messages == 3);
}

TEST_CASE("replay: at the recorded pace the module is as slow as it was") {
    const auto slow = ca_session().pause(30'000).host(only).cam("01 80 02 01 00");
    const auto fast = play(slow);
    const auto paced = play(slow, {.recorded_pace = true});
    CHECK(names(fast) == list{});
    CHECK(names(paced) == list{});
    CHECK(fast.polls_now + 50 < paced.polls_now);
}

TEST_CASE("replay: garbage is played as it came, and the host complains") {
    const auto report = play(connection()
                                 .host("01 A0 01 01")
                                 .cam("01 77 02 01 55 80 02 01 00")
                                 .host("01 A0 01 01")
                                 .cam("01 A0 7F 01")
                                 .host("01 A0 01 01")
                                 .cam("01 80 02 01 00"));
    CHECK_FALSE(report.violations.empty());
    CHECK(report.module_messages == 2);
    CHECK(names(report) == list{});
}

TEST_CASE("replay: connections end from either side") {
    CHECK(names(play(connection().host("01 84 01 01").cam("01 85 01 01 80 02 01 00"))) == list{});
    CHECK(names(play(connection().host("01 A0 01 01").cam("01 84 01 01").host("01 85 01 01"))) ==
          list{});
    // one after the other, and one that the module did not take
    const auto twice = play(connection()
                                .host("01 82 01 01")
                                .cam("01 83 01 01 80 02 01 00")
                                .asked()
                                .cam("01 A0 07 01 91 04 00 03 00 41 80 02 01 00")
                                .host("01 A0 0A 01 92 07 00 00 03 00 41 00 05")
                                .cam("01 80 02 01 00")
                                .host("01 82 01 01"));
    CHECK(names(twice) == list{});
    CHECK(twice.host_messages >= 1);
}

TEST_CASE("replay: an answer to what is not shown is not asked of the host") {
    const auto report =
        play(ca_session().host("01 A0 09 01 90 02 00 07 9F 88 08 00").cam("01 80 02 01 00"));
    CHECK(names(report) == list{});
    CHECK(report.not_asked_for == list{"answ"});
}

TEST_CASE("replay: a user goes through lists and enquiries as recorded") {
    const auto report = play(menu_session()
                                 .asked()
                                 .cam(notice)
                                 .host("01 A0 0A 01 90 02 00 09 9F 88 0B 01 00")
                                 .cam("01 80 02 01 00")
                                 .asked()
                                 .cam(pin)
                                 // the trace does not tell it
                                 .host("01 A0 0E 01 90 02 00 09 9F 88 08 05 01 2A 2A 2A 2A")
                                 .cam("01 80 02 01 00")
                                 .asked()
                                 .cam(pin)
                                 .host("01 A0 0A 01 90 02 00 09 9F 88 08 01 00")
                                 .cam("01 80 02 01 00"));
    CHECK(names(report) == list{});
    CHECK(report.host_messages == 4);
    CHECK(report.other_session_numbers);
    CHECK(report.not_asked_for.empty());
    CHECK(report.afterwards == 0);
}

TEST_CASE("replay: a user leaves a menu, and the host closes its session in time") {
    const auto left = menu_session()
                          .asked()
                          .cam(notice)
                          .host("01 A0 0A 01 90 02 00 09 9F 88 0B 01 00")
                          .cam("01 80 02 01 00")
                          .host("01 A0 0A 01 90 02 00 09 9F 88 00 01 00")
                          .cam("01 80 02 01 00")
                          .pause(500)
                          .host("01 A0 05 01 95 02 00 09")
                          .cam("01 A0 06 01 96 03 00 00 09 80 02 01 00");
    for (const bool pace : {false, true}) {
        const auto report = play(left, {.recorded_pace = pace});
        CHECK(names(report) == list{});
        CHECK(report.host_messages == 4);
        CHECK(report.not_asked_for.empty());
    }
}

TEST_CASE("replay: a recorded host that hangs up on a menu, where this one takes its leave") {
    const auto report = play(menu_session()
                                 .asked()
                                 .cam(notice)
                                 .host("01 A0 05 01 95 02 00 09")
                                 .cam("01 A0 06 01 96 03 00 00 09 80 02 01 00"));
    CHECK(names(report) == list{"1 menu_answ", "1 close_mmi"});
    CHECK(report.not_asked_for.empty());
    // of a session that the host stack does not close by itself
    const auto other = play(ca_session().host("01 A0 05 01 95 02 00 07").cam("01 80 02 01 00"));
    CHECK(names(other) == list{});
    CHECK(other.not_asked_for == list{"close_session_request"});
}

TEST_CASE("replay: a host that answers a menu otherwise is found out") {
    // choice 2 of a notice that has none; what the module says then goes on
    const auto report = play(menu_session()
                                 .asked()
                                 .cam(notice)
                                 .host("01 A0 0A 01 90 02 00 09 9F 88 0B 01 02")
                                 .cam("01 80 02 01 00")
                                 .asked()
                                 .cam(pin));
    CHECK(report.not_asked_for == list{"menu_answ"});
    CHECK(report.module_messages == 3);
    CHECK(names(report) == list{});
}

TEST_CASE("replay: a module that speaks of a session nobody opened ends nothing") {
    const auto report = play(ca_session().asked().cam("01 A0 09 01 90 02 00 55 9F 80 31 00 80 02 "
                                                      "01 00"));
    CHECK(names(report) == list{});
    CHECK(report.violations.size() == 1);
}

TEST_CASE("recording: files that cannot be played") {
    const auto why = [](const bytes& file, int slot = -1) {
        std::string sentence;
        (void)read_recording(file, slot, sentence);
        return sentence;
    };
    const auto whole = connection().file();
    CHECK(why(whole).empty());
    CHECK(why(bytes(1000, 0x47)) == "it is no pcapng file");
    CHECK(why({}) == "it is no pcapng file");
    CHECK(why({whole.begin(), whole.end() - 1}) ==
          "it is cut off within the block at byte " + std::to_string(whole.size() - 48));
    CHECK(why(recorded{}.file()) == "it has no packets");
    CHECK(why(recorded{}.host("01 A0 01 01").file()).find("no Create_T_C") != std::string::npos);
    CHECK(why(whole, 1) == "it has no packets of slot 1");
    auto ethernet = whole;
    ethernet[36] = 1;
    CHECK(why(ethernet).find("none of its 2 packets") != std::string::npos);
    auto broken = whole;
    broken[broken.size() - 4] ^= 4;
    CHECK(why(broken).find("contradicts itself") != std::string::npos);
}

TEST_CASE("recording: one slot of several") {
    const auto trace = recorded{"twin"}
                           .host("02 82 01 02", 1)
                           .host("01 82 01 01")
                           .cam("02 83 01 02 80 02 02 00", 1)
                           .cam("01 83 01 01 80 02 01 00");
    std::string why;
    const auto first = read_recording(trace.file(), -1, why);
    CHECK(first.interface == 1);
    CHECK(first.name == "twin sibling");
    CHECK(first.others == std::vector<unsigned>{0});
    CHECK(first.conversations.at(0).tcid == 2);
    CHECK(read_recording(trace.file(), 0, why).conversations.at(0).tcid == 1);
    CHECK(report_text(first, replay(first), 1).find("--slot 0") != std::string::npos);
}
