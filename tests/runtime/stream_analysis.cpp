// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/stream_analysis.hpp"

#include "driver.hpp"
#include "packets.hpp"
#include "support/catch.hpp"

#include <fstream>
#include <future>
#include <iterator>

using namespace cihost;
using namespace cihost::runtime;
using namespace cihost::test;
using namespace std::chrono_literals;
using ts::scrambling;

namespace {

struct fixture {
    packet_maker maker;
    std::vector<table_sections> tables;
    stream_analysis analysis{[this](table_sections t) {
        tables.push_back(std::move(t));
        return true;
    }};
    time_point now = time_point{} + 100s;

    void section(ts::pid_t pid, const bytes& data) {
        const auto packets = maker.section(pid, data);
        for (std::size_t i = 0; i < packets.size() / ts::packet_size; ++i)
            analysis.push(view(packets, i), now);
    }
    void packet(ts::pid_t pid, scrambling s, bool pes_start = true) {
        now += 1ms;
        analysis.push(view(maker.elementary(pid, s, pes_start)), now);
    }
    service_figures figures(std::uint16_t program = 1) const {
        for (const auto& s : analysis.figures().services)
            if (s.program_number == program)
                return s;
        return {};
    }
};

stream_watch watch_one(time_point wanted_at, std::vector<ts::pid_t> ecm_pids = {0x300}) {
    stream_watch watch;
    watch.pat = 1;
    watch.pmt_pids = {0x100};
    watch.services.push_back({1, {0x101, 0x102}, {0x101, 0x102}, std::move(ecm_pids), wanted_at});
    return watch;
}

} // namespace

TEST_CASE("PAT is looked for from the start, PMTs when told, and again with another PAT") {
    fixture f;
    const auto pmt = ts::serialize(make_pmt(1, 0x101, 0x102, 0x300)).value();
    f.section(0, pat_section(7, {{1, 0x100}}));
    f.section(0x100, pmt);
    CHECK(f.tables.size() == 1);
    auto watch = watch_one(never);
    f.analysis.watch(watch);
    f.section(0x100, pmt);
    f.analysis.watch(watch);
    f.section(0x100, pmt);
    CHECK(f.tables.size() == 2);
    watch.pat = 2;
    f.analysis.watch(watch);
    f.section(0x100, pmt);
    CHECK(f.tables.size() == 3);
    watch.pmt_pids.clear();
    f.analysis.watch(watch);
    f.section(0x100, ts::serialize(make_pmt(1, 0x103, 0x104, 0x300)).value());
    CHECK(f.tables.size() == 3);
}

TEST_CASE("a PAT that puts a PMT on a PID of its own does no harm") {
    fixture f;
    auto watch = watch_one(never);
    watch.pmt_pids = {0x0000, 0x0011, 0x1FFF};
    f.analysis.watch(watch);
    f.section(0, pat_section(7, {{1, 0x100}}));
    CHECK(f.tables.size() == 1);
}

TEST_CASE("a stream that is announced but not on air leads nothing") {
    fixture f;
    f.analysis.watch(watch_one(f.now));
    f.packet(0x102, scrambling::even);
    f.packet(0x102, scrambling::clear);
    CHECK(f.figures().first_clear == f.now);
}

TEST_CASE("null packets are not a service's") {
    fixture f;
    f.analysis.watch(watch_one(f.now));
    f.packet(ts::pid_null, scrambling::clear);
    CHECK_FALSE(f.figures().seen);
    CHECK(f.figures().first_clear == never);
}

TEST_CASE("clear begins with a clear PES start of the leading stream") {
    fixture f;
    f.analysis.watch(watch_one(f.now));
    f.packet(0x101, scrambling::even);
    f.packet(0x102, scrambling::even);
    f.packet(0x102, scrambling::clear);
    f.packet(0x101, scrambling::clear, false);
    CHECK(f.figures().first_clear == never);
    CHECK(f.figures().scrambled_before_clear == 2);
    f.packet(0x101, scrambling::clear);
    CHECK(f.figures().first_clear == f.now);
    const auto when = f.now;
    CHECK(f.figures().clear == 3);
    f.packet(0x101, scrambling::odd);
    CHECK(f.figures().scrambled_now);
    CHECK(f.figures().scrambled_after_clear == 1);
    CHECK(f.figures().scrambled_before_clear == 2);
    f.packet(0x101, scrambling::clear);
    CHECK_FALSE(f.figures().scrambled_now);
    CHECK(f.figures().first_clear == when);

    // a PMT of other content in between takes nothing away; wanting anew begins anew
    auto watch = watch_one(f.figures().wanted_at);
    watch.services[0].elementary_pids.push_back(0x103);
    f.analysis.watch(watch);
    CHECK(f.figures().first_clear == when);
    f.packet(0x101, scrambling::odd);
    CHECK(f.figures().scrambled_after_clear == 2);
    f.analysis.watch(watch_one(f.now));
    CHECK(f.figures().first_clear == never);
    CHECK(f.figures().clear == 0);
}

TEST_CASE("packets that a module leaves marked scrambled count, and are recorded, as clear") {
    fixture f;
    temporary_folder folder;
    disk_writer disk;
    const auto file = disk.create({.path = folder / "r.ts", .unit = ts::packet_size});
    f.analysis.add(std::make_shared<recording_tap>(1, std::uint16_t{1}, to_disk(disk, file)));
    f.analysis.set_pmt(1, make_pmt(1, 0x101, 0x102, 0x300), 7, 0x100);
    f.analysis.watch(watch_one(f.now));
    const auto marked = [&](ts::pid_t pid, bool pes_start, bool is_clear) {
        f.now += 1ms;
        f.analysis.push(view(f.maker.elementary(pid, scrambling::odd, pes_start, is_clear)), f.now);
    };
    marked(0x101, true, false);
    marked(0x101, false, false);
    marked(0x101, true, true);
    marked(0x101, false, true);
    CHECK(f.figures().scrambled_now);
    marked(0x101, true, true);
    CHECK_FALSE(f.figures().scrambled_now);
    CHECK(f.figures().first_clear == f.now);
    marked(0x101, false, true);
    marked(0x102, true, true);
    CHECK(f.figures().clear == 3);
    CHECK(f.figures().scrambled_before_clear == 4);
    CHECK(f.analysis.figures().stale_scrambling_bits == 3);

    // the keys are lost
    marked(0x101, true, false);
    marked(0x101, false, false);
    CHECK(f.figures().scrambled_now);
    CHECK(f.figures().scrambled_after_clear == 2);

    const auto recorded = f.analysis.remove(1);
    REQUIRE(recorded);
    CHECK(recorded->scrambled == 2);
    std::promise<void> closed;
    disk.close(file, [&] { closed.set_value(); });
    closed.get_future().wait();
    std::ifstream in{folder / "r.ts", std::ios::binary};
    const std::vector<char> raw{std::istreambuf_iterator<char>{in}, {}};
    const bytes written{raw.begin(), raw.end()};
    REQUIRE(written.size() == 5 * ts::packet_size); // PAT and PMT in front
    for (std::size_t i = 0; i < 5; ++i)
        CHECK(view(written, i).scrambling_control() == scrambling::clear);
}

TEST_CASE("a service that is not wanted has a state but no figures") {
    fixture f;
    f.analysis.watch(watch_one(never));
    CHECK_FALSE(f.figures().seen);
    f.packet(0x101, scrambling::even);
    CHECK(f.figures().seen);
    CHECK(f.figures().scrambled_now);
    CHECK(f.figures().scrambled_before_clear == 0);
}

TEST_CASE("a service that is wanted anew is not clear by its packets of before") {
    fixture f;
    f.analysis.watch(watch_one(f.now));
    f.packet(0x101, scrambling::clear);
    REQUIRE(f.figures().seen);
    f.now += 1ms;
    f.analysis.watch(watch_one(f.now));
    CHECK_FALSE(f.figures().seen);
    CHECK_FALSE(f.figures().scrambled_now);
    f.packet(0x101, scrambling::even);
    CHECK(f.figures().seen);
    CHECK(f.figures().scrambled_now);
}

TEST_CASE("continuity errors count from when the service was wanted") {
    fixture f;
    f.packet(0x101, scrambling::clear);
    f.maker.lose(0x101);
    f.packet(0x101, scrambling::clear);
    f.analysis.watch(watch_one(f.now));
    CHECK(f.figures().continuity_errors == 0);
    f.maker.lose(0x101);
    f.packet(0x101, scrambling::clear);
    CHECK(f.figures().continuity_errors == 1);
    CHECK(f.analysis.figures().continuity_errors == 2);
}

TEST_CASE("ECMs and crypto periods go on over a moved PID; simulcrypt counts periods once") {
    fixture f;
    const auto period = [&](std::vector<ts::pid_t> pids, std::uint8_t table_id) {
        for (int i = 0; i < 2; ++i)
            for (const auto pid : pids)
                f.section(pid, ecm_section(table_id));
    };
    // seen before the service was wanted: not its own
    f.analysis.watch(watch_one(f.now, {0x300, 0x301}));
    period({0x300, 0x301}, 0x80);
    period({0x300, 0x301}, 0x81);
    period({0x300, 0x301}, 0x80);
    CHECK(f.figures().ecms == 12);
    CHECK(f.figures().crypto_periods == 2);
    f.analysis.watch(watch_one(f.figures().wanted_at, {0x310}));
    CHECK(f.figures().ecms == 12);
    period({0x300}, 0x81); // the old PID goes on for a while
    period({0x310}, 0x81);
    period({0x310}, 0x80);
    CHECK(f.figures().ecms == 16);
    CHECK(f.figures().crypto_periods == 3);
    // back to a PID whose counts are known already
    f.analysis.watch(watch_one(f.figures().wanted_at, {0x300}));
    CHECK(f.figures().ecms == 16);
    CHECK(f.figures().crypto_periods == 3);
}

TEST_CASE("services that share streams and ECMs are counted each for itself, to their own ends") {
    fixture f;
    auto watch = watch_one(f.now);
    watch.emm_pids = {0x300}; // EMMs on the ECM PID
    watch.services.push_back({2, {0x101, 0x202}, {0x101, 0x202}, {0x300}, f.now});
    f.analysis.watch(watch);
    f.packet(0x101, scrambling::clear);
    f.section(0x300, ecm_section(0x80));
    f.section(0x300, ecm_section(0x82));
    for (const auto program : {std::uint16_t{1}, std::uint16_t{2}}) {
        CHECK(f.figures(program).clear == 1);
        CHECK(f.figures(program).first_clear == f.now);
        CHECK(f.figures(program).ecms == 1);
    }
    watch.services.erase(watch.services.begin());
    f.analysis.watch(watch);
    f.packet(0x101, scrambling::odd);
    f.section(0x300, ecm_section(0x81));
    CHECK(f.figures(2).scrambled_after_clear == 1);
    CHECK(f.figures(2).ecms == 2);
    CHECK(f.figures(2).crypto_periods == 1);
    CHECK(f.analysis.figures().services.size() == 1);
    CHECK(f.analysis.figures().emm_sections == 1);
}

TEST_CASE("a service that goes clear and scrambled by programme is what its packets are") {
    fixture f;
    f.analysis.watch(watch_one(f.now));
    for (int programme = 0; programme < 3; ++programme) {
        f.packet(0x101, scrambling::clear);
        CHECK(f.figures().seen);
        CHECK_FALSE(f.figures().scrambled_now);
        f.packet(0x101, scrambling::even);
        CHECK(f.figures().scrambled_now);
    }
    CHECK(f.figures().scrambled_after_clear == 3);
    CHECK(f.figures().clear == 3);
}

TEST_CASE("EMM sections are counted") {
    fixture f;
    auto watch = watch_one(never);
    watch.emm_pids = {0x400};
    f.analysis.watch(watch);
    f.section(0x400, ecm_section(0x82));
    f.section(0x400, ecm_section(0x84));
    f.section(0x401, ecm_section(0x82));
    CHECK(f.analysis.figures().emm_sections == 2);
}

TEST_CASE("a section cut in two by lost packets is not put together") {
    fixture f;
    bytes body;
    std::vector<std::pair<std::uint16_t, ts::pid_t>> programs;
    for (std::uint16_t i = 1; i < 100; ++i)
        programs.emplace_back(i, static_cast<ts::pid_t>(0x100 + i));
    const auto packets = f.maker.section(0, pat_section(7, programs));
    REQUIRE(packets.size() > ts::packet_size * 2);
    f.analysis.push(view(packets, 0), f.now);
    f.analysis.interrupted();
    for (std::size_t i = 1; i < packets.size() / ts::packet_size; ++i)
        f.analysis.push(view(packets, i), f.now);
    CHECK(f.tables.empty());
    f.section(0, pat_section(7, programs));
    CHECK(f.tables.size() == 1);
}

TEST_CASE("what is missed while the input is closed is no error of the reception") {
    fixture f;
    f.analysis.watch(watch_one(f.now));
    const auto gaps = std::make_shared<recording_gaps>();
    bytes taken;
    f.analysis.add(std::make_shared<recording_tap>(
        1, std::uint16_t{1},
        [&](const bytes& block) {
            taken.insert(taken.end(), block.begin(), block.end());
            return true;
        },
        gaps));
    f.analysis.set_pmt(1, make_pmt(1, 0x101, 0x102, 0x300), 7, 0x100);
    f.packet(0x101, scrambling::clear);
    f.maker.lose(0x101);
    f.analysis.closed();
    f.packet(0x101, scrambling::clear);
    CHECK(f.figures().continuity_errors == 0);
    CHECK(f.analysis.figures().continuity_errors == 0);
    f.analysis.flush();
    CHECK(f.analysis.figures().recordings.at(0).continuity_errors == 0);
    CHECK(taken.size() == 6 * ts::packet_size); // with tables in front again
    REQUIRE(gaps->list().size() == 1);
    CHECK(gaps->list()[0].what == recording_gap::kind::away);
}

TEST_CASE("two recordings of one service get the same packets") {
    fixture f;
    temporary_folder folder;
    disk_writer disk;
    const auto pmt = make_pmt(1, 0x101, 0x102, 0x300);
    for (const std::uint64_t id : {1, 2}) {
        const auto file =
            disk.create({.path = folder / std::to_string(id), .unit = ts::packet_size});
        f.analysis.add(std::make_shared<recording_tap>(id, std::uint16_t{1}, to_disk(disk, file)));
        f.analysis.set_pmt(id, pmt, 7, 0x100);
    }
    f.packet(0x101, scrambling::clear);
    f.packet(0x999, scrambling::clear);
    CHECK_FALSE(f.analysis.pending()); // a recording's beginning is handed over at once
    CHECK(f.analysis.figures().recordings.size() == 2);
    const auto first = f.analysis.remove(1);
    REQUIRE(first);
    CHECK(first->packets == 3);
    CHECK_FALSE(f.analysis.remove(1));
    f.packet(0x101, scrambling::clear, false);
    f.analysis.flush();
    CHECK(f.analysis.figures().recordings.at(0).packets == 4);
    f.analysis.watch(watch_one(f.now));
    f.packet(0x101, scrambling::clear, false);
    CHECK(f.analysis.pending());
}

TEST_CASE("another multiplex: counts stay, what was known goes") {
    fixture f;
    auto watch = watch_one(f.now);
    watch.emm_pids = {0x500};
    f.analysis.watch(watch);
    f.section(0, pat_section(7, {{1, 0x100}}));
    f.section(0x500, ecm_section(0x82));
    f.packet(0x101, scrambling::clear);
    REQUIRE(f.figures().seen);
    f.analysis.retuned();
    CHECK(f.analysis.figures().services.empty());
    CHECK(f.analysis.figures().emm_sections == 1);
    const auto before = f.analysis.figures().packets;
    f.tables.clear();
    f.maker.lose(0x101);
    f.packet(0x101, scrambling::clear);
    CHECK(f.analysis.figures().continuity_errors == 0);
    CHECK(f.analysis.figures().packets == before + 1);
    f.section(0, pat_section(7, {{1, 0x100}}));
    CHECK(f.tables.size() == 1);
    // PMT and EMM PIDs belonged to the multiplex before
    f.section(0x100, ts::serialize(make_pmt(1, 0x101, 0x102, 0x300)).value());
    f.section(0x500, ecm_section(0x82));
    CHECK(f.tables.size() == 1);
    CHECK(f.analysis.figures().emm_sections == 1);
}
