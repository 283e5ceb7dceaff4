// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/table_collector.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/ts.hpp"

#include <string>

using namespace cihost;
using namespace cihost::test;

namespace {

/// The first payload bytes of the table's sections, or "-" for nothing new.
std::string push(ts::table_collector& collector, const bytes& data) {
    const auto table = collector.push(section(data));
    if (!table)
        return "-";
    std::string text;
    for (const auto& one : *table)
        text += static_cast<char>(one.payload()[0]);
    return text;
}

bytes part(char content, std::uint8_t number, std::uint8_t last, std::uint8_t version = 1,
           std::uint16_t extension = 1, bool current = true) {
    return make_section({.table_id = 0x42,
                         .table_id_extension = extension,
                         .version = version,
                         .section_number = number,
                         .last_section_number = last,
                         .current_next = current},
                        bytes{static_cast<std::uint8_t>(content)});
}

} // namespace

TEST_CASE("table_collector gives a table once, whole and in order") {
    ts::table_collector collector;
    CHECK(push(collector, part('c', 2, 2)) == "-");
    CHECK(push(collector, part('a', 0, 2)) == "-");
    CHECK(push(collector, part('a', 0, 2)) == "-");
    CHECK(push(collector, part('b', 1, 2)) == "abc");
    for (int round = 0; round < 2; ++round) {
        CHECK(push(collector, part('a', 0, 2)) == "-");
        CHECK(push(collector, part('b', 1, 2)) == "-");
        CHECK(push(collector, part('c', 2, 2)) == "-");
    }
}

TEST_CASE("table_collector sees new content under an old version") {
    ts::table_collector collector;
    CHECK(push(collector, part('a', 0, 1)) == "-");
    CHECK(push(collector, part('b', 1, 1)) == "ab");
    CHECK(push(collector, part('B', 1, 1)) == "-"); // section 0 may be new too
    CHECK(push(collector, part('a', 0, 1)) == "aB");
    CHECK(push(collector, part('B', 1, 1)) == "-");
}

TEST_CASE("table_collector does not give old content under a new version") {
    ts::table_collector collector;
    CHECK(push(collector, part('a', 0, 0, 1)) == "a");
    CHECK(push(collector, part('a', 0, 0, 2)) == "-");
    CHECK(push(collector, part('b', 0, 0, 3)) == "b");
}

TEST_CASE("table_collector does not mix versions") {
    ts::table_collector collector;
    CHECK(push(collector, part('a', 0, 1, 1)) == "-");
    CHECK(push(collector, part('d', 1, 1, 2)) == "-");
    CHECK(push(collector, part('c', 0, 1, 2)) == "cd");
}

TEST_CASE("table_collector starts afresh with another sub-table or number of sections") {
    ts::table_collector collector;
    CHECK(push(collector, part('a', 0, 1, 1, 1)) == "-");
    CHECK(push(collector, part('b', 1, 1, 1, 2)) == "-");
    CHECK(push(collector, part('c', 0, 1, 1, 2)) == "cb");
    CHECK(push(collector, part('c', 0, 0, 1, 2)) == "c");
    collector.reset();
    CHECK(push(collector, part('c', 0, 0, 1, 2)) == "c");
}

TEST_CASE("table_collector passes over what does not apply") {
    ts::table_collector collector;
    CHECK(push(collector, part('a', 0, 0, 1, 1, false)) == "-"); // not yet current
    CHECK(push(collector, part('a', 3, 2)) == "-");              // number behind the last
    CHECK(push(collector, part('a', 0, 0)) == "a");
}

TEST_CASE("table_collector takes short sections as tables of one") {
    ts::table_collector collector;
    CHECK(push(collector, "70 70 01 61"_hex) == "a");
    CHECK(push(collector, "70 70 01 61"_hex) == "-");
    CHECK(push(collector, "70 70 01 62"_hex) == "b");
}
