// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/section_watch.hpp"

#include "base/crc32.hpp"
#include "packets.hpp"
#include "support/catch.hpp"

using namespace cihost;
using namespace cihost::runtime;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
    packet_maker maker;
    std::vector<table_sections> taken;
    bool room = true;
    time_point now{};

    void push(section_watch& watch, ts::pid_t pid, const bytes& section) {
        const auto packets = maker.section(pid, section);
        for (std::size_t i = 0; i < packets.size() / ts::packet_size; ++i)
            watch.push(view(packets, i), now, [this](table_sections t) {
                if (room)
                    taken.push_back(std::move(t));
                return room;
            });
    }
};

} // namespace

TEST_CASE("a table is given once, and again when its content changes or it is forgotten") {
    fixture f;
    section_watch watch{0, {0x00}};
    const auto pat = pat_section(7, {{1, 0x100}});
    f.now += 3s;
    f.push(watch, 0, pat);
    f.push(watch, 0, pat);
    REQUIRE(f.taken.size() == 1);
    CHECK(f.taken[0].pid == 0);
    CHECK(f.taken[0].sections == std::vector<bytes>{pat});
    CHECK(f.taken[0].complete_at == f.now);
    f.push(watch, 0, pat_section(7, {{2, 0x100}}));
    CHECK(f.taken.size() == 2);
    watch.forget();
    f.push(watch, 0, pat_section(7, {{2, 0x100}}));
    CHECK(f.taken.size() == 3);
}

TEST_CASE("two services' PMTs share a PID; other tables on it are passed over") {
    fixture f;
    section_watch watch{0x100, {0x02}};
    for (int i = 0; i < 2; ++i) {
        f.push(watch, 0x100, ts::serialize(make_pmt(1, 0x101, 0x102, 0x300)).value());
        f.push(watch, 0x100, ts::serialize(make_pmt(2, 0x201, 0x202, 0x300)).value());
        f.push(watch, 0x100, pat_section(7, {{1, 0x100}}));
    }
    CHECK(f.taken.size() == 2);
}

TEST_CASE("a table that found no room is offered again") {
    fixture f;
    section_watch watch{0, {0x00}};
    f.room = false;
    f.push(watch, 0, pat_section(7, {{1, 0x100}}));
    CHECK(f.taken.empty());
    f.room = true;
    f.push(watch, 0, pat_section(7, {{1, 0x100}}));
    CHECK(f.taken.size() == 1);
}

TEST_CASE("tables invented without end are not kept without end") {
    fixture f;
    section_watch watch{0x100, {0x02}};
    for (std::uint16_t program = 1; program <= 2000; ++program)
        f.push(watch, 0x100, ts::serialize(make_pmt(program, 0x101, 0x102, 0x300)).value());
    CHECK(f.taken.size() == 512);
}

TEST_CASE("time tables come once a second at most") {
    fixture f;
    section_watch watch{ts::pid_tdt, {0x70, 0x73}};
    const bytes tdt{0x70, 0x70, 0x05, 0xE1, 0x2B, 0x12, 0x34, 0x56};
    for (int i = 0; i < 5; ++i) {
        f.push(watch, ts::pid_tdt, tdt);
        f.now += 500ms;
    }
    CHECK(f.taken.size() == 3);
}

TEST_CASE("a TOT right behind a TDT is not lost") {
    fixture f;
    section_watch watch{ts::pid_tdt, {0x70, 0x73}};
    const bytes tdt{0x70, 0x70, 0x05, 0xE1, 0x2B, 0x12, 0x34, 0x56};
    bytes tot{0x73, 0x70, 0x0B, 0xE1, 0x2B, 0x12, 0x34, 0x56, 0xF0, 0x00};
    const auto crc = crc32(tot);
    for (int shift = 24; shift >= 0; shift -= 8)
        tot.push_back(static_cast<std::uint8_t>(crc >> shift));
    f.push(watch, ts::pid_tdt, tdt);
    f.push(watch, ts::pid_tdt, tot);
    f.push(watch, ts::pid_tdt, tot);
    CHECK(f.taken.size() == 2);
}
