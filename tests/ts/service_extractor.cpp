// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/service_extractor.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/samples.hpp"
#include "support/ts.hpp"

#include <cihost/ts/ca_descriptor.hpp>
#include <cihost/ts/continuity_monitor.hpp>
#include <cihost/ts/pat.hpp>
#include <cihost/ts/section_assembler.hpp>

#include <algorithm>
#include <map>
#include <random>

using namespace cihost;
using namespace cihost::test;

namespace {

constexpr std::uint16_t program = 0x2134;
constexpr ts::pid_t pmt_pid = 0x100;
constexpr ts::pid_t video = 0x101;
constexpr ts::pid_t audio = 0x102;
constexpr ts::pid_t carousel = 0x103;
constexpr ts::pid_t pcr = 0x1FF0;

constexpr unsigned clear = 0x10;
constexpr unsigned even = 0x90;

ts::pmt table() {
    return {.program_number = program,
            .version = 17,
            .pcr_pid = pcr,
            .program_info = {{0x09, "05 00 E1 23"_hex}, {0x0E, "C0 00 00"_hex}},
            .streams = {{0x1B, video, {{0x09, "05 00 E1 24"_hex}}},
                        {0x04, audio, {{0x0A, "66 72 61 00"_hex}}}}};
}

/// The multiplex at the extractor's door, and what came out.
class recording {
  public:
    explicit recording(const ts::pmt& t = table()) { extractor.set_pmt(t, 0x0428, pmt_pid); }

    void send(bytes_view packet) { extractor.push(view(packet), file); }
    void payload(ts::pid_t pid, unsigned flags = clear) {
        send(make_packet(pid, counters_[pid]++, "AA"_hex, flags));
    }
    void unit(ts::pid_t pid, unsigned flags = clear,
              const bytes& start = "00 00 01 E0 00 00 80"_hex) {
        send(make_packet(pid, counters_[pid]++, start, flags, true));
    }
    /// PCR without payload.
    void clock(std::uint64_t base, ts::pid_t pid = pcr) {
        bytes field{183, 0x10};
        for (int shift = 25; shift >= 1; shift -= 8)
            field.push_back(static_cast<std::uint8_t>(base >> shift));
        field.push_back(static_cast<std::uint8_t>(base << 7 | 0x7E));
        field.push_back(0);
        // the counter stays as it was with the last payload
        send(make_packet(pid, (counters_[pid] + 15) & 15, field, 0x20));
    }

    std::vector<ts::pid_t> pids() const {
        std::vector<ts::pid_t> list;
        each_packet(file, [&](ts::packet_view p) { list.push_back(p.pid()); });
        return list;
    }
    std::size_t count(ts::pid_t pid) const {
        return static_cast<std::size_t>(std::ranges::count(pids(), pid));
    }
    const ts::service_extractor::statistics& stats() const { return extractor.stats(); }

    ts::service_extractor extractor{program};
    bytes file;

  private:
    std::map<ts::pid_t, unsigned> counters_;
};

struct content {
    std::vector<ts::pat> pats;
    std::vector<ts::pmt> pmts;
    std::uint64_t continuity_errors = 0;
};

content read(bytes_view file) {
    content found;
    ts::continuity_monitor continuity;
    ts::section_assembler pat;
    std::map<ts::pid_t, ts::section_assembler> pmts;
    each_packet(file, [&](ts::packet_view packet) {
        continuity.push(packet);
        if (packet.pid() == ts::pid_pat)
            pat.push(packet);
        while (const auto one = pat.next())
            found.pats.push_back(ts::parse_pat(*one).value());
        if (found.pats.empty() || packet.pid() != found.pats.back().programs.at(0).pmt_pid)
            return;
        auto& pmt = pmts[packet.pid()];
        pmt.push(packet);
        while (const auto one = pmt.next())
            found.pmts.push_back(ts::parse_pmt(*one).value());
    });
    found.continuity_errors = continuity.total().errors;
    return found;
}

using pids = std::vector<ts::pid_t>;

} // namespace

TEST_CASE("service_extractor begins with PAT, PMT and the first clear PES start") {
    recording r;
    r.payload(video);
    r.unit(video, even);
    r.payload(audio, even);
    r.clock(0);
    CHECK(r.file.empty());
    CHECK_FALSE(r.stats().started);
    r.payload(video); // clear, but from the middle
    CHECK(r.file.empty());
    r.unit(audio);
    CHECK(r.pids() == pids{ts::pid_pat, pmt_pid, audio});
    CHECK(r.stats().started);
    r.payload(video); // video has not started yet
    r.unit(video);
    r.payload(video);
    r.clock(1);
    CHECK(r.pids() == pids{ts::pid_pat, pmt_pid, audio, video, video, pcr});
    CHECK(r.stats().packets == 6);
    CHECK(r.stats().waited == 6);
    CHECK(r.stats().scrambled == 0);
}

TEST_CASE("service_extractor writes tables of this service alone, without CA descriptors") {
    recording r;
    r.unit(video);
    const auto found = read(r.file);
    REQUIRE(found.pats.size() == 1);
    CHECK(found.pats[0].transport_stream_id == 0x0428);
    CHECK(found.pats[0].programs == std::vector<ts::pat::program>{{program, pmt_pid}});
    REQUIRE(found.pmts.size() == 1);
    CHECK_FALSE(ts::has_ca_descriptors(found.pmts[0]));
    auto expected = table();
    expected.version = found.pmts[0].version;
    expected.program_info.erase(expected.program_info.begin());
    expected.streams[0].descriptors.clear();
    CHECK((found.pmts[0] == expected));
}

TEST_CASE("service_extractor lets pass what belongs to the service and nothing else") {
    recording r;
    r.unit(video);
    for (const ts::pid_t other :
         {ts::pid_pat, ts::pid_t{0x11}, pmt_pid, ts::pid_t{0x123}, carousel, ts::pid_null})
        r.unit(other);
    CHECK(r.pids() == pids{ts::pid_pat, pmt_pid, video});
    r.payload(pcr); // a PCR PID may carry more than the PCR
    CHECK(r.count(pcr) == 1);
    auto damaged = make_packet(video, 1);
    damaged[1] |= 0x80;
    r.send(damaged);
    CHECK(r.count(video) == 1);
}

TEST_CASE("service_extractor leaves scrambled packets out and counts them") {
    recording r;
    r.unit(video);
    r.payload(video, even);
    r.unit(video, 0xD0);
    r.payload(video);
    CHECK(r.count(video) == 2);
    CHECK(r.stats().scrambled == 2);
    CHECK(r.stats().continuity_errors == 0); // nothing was lost on the way here
}

TEST_CASE("service_extractor does not start at a PES packet scrambled on PES level") {
    recording r;
    r.unit(video, clear, "00 00 01 E0 00 00 A0"_hex);
    CHECK(r.file.empty());
    r.unit(video, clear, "12 34 56 E0 00 00 80"_hex); // no PES start at all
    CHECK(r.file.empty());
    r.unit(video, clear, "00 00 01 BF 00 00 30"_hex); // private_stream_2 has no such field
    CHECK(r.count(video) == 1);
}

TEST_CASE("service_extractor starts streams of sections where a section starts, and behind PES") {
    auto t = table();
    t.streams.push_back({0x0B, carousel, {}});
    recording r{t};
    r.unit(carousel, clear, "00 3B B0"_hex); // nothing plays yet
    CHECK(r.file.empty());
    r.unit(video);
    r.payload(carousel);
    CHECK(r.count(carousel) == 0);
    r.unit(carousel, clear, "00 3B B0"_hex);
    CHECK(r.count(carousel) == 1);
}

TEST_CASE("service_extractor does not begin with subtitles that were never scrambled") {
    auto t = table();
    t.streams.push_back({0x06, carousel, {{0x59, "66 72 61 10 00 01 00 01"_hex}}});
    recording r{t};
    r.unit(carousel);
    r.unit(video, even);
    CHECK(r.file.empty());
    r.unit(audio);
    r.unit(carousel);
    CHECK(r.pids() == pids{ts::pid_pat, pmt_pid, audio, carousel});
}

TEST_CASE("service_extractor records a service of sections alone") {
    auto t = table();
    t.streams = {{0x0B, carousel, {}}};
    recording r{t};
    r.unit(carousel, clear, "00 3B B0"_hex);
    CHECK(r.pids() == pids{ts::pid_pat, pmt_pid, carousel});
}

TEST_CASE("service_extractor counts packets that never came") {
    recording r;
    r.unit(video);
    r.send(make_packet(video, 5));
    CHECK(r.stats().continuity_errors == 1);
    r.send(make_packet(video, 5)); // a duplicate is none
    r.send(make_packet(video, 6));
    CHECK(r.stats().continuity_errors == 1);
    CHECK(r.count(video) == 4);
}

TEST_CASE("service_extractor repeats the tables every 250 ms of the PCR") {
    recording r;
    const auto start = (std::uint64_t{1} << 33) - 90'000; // the counter wraps on the way
    for (std::uint64_t ms = 0; ms <= 2000; ms += 10) {
        r.clock((start + ms * 90) % (std::uint64_t{1} << 33));
        r.unit(video);
        r.payload(video);
    }
    CHECK(r.count(ts::pid_pat) == 9);
    CHECK(r.count(pmt_pid) == 9);
    // a jump back makes them due at once
    r.clock(1000);
    CHECK(r.count(ts::pid_pat) == 10);
    const auto found = read(r.file);
    CHECK(found.continuity_errors == 0);
    CHECK(found.pats.size() == 10);
    CHECK(found.pmts.size() == 10);
    CHECK(found.pmts.front().version == found.pmts.back().version);
}

TEST_CASE("service_extractor repeats the tables without PCR too") {
    recording r;
    for (int i = 0; i < 3000; ++i)
        r.unit(video);
    CHECK(r.count(ts::pid_pat) >= 3);
    CHECK(r.count(ts::pid_pat) < 10);
}

TEST_CASE("service_extractor takes the PCR from an elementary PID") {
    auto t = table();
    t.pcr_pid = video;
    recording r{t};
    r.clock(0, video);
    CHECK(r.file.empty()); // the file has not started
    r.unit(audio);
    r.clock(9'000, video); // nothing of video has started
    r.unit(video);
    r.clock(40'000, video);
    CHECK(r.pids() == pids{ts::pid_pat, pmt_pid, audio, video, ts::pid_pat, pmt_pid, video});
}

TEST_CASE("service_extractor follows a PMT that changes midway") {
    recording r;
    r.unit(video);
    r.unit(audio);
    auto changed = table();
    changed.streams.erase(changed.streams.begin() + 1);
    changed.streams.push_back({0x0B, carousel, {}});
    r.extractor.set_pmt(changed, 0x0428, pmt_pid);
    r.unit(audio); // gone
    r.payload(carousel);
    CHECK(r.pids() == pids{ts::pid_pat, pmt_pid, video, audio});
    r.payload(video); // goes on without a new start, behind new tables
    r.unit(carousel, clear, "00 3B"_hex);
    r.extractor.set_pmt(table(), 0x0428, pmt_pid);
    r.payload(audio); // back, but must start anew
    r.unit(audio);
    CHECK(r.pids() == pids{ts::pid_pat, pmt_pid, video, audio, ts::pid_pat, pmt_pid, video,
                           carousel, ts::pid_pat, pmt_pid, audio});
    const auto found = read(r.file);
    REQUIRE(found.pmts.size() == 3);
    CHECK(found.pmts[0].version == 0);
    CHECK(found.pmts[1].version == 1);
    CHECK(found.pmts[1].streams.size() == 2);
    CHECK(found.pmts[2].version == 2);
    CHECK(found.pats[2].version == found.pats[0].version);
    CHECK(found.continuity_errors == 1); // of audio, which was away
}

TEST_CASE("service_extractor writes nothing new when only version or CA descriptors changed") {
    recording r;
    r.unit(video);
    auto same = table();
    same.version = 18;
    same.program_info[0] = {0x09, "18 00 E1 30"_hex};
    r.extractor.set_pmt(same, 0x0428, pmt_pid);
    r.payload(video);
    CHECK(r.count(ts::pid_pat) == 1);
}

TEST_CASE("service_extractor follows the PMT to another PID") {
    recording r;
    r.unit(video);
    r.extractor.set_pmt(table(), 0x0428, 0x200);
    r.payload(video);
    CHECK(r.pids() == pids{ts::pid_pat, pmt_pid, video, ts::pid_pat, 0x200, video});
    const auto found = read(r.file);
    CHECK(found.pats[1].version == 1);
    CHECK(found.pmts.size() == 2);
    CHECK(found.continuity_errors == 0);
}

TEST_CASE("service_extractor passes over tables that fit no section") {
    recording r;
    auto large = table();
    large.program_info.assign(10, {0x80, bytes(200)});
    r.extractor.set_pmt(large, 0x0428, pmt_pid);
    r.unit(video);
    CHECK(r.pids() == pids{ts::pid_pat, pmt_pid, video}); // the former holds
}

TEST_CASE("service_extractor gives nothing before it has a PMT") {
    ts::service_extractor extractor{program};
    bytes file;
    extractor.push(view(make_packet(video, 0, "00 00 01 E0 00 00 80"_hex, clear, true)), file);
    CHECK(file.empty());
}

TEST_CASE("service_extractor does not let a PMT name PAT, PMT or null packets as streams") {
    ts::pmt hostile;
    hostile.program_number = program;
    for (const ts::pid_t pid : {ts::pid_pat, pmt_pid, ts::pid_null, video, video})
        hostile.streams.push_back({0x1B, pid, {}});
    recording r{hostile};
    for (const ts::pid_t pid : {ts::pid_pat, pmt_pid, ts::pid_null})
        r.unit(pid);
    CHECK(r.file.empty());
    r.unit(video);
    CHECK(r.pids() == pids{ts::pid_pat, pmt_pid, video});
}

TEST_CASE("service_extractor cuts a playable service out of a full multiplex") {
    const auto data = sample("ts/rai-it-dvbt-fullmux-clear.ts");
    if (!data)
        CIHOST_SKIP("no captures (CIHOST_SAMPLES)");
    std::optional<ts::pat> pat;
    std::optional<ts::pmt> pmt;
    ts::section_assembler pat_sections;
    ts::section_assembler pmt_sections;
    read_capture(*data, [&](ts::packet_view packet) {
        if (packet.pid() == ts::pid_pat)
            pat_sections.push(packet);
        while (const auto one = pat_sections.next())
            pat = ts::parse_pat(*one).value();
        if (pat && packet.pid() == pat->programs.at(0).pmt_pid)
            pmt_sections.push(packet);
        while (const auto one = pmt_sections.next())
            if (auto found = ts::parse_pmt(*one);
                found && found->program_number == pat->programs[0].program_number)
                pmt = *found;
    });
    REQUIRE(pat);
    REQUIRE(pmt);
    ts::service_extractor extractor{pmt->program_number};
    extractor.set_pmt(*pmt, pat->transport_stream_id, pat->programs[0].pmt_pid);
    bytes file;
    read_capture(*data, [&](ts::packet_view packet) { extractor.push(packet, file); });
    CHECK(extractor.stats().started);
    CHECK(extractor.stats().packets * ts::packet_size == file.size());
    CHECK(extractor.stats().scrambled == 0);
    const auto found = read(file);
    CHECK(found.continuity_errors == extractor.stats().continuity_errors);
    CHECK(found.pmts.size() >= 4); // 1.35 s
    CHECK(found.pmts.size() <= 7);
}

TEST_CASE("service_extractor shows no gap where a stream's beginning was left out") {
    auto t = table();
    t.pcr_pid = video;
    recording r{t};
    r.unit(audio);
    r.payload(video);      // the middle of a PES: left out
    r.clock(9'000, video); // would stand in front of the gap
    r.unit(video);
    CHECK(r.pids() == pids{ts::pid_pat, pmt_pid, audio, video});
    r.clock(18'000, video);
    CHECK(r.pids().back() == video);
    CHECK(r.extractor.stats().scrambled == 0);
}

TEST_CASE("service_extractor keeps a PCR without payload out of a gap, which it would lengthen") {
    auto t = table();
    t.pcr_pid = video;
    recording r{t};
    r.unit(video);
    r.clock(1, video);
    CHECK(r.count(video) == 2);
    r.payload(video, even);
    for (std::uint64_t i = 2; i < 20; ++i)
        r.clock(i, video); // the counter is that of the packet left out
    CHECK(r.count(video) == 2);
    r.payload(video);
    r.clock(20, video);
    CHECK(r.count(video) == 4);
    CHECK(r.stats().scrambled == 1);
    CHECK(read(r.file).continuity_errors == 1); // the gap itself, once
}

TEST_CASE(
    "service_extractor writes SDT and EIT behind the tables, every eighth time and when new") {
    recording r;
    r.extractor.set_description({bytes(20, std::uint8_t{0x42})});
    r.unit(video);
    CHECK(r.pids() == pids{ts::pid_pat, pmt_pid, ts::pid_sdt, video});
    r.extractor.set_events({bytes(20, std::uint8_t{0x4E}), bytes(300, std::uint8_t{0x4E})});
    r.payload(video);
    CHECK(r.count(ts::pid_eit) == 0); // with the next tables
    for (std::uint64_t ms = 0; ms <= 4'100; ms += 10) {
        r.clock(ms * 90);
        r.payload(video);
    }
    // the first three packets after 250 ms, and again 2 s later
    CHECK(r.count(ts::pid_pat) == 17);
    CHECK(r.count(ts::pid_eit) == 6);
    CHECK(r.count(ts::pid_sdt) == 3);
    CHECK(read(r.file).continuity_errors == 0);
}

TEST_CASE("service_extractor does not take what a PMT says is on the PIDs of SDT and EIT") {
    auto t = table();
    t.streams.push_back({0x05, ts::pid_eit, {}});
    recording r{t};
    r.unit(video);
    r.unit(ts::pid_eit, clear, "00 4E F0"_hex);
    CHECK(r.count(ts::pid_eit) == 0);
}
