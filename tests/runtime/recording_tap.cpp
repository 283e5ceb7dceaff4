// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/recording_tap.hpp"

#include "driver.hpp"
#include "packets.hpp"
#include "support/catch.hpp"

#include <fcntl.h>
#include <future>

using namespace cihost;
using namespace cihost::runtime;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
    temporary_folder folder;
    disk_writer disk;
    packet_maker maker;
    time_point now{};

    static void wait_for(const std::shared_ptr<disk_file>& file, disk_writer& disk) {
        std::promise<void> closed;
        disk.close(file, [&] { closed.set_value(); });
        closed.get_future().wait();
    }
    void push(recording_tap& tap, ts::scrambling s = ts::scrambling::clear) {
        tap.push(view(maker.elementary(0x101, s, true)), now);
    }
};

} // namespace

TEST_CASE(
    "packets go to the disk in large blocks, or after a tenth of a second; the first at once") {
    fixture f;
    const auto file = f.disk.create({.path = f.folder / "a", .unit = ts::packet_size});
    recording_tap tap{5, 1, to_disk(f.disk, file)};
    CHECK(tap.pids().empty());
    tap.set_pmt(make_pmt(1, 0x101, 0x102, 0x300), 7, 0x100);
    CHECK(tap.pids() == std::vector<ts::pid_t>{0x101, 0x102});
    CHECK(tap.figures().started_at == never);
    f.now += 1s;
    f.push(tap);
    CHECK_FALSE(tap.pending());
    CHECK(tap.figures().started_at == f.now);
    CHECK(tap.figures().packets == 3); // PAT, PMT, the packet
    f.push(tap);
    CHECK(tap.pending());
    CHECK(tap.figures().packets == 3);
    f.now += 99ms;
    tap.tick(f.now);
    CHECK(tap.pending());
    f.now += 1ms;
    tap.tick(f.now);
    CHECK_FALSE(tap.pending());
    CHECK(tap.figures().packets == 4);
    f.now += 301ms;
    f.push(tap);
    CHECK_FALSE(tap.pending()); // what begins again is the first as well
    CHECK(tap.figures().packets == 5);
    for (int i = 0; i < 400; ++i)
        f.push(tap);
    CHECK(tap.figures().packets >= 5 + 65'536 / 188);
    tap.flush();
    fixture::wait_for(file, f.disk);
    CHECK(file->written() == tap.figures().packets * ts::packet_size);
    CHECK(tap.figures().dropped == 0);
}

TEST_CASE("what the disk does not take is counted, and what is scrambled again") {
    fixture f;
    std::promise<void> release;
    disk_writer stalled{70'000, [&](const std::filesystem::path& path) {
                            release.get_future().wait();
                            return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
                        }};
    const auto file = stalled.create({.path = f.folder / "a", .unit = ts::packet_size});
    recording_tap tap{5, 1, to_disk(stalled, file)};
    tap.set_pmt(make_pmt(1, 0x101, 0x102, 0x300), 7, 0x100);
    for (int i = 0; i < 1000; ++i)
        f.push(tap);
    f.push(tap, ts::scrambling::odd);
    tap.flush();
    const auto figures = tap.figures();
    CHECK(figures.scrambled == 1);
    CHECK(figures.dropped > 0);
    release.set_value();
    fixture::wait_for(file, stalled);
    CHECK(file->written() == figures.packets * ts::packet_size);
}

TEST_CASE("a service that went away goes on in the same file, from a start of its own") {
    fixture f;
    const auto file = f.disk.create({.path = f.folder / "a", .unit = ts::packet_size});
    recording_tap tap{5, 1, to_disk(f.disk, file)};
    const auto table = make_pmt(1, 0x101, 0x102, 0x300);
    tap.set_pmt(table, 7, 0x100);
    f.push(tap);
    tap.suspend();
    CHECK(tap.pids().empty());
    CHECK_FALSE(tap.pending());
    CHECK(tap.figures().packets == 3);
    CHECK(tap.figures().flowing_since == never);
    const auto began = tap.figures().started_at;
    f.now += 1s;
    tap.set_pmt(table, 7, 0x100);
    f.maker.lose(0x101);
    // the middle of a PES packet
    tap.push(view(f.maker.elementary(0x101, ts::scrambling::clear, false)), f.now);
    CHECK_FALSE(tap.pending());
    f.push(tap);
    tap.flush();
    CHECK(tap.figures().packets == 6); // with tables in front again
    CHECK(tap.figures().continuity_errors == 0);
    CHECK(tap.figures().started_at == began);
    CHECK(tap.figures().flowing_since == f.now);
    fixture::wait_for(file, f.disk);
}

TEST_CASE("gaps are noted with their place") {
    using kind = recording_gap::kind;
    fixture f;
    const auto gaps = std::make_shared<recording_gaps>();
    bool room = true;
    recording_tap tap{5, 1, [&](const bytes&) { return room; }, gaps};
    const auto table = make_pmt(1, 0x101, 0x102, 0x300);
    tap.set_pmt(table, 7, 0x100);
    f.push(tap, ts::scrambling::odd); // before the beginning nothing is missing
    f.push(tap);
    CHECK(gaps->count() == 0);
    f.push(tap, ts::scrambling::odd);
    f.push(tap, ts::scrambling::odd);
    f.maker.lose(0x101);
    f.push(tap);
    tap.suspend();
    tap.set_pmt(table, 7, 0x100);
    f.push(tap);
    room = false;
    f.push(tap);
    tap.flush();
    const auto list = gaps->list();
    REQUIRE(list.size() == 4);
    CHECK(list[0].what == kind::scrambled);
    CHECK(list[0].packets == 2);
    CHECK(list[0].position == 3 * ts::packet_size); // PAT, PMT, the packet
    CHECK(list[1].what == kind::reception);
    CHECK(list[1].packets == 1);
    CHECK(list[2].what == kind::away);
    CHECK(list[2].position == 4 * ts::packet_size);
    CHECK(list[3].what == kind::disk);
    CHECK(list[3].packets == tap.figures().dropped);
}
