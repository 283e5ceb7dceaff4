// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/multiplex.hpp"

#include "packets.hpp"
#include "support/catch.hpp"

using namespace cihost;
using namespace cihost::runtime;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

const time_point t0 = time_point{} + 10s;

table_sections table(ts::pid_t pid, bytes section, time_point when = t0) {
    return {pid, {std::move(section)}, when};
}
table_sections pmt(std::uint16_t program, ts::pid_t pid, ts::pid_t video, std::uint8_t version = 0,
                   time_point when = t0) {
    const auto pmt = make_pmt(program, video, 0x1A0, 0x300, version);
    return table(pid, ts::serialize(pmt).value(), when);
}

} // namespace

TEST_CASE("services come with the PAT, their PMTs on the PID that it names") {
    multiplex m;
    CHECK(m.take(pmt(1, 0x100, 0x101)).pmts.empty());
    CHECK_FALSE(m.transport_stream_id());
    const auto change = m.take(table(0, pat_section(7, {{1, 0x100}, {2, 0x200}})));
    CHECK_FALSE(change.other_multiplex);
    CHECK(change.gone.empty());
    CHECK(m.transport_stream_id() == 7);
    CHECK(m.services().size() == 2);
    CHECK(m.take(pmt(1, 0x200, 0x101)).pmts.empty());
    CHECK(m.take(pmt(1, 0x100, 0x101)).pmts == std::vector<std::uint16_t>{1});
    CHECK(m.find(1)->pmt_at == t0);
    // nothing new
    CHECK(m.take(pmt(1, 0x100, 0x101, 0, t0 + 1s)).pmts.empty());
    CHECK(m.find(1)->pmt_at == t0);
    CHECK(m.take(pmt(1, 0x100, 0x105, 1, t0 + 2s)).pmts == std::vector<std::uint16_t>{1});
    CHECK(m.find(1)->pmt_at == t0 + 2s);
}

TEST_CASE("a PAT of the same multiplex takes only what it leaves out") {
    multiplex m;
    m.take(table(0, pat_section(7, {{1, 0x100}, {2, 0x200}})));
    m.take(pmt(1, 0x100, 0x101));
    const auto change = m.take(table(0, pat_section(7, {{1, 0x100}}, 1)));
    CHECK_FALSE(change.other_multiplex);
    CHECK(change.gone == std::vector<std::uint16_t>{2});
    CHECK(m.find(1)->pmt);
    CHECK(m.find(2) == nullptr);
    CHECK(m.pat_count() == 2);
}

TEST_CASE("a PMT that changes under its version is another PMT") {
    multiplex m;
    m.take(table(0, pat_section(7, {{1, 0x100}})));
    m.take(pmt(1, 0x100, 0x101));
    const auto moved = make_pmt(1, 0x101, 0x1A0, 0x301);
    const auto change = m.take(table(0x100, ts::serialize(moved).value(), t0 + 1s));
    CHECK(change.pmts == std::vector<std::uint16_t>{1});
    CHECK(ecm_pids(*m.find(1)->pmt, {}) == std::vector<ts::pid_t>{0x301});
    CHECK(m.find(1)->pmt_at == t0 + 1s);
}

TEST_CASE("a PMT that moves to another PID is known until it comes there") {
    multiplex m;
    m.take(table(0, pat_section(7, {{1, 0x100}, {2, 0x200}})));
    m.take(pmt(1, 0x100, 0x101));
    const auto moved = m.take(table(0, pat_section(7, {{1, 0x110}, {2, 0x200}}, 1)));
    CHECK(moved.gone.empty());
    CHECK(m.find(1)->pmt_pid == 0x110);
    CHECK(m.find(1)->pmt);
    // the old PID says nothing any more, not even what differs
    CHECK(m.take(pmt(1, 0x100, 0x109, 1)).pmts.empty());
    // the same content there is nothing new, other content is
    CHECK(m.take(pmt(1, 0x110, 0x101)).pmts.empty());
    CHECK(m.take(pmt(1, 0x110, 0x105)).pmts == std::vector<std::uint16_t>{1});
    // two services' PMTs on one PID
    m.take(table(0, pat_section(7, {{1, 0x110}, {2, 0x110}}, 2)));
    CHECK(m.take(pmt(2, 0x110, 0x201)).pmts == std::vector<std::uint16_t>{2});
    CHECK(m.find(1)->pmt->streams[0].elementary_pid == 0x105);
}

TEST_CASE("another transport_stream_id takes everything") {
    multiplex m;
    m.take(table(0, pat_section(7, {{1, 0x100}})));
    m.take(pmt(1, 0x100, 0x101));
    const auto change = m.take(table(0, pat_section(8, {{1, 0x100}})));
    CHECK(change.other_multiplex);
    CHECK_FALSE(m.find(1)->pmt);
}

TEST_CASE("a PAT of two sections is one list") {
    multiplex m;
    writer one;
    one.u16(1).pid(0x100);
    writer two;
    two.u16(2).pid(0x200);
    m.take({0,
            {ts::build_section({0x00, 7, 0, 0, 1, true}, one.view()).value(),
             ts::build_section({0x00, 7, 0, 1, 1, true}, two.view()).value()},
            t0});
    CHECK(m.services().size() == 2);
}

TEST_CASE("names may come before the service is listed") {
    multiplex m;
    m.take(table(0, pat_section(7, {{1, 0x100}})));
    m.take(table(0x11, sdt_section(7, 2, "Two")));
    m.take(table(0, pat_section(7, {{1, 0x100}, {2, 0x200}}, 1)));
    CHECK(m.find(1)->name.empty());
    CHECK(m.find(2)->name == "Two");
}

TEST_CASE("time tables and nonsense") {
    multiplex m;
    // EN 300 468 annex C: 1993-10-13 12:45:00
    const auto change = m.take(table(0x14, {0x70, 0x70, 0x05, 0xC0, 0x79, 0x12, 0x45, 0x00}));
    REQUIRE(change.time);
    using namespace std::chrono;
    CHECK(change.time->utc == sys_days{1993y / October / 13} + 12h + 45min);
    CHECK_FALSE(m.take(table(0x14, {0x70, 0x70, 0x05, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})).time);
    CHECK_FALSE(m.take(table(0, {0x00})).other_multiplex);
    CHECK_FALSE(m.take({}).time);
}

TEST_CASE("what a PMT says of its streams") {
    auto table = make_pmt(1, 0x101, 0x102, 0x300);
    CHECK(leading_pids(table).front() == 0x101);
    std::swap(table.streams[0], table.streams[1]);
    CHECK(leading_pids(table).front() == 0x101);
    table.streams.resize(1);
    CHECK(leading_pids(table).front() == 0x102);
    table.streams.clear();
    CHECK(leading_pids(table).empty());

    table.streams.push_back({0x02, 0x101, {{0x09, {0x05, 0x00, 0xE3, 0x10}}}});
    table.streams.push_back({0x04, 0x102, {{0x09, {0x05, 0x00, 0xE3, 0x11}}}});
    CHECK(ca_systems(table) == std::vector<std::uint16_t>{0x4AFE, 0x0500});
    CHECK(ecm_pids(table, {}) == std::vector<ts::pid_t>{0x300, 0x310, 0x311});
    CHECK(ecm_pids(table, {0x0500}) == std::vector<ts::pid_t>{0x310, 0x311});
    CHECK(ecm_pids(table, {0x1234}).empty());

    // placeholders name a system and no PID
    table.program_info = {{0x09, {0x26, 0x00, 0xFF, 0xFF}}, {0x09, {0x4A, 0xFE, 0xE0, 0x00}}};
    CHECK(ca_systems(table) == std::vector<std::uint16_t>{0x2600, 0x4AFE, 0x0500});
    CHECK(ecm_pids(table, {}) == std::vector<ts::pid_t>{0x310, 0x311});
}
