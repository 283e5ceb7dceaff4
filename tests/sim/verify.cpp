// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/verify/verify.hpp"

#include "sim/commands/commands.hpp"
#include "sim/headend/headend.hpp"
#include "support/catch.hpp"
#include "support/clear_stream.hpp"
#include "ts/service_extractor.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <functional>

using namespace cihost;
using namespace cihost::sim;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

/// 8 s of head-end, shared by the cases.
struct captures {
    multiplex_block block;
    temporary_file source;
    temporary_file on_air;

    captures() {
        const temporary_file file{clear_stream{}.make()};
        headend_settings settings;
        settings.file = file.name();
        settings.card_key.assign(16, 7);
        settings.crypto_period = 2s;
        settings.seed = 1;
        event_log log;
        std::string why;
        block = headend::open(settings, log, time_point{}, why).value()->produce(time_point{} + 8s);
        source.write(block.source);
        on_air.write(block.on_air);
    }
};

const captures& made() {
    static const captures once;
    return once;
}

constexpr double packets_per_second = clear_stream::packets_per_second;

/// Service 1 between two seconds, as a recorder that works writes it.
bytes record(const bytes& source, double from, double to) {
    ts::service_extractor extractor{1};
    extractor.set_pmt(clear_stream_pmts()[0], 7, 0x100);
    bytes out;
    double number = 0;
    each_packet(source, [&](ts::packet_view packet) {
        const auto second = ++number / packets_per_second;
        if (second > from && second < to)
            extractor.push(packet, out);
    });
    return out;
}

bytes good_recording() { return record(made().block.source, 2, 6); }

/// The source with subtitles without time stamps in the place of service 1's audio: a PES packet
/// every 480 ms, and every fourth the same, as when a file is played in a loop.
bytes source_with_subtitles() {
    auto source = made().block.source;
    unsigned number = 0;
    for (std::size_t at = 0; at < source.size(); at += ts::packet_size) {
        auto* packet = source.data() + at;
        const bool starts = (packet[1] & 0x40) != 0;
        if ((packet[1] & 0x1F) != 0x01 || packet[2] != 0x02)
            continue;
        if (!starts || number++ % 20 != 0) {
            packet[1] = 0x1F; // a null packet
            packet[2] = 0xFF;
            continue;
        }
        const auto subtitle = number / 20;
        packet[3] = static_cast<std::uint8_t>(0x10 | (subtitle & 0x0F));
        std::fill_n(packet + 4, ts::packet_size - 4, static_cast<std::uint8_t>(subtitle % 4));
        const bytes header{0, 0, 1, 0xBD, 0, 178, 0x80, 0, 0};
        std::copy(header.begin(), header.end(), packet + 4);
    }
    return source;
}

verify_settings settings_for(const temporary_file& recording) {
    return {made().source.name(), made().on_air.name(), {{recording.name(), 1}}, {}};
}

verified_recording judge(const bytes& recording) {
    const temporary_file file{recording};
    const auto report = verify(settings_for(file));
    CHECK(report.problems.empty());
    CHECK(report.passed() == report.recordings.at(0).problems.empty());
    return report.recordings.at(0);
}

const verified_stream& stream_of(const verified_recording& recording, ts::pid_t pid) {
    return *std::find_if(recording.streams.begin(), recording.streams.end(),
                         [&](const auto& s) { return s.pid == pid; });
}

/// Byte offset of the n-th payload packet of a PID.
std::size_t offset_of(const bytes& stream, ts::pid_t pid, std::size_t n) {
    std::size_t at = 0;
    std::size_t found = stream.size();
    each_packet(stream, [&](ts::packet_view packet) {
        if (packet.pid() == pid && packet.has_payload() && n-- == 0)
            found = at;
        at += ts::packet_size;
    });
    REQUIRE(found < stream.size());
    return found;
}

bytes without(const bytes& stream, const std::function<bool(ts::packet_view)>& unwanted) {
    bytes out;
    each_packet(stream, [&](ts::packet_view packet) {
        if (!unwanted(packet))
            out.insert(out.end(), packet.data().begin(), packet.data().end());
    });
    return out;
}

void erase_packet(bytes& stream, std::size_t offset) {
    const auto at = stream.begin() + static_cast<std::ptrdiff_t>(offset);
    stream.erase(at, at + ts::packet_size);
}

bool mentions(const verified_recording& recording, const std::string& words) {
    return std::any_of(
        recording.problems.begin(), recording.problems.end(),
        [&](const auto& sentence) { return sentence.find(words) != std::string::npos; });
}

} // namespace

TEST_CASE("verify: a good recording passes, with figures") {
    const auto report_of = [](const temporary_file& file) { return verify(settings_for(file)); };
    const temporary_file file{good_recording()};
    const auto report = report_of(file);
    CHECK(report.passed());
    CHECK(report.source_seconds == Approx(8.0).margin(0.1));
    const auto& recording = report.recordings.at(0);
    for (const auto& sentence : recording.problems)
        WARN(sentence);
    CHECK(recording.identical);
    CHECK(recording.starts_with_tables);
    CHECK_FALSE(recording.pmt_has_ca_descriptors);
    CHECK(recording.tail_seconds == Approx(2.0).margin(0.1));
    REQUIRE(recording.streams.size() == 3);
    std::size_t sum = 0;
    for (const auto& stream : recording.streams) {
        CHECK(stream.packets_compared == stream.packets_in_recording);
        CHECK(stream.tail_seconds == Approx(2.0).margin(0.2));
        sum += stream.packets_compared;
    }
    CHECK(sum == recording.packets_compared);
    // 30 video packets every 40 ms
    CHECK(static_cast<double>(stream_of(recording, 0x101).packets_compared) ==
          Approx(4 * 25 * 30).epsilon(0.03));

    // services 1 and the group of 2 and 3
    REQUIRE(report.on_air.size() == 3);
    for (const auto& service : report.on_air) {
        CHECK(service.ca_descriptors);
        CHECK(service.clear_packets == 0);
        CHECK(service.scrambled_packets > 1000);
    }
}

TEST_CASE("verify: one changed byte is found, and where") {
    auto recording = good_recording();
    recording[offset_of(recording, 0x101, 1000) + 100] ^= 0x01;
    const auto verdict = judge(recording);
    CHECK_FALSE(verdict.identical);
    CHECK(verdict.problems ==
          std::vector<std::string>{"PID 0101: 1 packet differs from the source"});
    const auto& stream = stream_of(verdict, 0x101);
    CHECK(stream.changed == 1);
    CHECK(stream.first_mismatch == 1000U);
    CHECK(stream.packets_compared == stream.packets_in_recording - 1);
}

TEST_CASE("verify: first and last packet count as well") {
    auto recording = good_recording();
    recording[offset_of(recording, 0x102, 0) + 187] ^= 0x80;
    CHECK(stream_of(judge(recording), 0x102).changed == 1);

    recording = good_recording();
    const auto packets = stream_of(judge(recording), 0x102).packets_in_recording;
    recording[offset_of(recording, 0x102, packets - 1) + 187] ^= 0x80;
    const auto verdict = judge(recording);
    CHECK(stream_of(verdict, 0x102).changed == 1);
    CHECK(stream_of(verdict, 0x102).first_mismatch == packets - 1);
}

TEST_CASE("verify: a missing packet is found") {
    auto recording = good_recording();
    erase_packet(recording, offset_of(recording, 0x101, 500));
    const auto verdict = judge(recording);
    CHECK_FALSE(verdict.identical);
    const auto& stream = stream_of(verdict, 0x101);
    CHECK(stream.missing == 1);
    CHECK(stream.changed == 0);
    CHECK(stream.first_mismatch == 500U);
    CHECK(stream.continuity_errors == 1);
    CHECK(mentions(verdict, "PID 0101: 1 packet is missing"));
    CHECK(mentions(verdict, "PID 0101: 1 continuity error"));
}

TEST_CASE("verify: a gap of a second is as many missing packets") {
    auto recording = good_recording();
    const auto before = stream_of(judge(recording), 0x101).packets_compared;
    std::size_t number = 0;
    const auto verdict = judge(without(recording, [&](ts::packet_view packet) {
        if (packet.pid() != 0x101)
            return false;
        ++number;
        return number > 1000 && number <= 1750;
    }));
    CHECK(stream_of(verdict, 0x101).missing == 750);
    CHECK(stream_of(verdict, 0x101).packets_compared == before - 750);
    CHECK(stream_of(verdict, 0x101).changed == 0);
}

TEST_CASE("verify: a repeated packet is surplus") {
    auto recording = good_recording();
    const auto at = recording.begin() + static_cast<std::ptrdiff_t>(offset_of(recording, 0x101, 9));
    const bytes copy(at, at + ts::packet_size);
    recording.insert(at, copy.begin(), copy.end());
    const auto verdict = judge(recording);
    CHECK(stream_of(verdict, 0x101).surplus == 1);
    CHECK(stream_of(verdict, 0x101).changed == 0);
    CHECK_FALSE(verdict.identical);
}

TEST_CASE("verify: a packet still scrambled is found") {
    auto recording = good_recording();
    const auto into = offset_of(recording, 0x102, 50);
    const auto source_number = *stream_of(judge(recording), 0x102).source_first + 50;
    const auto from = offset_of(made().block.on_air, 0x102, source_number);
    std::copy_n(made().block.on_air.begin() + static_cast<std::ptrdiff_t>(from), ts::packet_size,
                recording.begin() + static_cast<std::ptrdiff_t>(into));
    const auto verdict = judge(recording);
    CHECK_FALSE(verdict.identical);
    CHECK(stream_of(verdict, 0x102).scrambled == 1);
    CHECK(stream_of(verdict, 0x102).changed == 1);
    CHECK(mentions(verdict, "PID 0102: 1 packet is still scrambled"));
}

TEST_CASE("verify: an early stop shows") {
    auto recording = good_recording();
    SECTION("of the whole recording: by its tail, a problem when asked for") {
        recording.resize(recording.size() / 2 / ts::packet_size * ts::packet_size);
        const temporary_file file{recording};
        auto settings = settings_for(file);
        auto report = verify(settings);
        CHECK(report.passed());
        CHECK(report.recordings.at(0).tail_seconds == Approx(4.0).margin(0.2));
        settings.max_tail_seconds = 3.0;
        report = verify(settings);
        CHECK_FALSE(report.passed());
        CHECK(mentions(report.recordings.at(0), "before the source does"));
        settings.max_tail_seconds = 5.0;
        CHECK(verify(settings).passed());
    }
    SECTION("of one stream: always a problem") {
        std::size_t number = 0;
        const auto verdict = judge(without(recording, [&](ts::packet_view packet) {
            return packet.pid() == 0x102 && ++number > 100;
        }));
        CHECK(mentions(verdict, "PID 0102: it stops 3."));
        CHECK(stream_of(verdict, 0x102).tail_packets > 300);
    }
    SECTION("before it began") {
        const auto verdict =
            judge(without(recording, [](ts::packet_view packet) { return packet.pid() == 0x102; }));
        CHECK(mentions(verdict, "PID 0102: nothing of it was recorded"));
    }
}

TEST_CASE("verify: a stream that starts late is found") {
    const auto late_by = [](std::size_t pes) {
        std::size_t started = 0;
        return judge(without(good_recording(), [&](ts::packet_view packet) {
            if (packet.pid() != 0x102)
                return false;
            started += packet.payload_unit_start();
            return started <= pes;
        }));
    };
    // a PES packet every 24 ms
    CHECK(mentions(late_by(80), "PID 0102: it starts 1.9 s behind the recording's beginning"));
    // the module's key may have come so late
    CHECK(late_by(50).problems.empty());
}

TEST_CASE("verify: a sparse stream that repeats is looked for where the others are") {
    const auto source = source_with_subtitles();
    const temporary_file source_file{source};
    const auto verdict_of = [&](const bytes& recording) {
        const temporary_file file{recording};
        return verify({source_file.name(), {}, {{file.name(), 1}}, {}}).recordings.at(0);
    };
    for (const double from : {0.1, 2.0, 4.2, 5.9}) {
        INFO("from second " << from);
        const auto verdict = verdict_of(record(source, from, from + 2));
        CHECK(verdict.problems == std::vector<std::string>{});
        CHECK(verdict.identical);
        CHECK(verdict.seconds == Approx(2.0).margin(0.1));
        CHECK(stream_of(verdict, 0x102).packets_compared >= 4);
        CHECK(static_cast<double>(*stream_of(verdict, 0x102).source_first) ==
              Approx(from / 0.48).margin(1));
    }
    // and is still missed when it does not begin with them
    std::size_t number = 0;
    const auto late = without(record(source, 2, 6), [&](ts::packet_view packet) {
        return packet.pid() == 0x102 && ++number <= 4;
    });
    CHECK(mentions(verdict_of(late), "PID 0102: it starts"));
}

TEST_CASE("verify: nothing looked at is nothing proven") {
    CHECK_FALSE(verify({made().source.name(), {}, {}, {}}).passed());
    CHECK(verify({made().source.name(), made().on_air.name(), {}, {}}).passed());

    CLI::App program{"", "cihost-sim"};
    action chosen;
    add_verify_command(program, chosen);
    CHECK_THROWS_AS(program.parse("verify --source " + made().source.name()), CLI::ParseError);
    CHECK_FALSE(chosen);
    program.parse("verify --source " + made().source.name() + " --on-air " + made().on_air.name());
    REQUIRE(chosen);
}

TEST_CASE("verify: tables of the recording") {
    const auto recording = good_recording();
    SECTION("not in front") {
        bytes late(recording.begin() + 20 * ts::packet_size, recording.end());
        CHECK(mentions(judge(late), "does not start with PAT and PMT"));
    }
    SECTION("not at all") {
        const auto bare = without(recording, [](auto packet) { return packet.pid() == 0x100; });
        CHECK(mentions(judge(bare), "it has no PMT of the service"));
    }
    SECTION("with CA descriptors: packets as the head-end sends them") {
        const auto copied = without(made().block.source, [](ts::packet_view packet) {
            return packet.pid() > 0x103 || (packet.pid() & 0xFF) == 0x11;
        });
        const auto verdict = judge(copied);
        CHECK(verdict.pmt_has_ca_descriptors);
        CHECK(mentions(verdict, "its PMT has CA descriptors"));
    }
}

TEST_CASE("verify: what cannot be compared is a problem") {
    const temporary_file good{good_recording()};
    auto settings = settings_for(good);
    SECTION("another service's recording") {
        settings.recordings[0].program_number = 2;
        const auto report = verify(settings);
        CHECK_FALSE(report.passed());
        CHECK(mentions(report.recordings.at(0), "nothing of the service was recorded"));
        CHECK_FALSE(report.recordings.at(0).identical);
    }
    SECTION("a service that was not on air") {
        settings.recordings[0].program_number = 77;
        CHECK(mentions(verify(settings).recordings.at(0), "the source has no PMT"));
    }
    SECTION("no such files") {
        settings.recordings[0].file = "/nonexistent.ts";
        CHECK(mentions(verify(settings).recordings.at(0), "No such file"));
        settings.on_air = "/nonexistent.ts";
        CHECK(verify(settings).problems.size() == 1);
        settings.source = "/nonexistent.ts";
        CHECK_FALSE(verify(settings).passed());
    }
    SECTION("a stream of the same PIDs from elsewhere") {
        const temporary_file elsewhere{clear_stream{.first_clock = 77'000'000}.make()};
        settings.recordings[0].file = elsewhere.name();
        auto report = verify(settings);
        CHECK_FALSE(report.passed());
        CHECK_FALSE(report.recordings.at(0).identical);
    }
    SECTION("on air in the clear") {
        settings.on_air = settings.source;
        const auto report = verify(settings);
        CHECK(report.problems.size() == 6);
        CHECK(report.on_air.at(0).scrambled_packets == 0);
        CHECK_FALSE(report.passed());
    }
}

TEST_CASE("verify: the report as JSON") {
    auto recording = good_recording();
    recording[offset_of(recording, 0x101, 1000) + 100] ^= 0x01;
    const temporary_file file{recording};
    const auto json = to_json(verify(settings_for(file)));
    CHECK_FALSE(json.at("passed").as_bool());
    CHECK(json.at("problems").as_array().empty());
    const auto& first = json.at("recordings").as_array().at(0).as_object();
    CHECK(first.at("program_number").to_number<int>() == 1);
    CHECK_FALSE(first.at("identical").as_bool());
    CHECK(first.at("packets_compared").to_number<int>() > 3000);
    CHECK(first.at("problems").as_array().size() == 1);
    const auto& stream = first.at("streams").as_array().at(0).as_object();
    CHECK(stream.at("first_mismatch").to_number<int>() == 1000);
    CHECK(json.at("on_air").as_array().at(1).at("scrambled_packets").to_number<int>() > 1000);
}
