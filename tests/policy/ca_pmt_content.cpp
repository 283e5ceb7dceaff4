// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/ca_pmt_content.hpp"

#include "plan_services.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace cihost;
using namespace cihost::policy;
using namespace cihost::test;

namespace {

/// Video, audio, subtitles, teletext, data.
ts::pmt rich_service() {
    auto table = service(7, {ca(0x0B00, 500)});
    table.streams = {{0x05, 0x75, {}}, {0x06, 0x74, {{0x56, {}}}}, {0x1B, 0x70, {}},
                     {0x03, 0x71, {}}, {0x06, 0x72, {{0x59, {}}}}, {0x03, 0x73, {}}};
    return table;
}

std::vector<ts::pid_t> named(const ts::pmt& table, const ca_pmt_settings& settings) {
    std::vector<ts::pid_t> pids;
    const auto value = ca_pmt_of(table, {0x0B00}, settings);
    REQUIRE(value);
    for (const auto& s : value->streams)
        pids.push_back(s.elementary_pid);
    return pids;
}

using pids = std::vector<ts::pid_t>;

} // namespace

TEST_CASE("a service without a CA system of the module's is nothing to it") {
    CHECK_FALSE(ca_pmt_of(service(1, {ca(0x1801, 500)}), {0x0B00}, {}));
    CHECK_FALSE(ca_pmt_of(service(1, {}), {}, {}));
    CHECK(ca_pmt_of(service(1, {ca(0x1801, 500)}), {}, {}));
}

TEST_CASE("a CA descriptor without a PID stays only where its system has no other") {
    auto table = service(1, {ca(0x0B00, 0x1FFF), ca(0x0B00, 500), ca(0x2600, 0x1FFF)});
    table.streams[1].descriptors = {ca(0x0B00, 0)};
    const auto both = *ca_pmt_of(table, {0x0B00, 0x2600}, {});
    REQUIRE(both.ca_descriptors.size() == 2);
    CHECK(both.ca_descriptors[0].ca_pid == 500);
    CHECK(both.ca_descriptors[1].ca_system_id == 0x2600);
    CHECK(both.streams[1].ca_descriptors.empty());
    // BISS: the key is in the module
    CHECK(ca_pmt_of(table, {0x2600}, {})->ca_descriptors.size() == 1);
    // what other systems have makes no difference
    table.program_info = {ca(0x1801, 501), ca(0x0B00, 0x1FFF)};
    CHECK(ca_pmt_of(table, {0x0B00}, {})->ca_descriptors.size() == 1);
}

TEST_CASE("a stream keeps its own ECM PID, and may lack the module's system") {
    auto table = service(1, {});
    table.streams[0].descriptors = {ca(0x1801, 70), ca(0x0B00, 60)};
    table.streams[1].descriptors = {ca(0x1801, 71)};
    const auto value = *ca_pmt_of(table, {0x0B00}, {});
    REQUIRE(value.streams.size() == 2);
    REQUIRE(value.streams[0].ca_descriptors.size() == 1);
    CHECK(value.streams[0].ca_descriptors[0].ca_pid == 60);
    CHECK(value.streams[1].ca_descriptors.empty());
}

TEST_CASE("presentation streams alone are named where the module is to have no others") {
    CHECK(named(rich_service(), {}) == pids{0x75, 0x74, 0x70, 0x71, 0x72, 0x73});
    CHECK(named(rich_service(), {.presentation_streams_only = true}) ==
          pids{0x70, 0x71, 0x72, 0x73});
    // a service of data is named whole
    auto data = service(1, {ca(0x0B00, 500)});
    data.streams = {{0x05, 0x10, {}}, {0x0B, 0x11, {}}};
    CHECK(named(data, {.presentation_streams_only = true}) == pids{0x10, 0x11});
}

TEST_CASE("of a service that alone has too many streams those are named that matter most") {
    CHECK(named(rich_service(), {.max_streams = 6}).size() == 6);
    CHECK(named(rich_service(), {.max_streams = 4}) == pids{0x70, 0x71, 0x72, 0x73});
    CHECK(named(rich_service(), {.max_streams = 2}) == pids{0x70, 0x71});
    CHECK(named(rich_service(), {.max_streams = 2, .presentation_streams_only = true}) ==
          pids{0x70, 0x71});
}

TEST_CASE("the streams of a service by weight: so many of them as a module can take are named") {
    for (unsigned most = 1; most <= 6; ++most) {
        auto all = streams_by_weight(rich_service(), {});
        REQUIRE(all.size() == 6);
        all.resize(most);
        std::ranges::sort(all);
        auto asked = named(rich_service(), {.max_streams = most});
        std::ranges::sort(asked);
        CHECK(all == asked);
    }
    CHECK(streams_by_weight(rich_service(), {.max_streams = 2, .presentation_streams_only = true})
              .size() == 4);
    auto twice = rich_service();
    twice.streams.push_back(twice.streams.front());
    CHECK(streams_by_weight(twice, {}).size() == 6);
    CHECK(streams_by_weight(service(7, {}), {}).empty()); // in the clear
}

TEST_CASE("CA descriptors that all streams share are raised to programme level on request") {
    auto table = service(1, {});
    for (auto& s : table.streams)
        s.descriptors = {ca(0x0B00, 60), ca(0x0B00, 61)};
    const auto as_is = *ca_pmt_of(table, {0x0B00}, {});
    CHECK(as_is.ca_descriptors.empty());
    const ca_pmt_settings raising{.raise_ca_descriptors = true};
    const auto raised = *ca_pmt_of(table, {0x0B00}, raising);
    REQUIRE(raised.ca_descriptors.size() == 2);
    CHECK(raised.ca_descriptors[0].ca_pid == 60);
    CHECK(raised.ca_descriptors[1].ca_pid == 61);
    for (const auto& s : raised.streams)
        CHECK(s.ca_descriptors.empty());

    SECTION("and none of them twice") {
        table.program_info = {ca(0x0B00, 61)};
        const auto value = *ca_pmt_of(table, {0x0B00}, raising);
        REQUIRE(value.ca_descriptors.size() == 2);
        CHECK(value.ca_descriptors[0].ca_pid == 61);
        CHECK(value.ca_descriptors[1].ca_pid == 60);
    }
    SECTION("but different ECMs for video and audio stay where they are") {
        table.streams[1].descriptors = {ca(0x0B00, 62)};
        const auto value = *ca_pmt_of(table, {0x0B00}, raising);
        CHECK(value.ca_descriptors.empty());
        CHECK(value.streams[0].ca_descriptors.size() == 2);
        CHECK(value.streams[1].ca_descriptors.size() == 1);
    }
    SECTION("a stream that is not named has no say") {
        table.streams.push_back({0x05, 0x19, {ca(0x0B00, 63)}});
        CHECK(ca_pmt_of(table, {0x0B00}, raising)->ca_descriptors.empty());
        CHECK(ca_pmt_of(table, {0x0B00},
                        {.presentation_streams_only = true, .raise_ca_descriptors = true})
                  ->ca_descriptors.size() == 2);
    }
    SECTION("nor has one in the clear") {
        table.streams.push_back({0x05, 0x19, {}});
        CHECK(ca_pmt_of(table, {0x0B00}, raising)->ca_descriptors.size() == 2);
    }
    SECTION("what other systems have differs as it likes") {
        table.streams[1].descriptors.push_back(ca(0x1801, 99));
        CHECK(ca_pmt_of(table, {0x0B00}, raising)->ca_descriptors.size() == 2);
    }
}
