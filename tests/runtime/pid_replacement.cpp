// SPDX-License-Identifier: LGPL-2.1-or-later
/// Host Control's replace in the recordings: stream_analysis alone.

#include "driver.hpp"
#include "packets.hpp"
#include "runtime/stream_analysis.hpp"
#include "support/catch.hpp"

#include <cihost/ts/packet.hpp>

#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <vector>

using namespace cihost;
using namespace cihost::runtime;
using namespace cihost::test;
using namespace std::chrono_literals;
using ts::scrambling;

namespace {

/// A recording of service 1, video on 101 and audio on 102; each packet's last byte is told.
struct fixture {
    temporary_folder folder;
    disk_writer disk;
    packet_maker maker;
    stream_analysis analysis{[](const table_sections&) { return true; }};
    time_point now = time_point{} + 100s;
    std::shared_ptr<disk_file> file = disk.create({.path = folder / "a", .unit = ts::packet_size});

    fixture() {
        analysis.add(std::make_shared<recording_tap>(1, 1, to_disk(disk, file)));
        analysis.set_pmt(1, make_pmt(1, 0x101, 0x102, ts::pid_null), 7, 0x100);
    }
    void replace(std::vector<pid_replacement> all) {
        stream_watch watch;
        watch.replacements = std::move(all);
        analysis.watch(watch);
    }
    void packet(ts::pid_t pid, std::uint8_t mark, bool pes_start = true,
                scrambling s = scrambling::clear) {
        now += 1ms;
        auto data = maker.elementary(pid, s, pes_start);
        data.back() = mark;
        analysis.push(view(data), now);
    }
    /// PID and mark of what is in the file besides PAT and PMT.
    std::vector<std::pair<unsigned, unsigned>> recorded() {
        CHECK(analysis.remove(1)->continuity_errors == 0);
        std::promise<void> closed;
        disk.close(file, [&] { closed.set_value(); });
        closed.get_future().wait();
        std::ifstream in{folder / "a", std::ios::binary};
        const std::vector<char> raw{std::istreambuf_iterator<char>{in}, {}};
        const bytes all{raw.begin(), raw.end()};
        std::vector<std::pair<unsigned, unsigned>> list;
        for (std::size_t i = 0; i < all.size() / ts::packet_size; ++i)
            if (const auto p = view(all, i); p.pid() != 0 && p.pid() != 0x100)
                list.emplace_back(p.pid(), p.data().back());
        return list;
    }
};

using packets = std::vector<std::pair<unsigned, unsigned>>;

} // namespace

TEST_CASE("replace: packets of one PID stand for another's, from a PES start to a PES start") {
    fixture f;
    f.packet(0x101, 1);
    f.packet(0x102, 2);
    f.packet(0x700, 3); // nobody's
    f.replace({{0x101, 0x700}});
    f.packet(0x101, 4);
    f.packet(0x700, 5, false); // the middle of a PES packet
    f.packet(0x700, 6);
    f.packet(0x700, 7, false);
    f.packet(0x102, 8);
    f.replace({});
    f.packet(0x700, 9);
    f.packet(0x101, 10, false);
    f.packet(0x101, 11);
    CHECK(f.recorded() ==
          packets{{0x101, 1}, {0x102, 2}, {0x101, 6}, {0x101, 7}, {0x102, 8}, {0x101, 11}});
}

TEST_CASE("replace: by a stream of the same service, which goes on under its own name") {
    fixture f;
    f.replace({{0x101, 0x102}, {0x555, 0x556}});
    f.packet(0x101, 1);
    f.packet(0x102, 2);
    CHECK(f.recorded() == packets{{0x101, 2}, {0x102, 2}});
}

TEST_CASE("replace: two PIDs may change places") {
    fixture f;
    f.replace({{0x101, 0x102}, {0x102, 0x101}});
    f.packet(0x101, 1);
    f.packet(0x102, 2);
    CHECK(f.recorded() == packets{{0x102, 1}, {0x101, 2}});
}

TEST_CASE("replace: scrambled packets are left out as ever, and another multiplex ends it") {
    fixture f;
    f.packet(0x101, 1);
    f.replace({{0x101, 0x700}});
    f.packet(0x700, 2, true, scrambling::even);
    f.packet(0x700, 3);
    f.analysis.retuned();
    f.packet(0x700, 4);
    f.analysis.set_pmt(1, make_pmt(1, 0x101, 0x102, ts::pid_null), 8, 0x100);
    f.packet(0x700, 5);
    f.packet(0x101, 6);
    CHECK(f.recorded() == packets{{0x101, 1}, {0x101, 3}, {0x101, 6}});
}
