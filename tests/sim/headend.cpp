// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/headend.hpp"

#include "cam_bench.hpp"
#include "sim/ca_system.hpp"
#include "sim/csa.hpp"
#include "sim/headend/timestamps.hpp"
#include "support/catch.hpp"
#include "support/clear_stream.hpp"
#include "support/samples.hpp"

#include <cihost/ts/cat.hpp>
#include <cihost/ts/continuity_monitor.hpp>
#include <cihost/ts/pat.hpp>
#include <cihost/ts/sdt.hpp>
#include <cihost/ts/section_assembler.hpp>
#include <cihost/ts/time_table.hpp>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <sstream>

using namespace cihost;
using namespace cihost::sim;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

constexpr time_point start = time_point{} + 1000s;
constexpr aes_key card_key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

headend_settings settings_for(const std::string& file) {
    headend_settings settings;
    settings.file = file;
    settings.card_key.assign(card_key.begin(), card_key.end());
    settings.crypto_period = 2s;
    settings.service_key_period = 6s;
    settings.seed = 1;
    settings.utc_at_start = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};
    return settings;
}

std::unique_ptr<headend> open(const headend_settings& settings) {
    std::string why;
    static event_log nowhere;
    auto made = headend::open(settings, nowhere, start, why);
    INFO(why);
    REQUIRE(made.has_value());
    return std::move(*made);
}

/// All sections of one PID, with the packet number of their end.
struct seen_section {
    std::size_t packet;
    bytes data;
};

std::map<ts::pid_t, std::vector<seen_section>> sections_of(const bytes& stream,
                                                           const std::set<ts::pid_t>& pids) {
    std::map<ts::pid_t, std::vector<seen_section>> found;
    std::map<ts::pid_t, ts::section_assembler> assemblers;
    std::size_t number = 0;
    each_packet(stream, [&](ts::packet_view packet) {
        ++number;
        if (!pids.contains(packet.pid()))
            return;
        auto& assembler = assemblers[packet.pid()];
        assembler.push(packet);
        while (const auto section = assembler.next())
            found[packet.pid()].push_back(
                {number, bytes(section->data().begin(), section->data().end())});
    });
    for (const auto& [pid, assembler] : assemblers) {
        INFO("PID " << pid);
        CHECK(assembler.stats().crc_errors == 0);
    }
    return found;
}

ts::pmt pmt_in(const bytes& section) { return *ts::parse_pmt(*ts::section_view::parse(section)); }

/// What the card and the CAM do together, for one service: EMMs open under the card key, ECMs under
/// the service keys, the service's streams under the control words. In place.
void descramble(bytes& stream, ts::pid_t emm_pid, ts::pid_t ecm_pid,
                const std::vector<std::uint16_t>& elementary_pids) {
    std::map<std::uint32_t, aes_key> service_keys;
    std::map<ts::pid_t, ts::section_assembler> assemblers;
    csa keys;
    control_word even{}, odd{};
    std::vector<std::uint8_t*> gathered;
    const auto flush = [&] {
        keys.descramble(gathered);
        gathered.clear();
    };
    for (std::size_t at = 0; at < stream.size(); at += ts::packet_size) {
        auto* data = stream.data() + at;
        const ts::packet_view packet{ts::packet_view::data_type{data, ts::packet_size}};
        if (packet.pid() == emm_pid || packet.pid() == ecm_pid) {
            auto& assembler = assemblers[packet.pid()];
            assembler.push(packet);
            while (const auto section = assembler.next()) {
                if (packet.pid() == emm_pid) {
                    const auto emm = open_emm(section->data(), card_key);
                    REQUIRE(emm.has_value());
                    service_keys[emm->service_key_number] = emm->service_key;
                    continue;
                }
                const auto number = ecm_key_number(section->data());
                REQUIRE(number.has_value());
                if (!service_keys.contains(*number))
                    continue;
                const auto ecm = open_ecm(section->data(), service_keys[*number]);
                REQUIRE(ecm.has_value());
                flush();
                if (ecm->even != even)
                    keys.set_key(parity::even, even = ecm->even);
                if (ecm->odd != odd)
                    keys.set_key(parity::odd, odd = ecm->odd);
            }
        }
        if (std::find(elementary_pids.begin(), elementary_pids.end(), packet.pid()) !=
            elementary_pids.end())
            gathered.push_back(data);
    }
    flush();
}

ts::pid_t emm_pid_of(const bytes& stream) {
    const auto cats = sections_of(stream, {ts::pid_cat})[ts::pid_cat];
    REQUIRE(!cats.empty());
    const auto cat = ts::parse_cat(*ts::section_view::parse(cats[0].data));
    REQUIRE(cat.has_value());
    REQUIRE(!cat->systems.empty());
    return cat->systems[0].ca_pid;
}

/// From this byte on both streams are alike where the service's packets stand.
std::size_t differing_packets(const bytes& a, const bytes& b, std::size_t from,
                              const std::vector<std::uint16_t>& pids) {
    std::size_t count = 0;
    for (std::size_t at = from; at < a.size(); at += ts::packet_size) {
        const auto pid = static_cast<std::uint16_t>((a[at + 1] & 0x1F) << 8 | a[at + 2]);
        if (std::find(pids.begin(), pids.end(), pid) != pids.end())
            count += !std::equal(a.begin() + static_cast<std::ptrdiff_t>(at),
                                 a.begin() + static_cast<std::ptrdiff_t>(at + ts::packet_size),
                                 b.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return count;
}

} // namespace

TEST_CASE("headend: the stream goes on across the loop without a step") {
    // the clock wraps within the first loops
    const temporary_file file{
        clear_stream{.first_clock = (std::int64_t{1} << 33) - 300'000}.make()};
    const auto air = open(settings_for(file.name()));
    CHECK(air->bits_per_second() == Approx(4e6).epsilon(0.01));
    CHECK(air->has_null_packets());
    CHECK(air->remarks().empty());

    const auto made = air->produce(start + 9s);
    CHECK(static_cast<double>(made.source.size()) * 8 / 9 == Approx(4e6).epsilon(0.01));

    ts::continuity_monitor continuity;
    std::map<ts::pid_t, std::int64_t> clocks, stamps;
    each_packet(made.source, [&](ts::packet_view packet) {
        continuity.push(packet);
        if (const auto pcr = read_pcr(packet)) {
            if (clocks.contains(packet.pid())) {
                const auto forward = clock_step(clocks[packet.pid()], *pcr);
                CHECK(forward > 0);
                CHECK(forward < system_clock_hz / 10);
            }
            clocks[packet.pid()] = *pcr;
        }
        if (const auto dts = read_dts(packet)) {
            if (stamps.contains(packet.pid())) {
                const auto forward = clock_step(stamps[packet.pid()], *dts);
                CHECK(forward > 0);
                CHECK(forward < system_clock_hz / 10);
                // PTS stays where it was beside the clock
                if (packet.pid() == 0x101)
                    CHECK(std::abs(clock_step(clocks[0x101], *dts) - 45'000 * ticks_per_90khz) <
                          2 * ticks_per_90khz);
            }
            stamps[packet.pid()] = *dts;
        }
    });
    CHECK(clocks.size() == 2);
    CHECK(stamps.size() == 5);
    CHECK(continuity.total().errors == 0);
    CHECK(continuity.total().duplicates == 0);
}

TEST_CASE("headend: one asks often or seldom, the packets are the same") {
    const temporary_file file{clear_stream{}.make()};
    const auto once = open(settings_for(file.name()));
    const auto often = open(settings_for(file.name()));
    const auto whole = once->produce(start + 3s);
    multiplex_block pieces;
    for (auto now = start; now <= start + 3s; now += 7ms) {
        const auto deadline = often->deadline();
        const auto piece = often->produce(now);
        CHECK(piece.source.empty() == (now < deadline));
        pieces.source.insert(pieces.source.end(), piece.source.begin(), piece.source.end());
        pieces.on_air.insert(pieces.on_air.end(), piece.on_air.begin(), piece.on_air.end());
    }
    const auto last = often->produce(start + 3s);
    pieces.on_air.insert(pieces.on_air.end(), last.on_air.begin(), last.on_air.end());
    CHECK(pieces.on_air == whole.on_air);

    auto other_seed = settings_for(file.name());
    other_seed.seed = 2;
    CHECK(open(other_seed)->produce(start + 3s).on_air != whole.on_air);
}

TEST_CASE("headend: PMT, CAT and ECM PIDs fit together") {
    const temporary_file file{clear_stream{}.make()};
    auto settings = settings_for(file.name());
    settings.other_ca_system_ids = {0x0500, 0x1800};
    settings.level = GENERATE(ca_level::program, ca_level::elementary_stream);
    const auto air = open(settings);
    REQUIRE(air->services().size() == 3);
    const auto made = air->produce(start + 2s);

    const auto& services = air->services();
    CHECK(services[0].name == "Channel 1");
    // 2 and 3 share their video: one group
    CHECK(services[1].ecm_pid == services[2].ecm_pid);
    CHECK(services[0].ecm_pid != services[1].ecm_pid);

    auto sections = sections_of(made.source, {ts::pid_pat, ts::pid_cat, 0x100, 0x200, 0x300});
    for (const auto& service : services) {
        const auto& pmts = sections[service.pmt_pid];
        CHECK(pmts.size() >= 18);
        const auto pmt = pmt_in(pmts[0].data);
        CHECK(pmt.program_number == service.program_number);
        CHECK(pmt.version == 0); // 31 + 1
        std::vector<ts::ca_descriptor> expected = ts::ca_descriptors(pmt.program_info);
        if (settings.level == ca_level::elementary_stream) {
            CHECK(expected.empty());
            expected = ts::ca_descriptors(pmt.streams[0].descriptors);
        }
        REQUIRE(expected.size() == 3);
        CHECK(expected[0].ca_system_id == 0x4AFE);
        CHECK(expected[0].ca_pid == service.ecm_pid);
        CHECK(expected[1].ca_system_id == 0x0500);
        CHECK(expected[2].ca_system_id == 0x1800);
        for (const auto& pmt_section : pmts)
            CHECK(pmt_section.data == pmts[0].data);
        for (const auto& stream : pmt.streams) {
            const bool at_stream =
                settings.level == ca_level::elementary_stream && stream.stream_type != 0x0B;
            CHECK(ts::ca_descriptors(stream.descriptors).size() == (at_stream ? 3 : 0));
        }
        for (const auto& ca : expected)
            CHECK(sections_of(made.source, {ca.ca_pid})[ca.ca_pid].size() >= 19);
    }
    const auto cat = ts::parse_cat(*ts::section_view::parse(sections[ts::pid_cat].at(0).data));
    REQUIRE(cat.has_value());
    REQUIRE(cat->systems.size() == 3);
    CHECK(cat->systems[0].ca_system_id == 0x4AFE);
    for (const auto& system : cat->systems)
        CHECK(sections_of(made.source, {system.ca_pid})[system.ca_pid].size() >= 4);
}

TEST_CASE("headend: what is on air becomes the source under the keys that EMM and ECM bring") {
    const temporary_file file{clear_stream{}.make()};
    const temporary_file words;
    auto settings = settings_for(file.name());
    settings.control_word_file = words.name();
    const auto air = open(settings);
    // 20 s: ten crypto periods and three service keys
    const auto made = air->produce(start + 20s);
    REQUIRE(made.source.size() == made.on_air.size());

    std::map<ts::pid_t, std::array<std::size_t, 4>> by_bits;
    each_packet(made.on_air, [&](ts::packet_view packet) {
        if (packet.has_payload())
            ++by_bits[packet.pid()][static_cast<std::size_t>(packet.scrambling_control())];
    });
    for (const auto pid : {0x101, 0x102, 0x201, 0x202, 0x302}) {
        const auto& count = by_bits[static_cast<ts::pid_t>(pid)];
        INFO("PID " << pid);
        CHECK(count[0] == 0);
        CHECK(count[1] == 0);
        CHECK(count[2] > 100);
        CHECK(count[3] > 100);
    }
    CHECK(by_bits[0x103][0] > 100);
    CHECK(by_bits[0x103][2] + by_bits[0x103][3] == 0);

    auto cleared = made.on_air;
    const auto emm_pid = emm_pid_of(cleared);
    std::set<ts::pid_t> ecm_pids;
    for (const auto& service : air->services()) {
        if (ecm_pids.insert(service.ecm_pid).second) {
            std::vector<std::uint16_t> pids = service.elementary_pids;
            for (const auto& other : air->services()) {
                if (other.ecm_pid == service.ecm_pid)
                    pids.insert(pids.end(), other.elementary_pids.begin(),
                                other.elementary_pids.end());
            }
            descramble(cleared, emm_pid, service.ecm_pid, pids);
        }
    }
    // the first ECMs are sent within 40 ms
    CHECK(differing_packets(cleared, made.source, 200 * ts::packet_size,
                            {0x101, 0x102, 0x103, 0x201, 0x202, 0x302}) == 0);
    CHECK(differing_packets(made.on_air, made.source, 0, {0x101}) > 1000);

    // two groups of ten or eleven periods each
    std::istringstream lines{words.text()};
    std::map<std::int64_t, std::vector<std::string>> parities;
    std::set<std::string> used;
    for (std::string line; std::getline(lines, line);) {
        const auto word = boost::json::parse(line).as_object();
        parities[word.at("group").to_number<std::int64_t>()].push_back(
            std::string{word.at("parity").as_string()});
        CHECK(word.at("cw").as_string().size() == 16);
        used.insert(std::string{word.at("cw").as_string()});
    }
    REQUIRE(parities.size() == 2);
    CHECK(parities[0].size() == 10);
    CHECK(parities[1].size() == 11);
    CHECK(used.size() == 21);
    for (const auto& [group, list] : parities)
        for (std::size_t i = 0; i < list.size(); ++i)
            CHECK(list[i] == (i % 2 == 0 ? "even" : "odd"));
}

TEST_CASE("headend: the table_id toggles where the parity does") {
    const temporary_file file{clear_stream{}.make()};
    const auto air = open(settings_for(file.name()));
    const auto made = air->produce(start + 10s);
    const auto ecm_pid = air->services()[0].ecm_pid;

    std::vector<std::size_t> toggles;
    std::optional<std::uint8_t> table_id;
    const auto ecms = sections_of(made.on_air, {ecm_pid}).at(ecm_pid);
    for (const auto& ecm : ecms) {
        if (table_id && *table_id != ecm.data[0])
            toggles.push_back(ecm.packet);
        table_id = ecm.data[0];
    }
    std::vector<std::size_t> flips;
    std::optional<ts::scrambling> parity;
    std::size_t number = 0;
    each_packet(made.on_air, [&](ts::packet_view packet) {
        ++number;
        if (packet.pid() != 0x101)
            return;
        if (parity && *parity != packet.scrambling_control())
            flips.push_back(number);
        parity = packet.scrambling_control();
    });
    REQUIRE(toggles.size() == 4);
    REQUIRE(flips.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
        // a video frame's distance is 40 ms, an inserted packet waits for 20 ms at most
        const auto distance = std::max(toggles[i], flips[i]) - std::min(toggles[i], flips[i]);
        CHECK(static_cast<double>(distance) < 0.06 * clear_stream::packets_per_second);
        CHECK(static_cast<double>(flips[i]) ==
              Approx(static_cast<double>(2 * (i + 1)) * clear_stream::packets_per_second)
                  .epsilon(0.03));
    }
}

TEST_CASE("headend: after a suspend it goes on from now") {
    const temporary_file file{clear_stream{}.make()};
    log_file events{start};
    std::string why;
    const auto made = headend::open(settings_for(file.name()), events.log, start, why);
    REQUIRE(made.has_value());
    auto& air = **made;
    auto stream = air.produce(start + 2s).source;
    CHECK(air.catch_up(start + 3s) == 0s); // a second is made good
    CHECK(events.events("skip").empty());

    CHECK(air.catch_up(start + 1h) == 1h - 2s);
    CHECK(air.produce(start + 1h).source.empty());
    const auto after = air.produce(start + 1h + 2s).source;
    CHECK(static_cast<double>(after.size()) ==
          Approx(static_cast<double>(stream.size())).epsilon(0.01));
    const auto skips = events.events("skip");
    REQUIRE(skips.size() == 1);
    CHECK(skips[0].at("t").as_double() == 3600.0);
    CHECK(skips[0].at("seconds").as_double() == 3598.0);

    stream.insert(stream.end(), after.begin(), after.end());
    ts::continuity_monitor continuity;
    std::optional<std::int64_t> clock;
    each_packet(stream, [&](ts::packet_view packet) {
        continuity.push(packet);
        if (const auto pcr = read_pcr(packet); pcr && packet.pid() == 0x101) {
            if (clock)
                CHECK(clock_step(*clock, *pcr) < system_clock_hz / 10);
            clock = *pcr;
        }
    });
    CHECK(continuity.total().errors == 0);
    const auto times = sections_of(after, {ts::pid_tdt})[ts::pid_tdt];
    REQUIRE_FALSE(times.empty());
    const auto time = ts::parse_time_table(*ts::section_view::parse(times[0].data));
    REQUIRE(time.has_value());
    CHECK(time->utc >= settings_for("").utc_at_start + 1h);
    CHECK(time->utc <= settings_for("").utc_at_start + 1h + 2s);
}

TEST_CASE("headend: a moved ECM PID is announced, and the old one goes on for 2 s") {
    const temporary_file file{clear_stream{}.make()};
    const auto air = open(settings_for(file.name()));
    auto made = air->produce(start + 1s);
    const auto before = air->services()[1];
    const auto group_1 = air->services()[0].ecm_pid;
    REQUIRE(!air->move_ecm_pid(2, start + 1s));
    const auto after = air->services()[1];
    CHECK(after.ecm_pid != before.ecm_pid);
    CHECK(air->services()[2].ecm_pid == after.ecm_pid);
    CHECK(air->services()[0].ecm_pid == group_1);
    const auto moved = made.source.size() / ts::packet_size;
    const auto more = air->produce(start + 6s);
    made.source.insert(made.source.end(), more.source.begin(), more.source.end());
    made.on_air.insert(made.on_air.end(), more.on_air.begin(), more.on_air.end());

    auto sections = sections_of(made.source, {0x200, before.ecm_pid, after.ecm_pid});
    const double a_second = clear_stream::packets_per_second;
    const auto last_old = static_cast<double>(sections[before.ecm_pid].back().packet - moved);
    CHECK(last_old > 1.8 * a_second);
    CHECK(last_old < 2.05 * a_second);
    const auto first_new = sections[after.ecm_pid].front().packet;
    CHECK(first_new > moved);
    CHECK(static_cast<double>(first_new - moved) < 0.05 * a_second);
    CHECK(sections[after.ecm_pid].back().packet > made.source.size() / ts::packet_size - 300);
    for (const auto& section : sections[0x200]) {
        const auto pmt = pmt_in(section.data);
        const auto ecm_pid = ts::ca_descriptors(pmt.program_info).at(0).ca_pid;
        CHECK(ecm_pid == (pmt.version == 0 ? before.ecm_pid : after.ecm_pid));
        CHECK(pmt.version == (section.packet <= moved ? 0 : 1));
    }
    // both PIDs carry the same words
    auto by_old = made.on_air;
    descramble(by_old, emm_pid_of(made.on_air), before.ecm_pid, {0x201, 0x202, 0x302});
    auto cleared = made.on_air;
    descramble(cleared, emm_pid_of(made.on_air), after.ecm_pid, {0x201, 0x202, 0x302});
    const auto settled = (moved + 200) * ts::packet_size;
    CHECK(differing_packets(cleared, made.source, settled, {0x201, 0x202, 0x302}) == 0);
    CHECK(air->move_ecm_pid(99, start + 6s) == errc::unexpected);
}

TEST_CASE("headend: a PMT may change under its old version") {
    const temporary_file file{clear_stream{}.make()};
    const auto air = open(settings_for(file.name()));
    air->produce(start + 1s);
    const auto before = air->services()[0].ecm_pid;
    REQUIRE(!air->move_ecm_pid(1, start + 1s, sim::pmt_version::kept));
    std::set<std::pair<unsigned, ts::pid_t>> seen;
    auto sections = sections_of(air->produce(start + 3s).source, {0x100});
    for (const auto& section : sections[0x100]) {
        const auto pmt = pmt_in(section.data);
        seen.emplace(pmt.version, ts::ca_descriptors(pmt.program_info).at(0).ca_pid);
    }
    const auto after = air->services()[0].ecm_pid;
    CHECK(after != before);
    CHECK(seen.contains({0, after}));
    CHECK(std::ranges::all_of(seen, [](const auto& s) { return s.first == 0; }));
}

TEST_CASE("headend: a PMT moves to another PID, and the PAT says so") {
    const temporary_file file{clear_stream{}.make()};
    const auto air = open(settings_for(file.name()));
    air->produce(start + 1s);
    REQUIRE(!air->move_pmt_pid(1, start + 1s));
    REQUIRE(!air->move_pmt_pid(2, start + 1s));
    const auto pid = air->services()[0].pmt_pid;
    CHECK(pid != 0x100);
    air->produce(start + 1100ms); // what was on its way
    auto sections = sections_of(air->produce(start + 3s).source, {0, 0x100, 0x300, pid});
    CHECK(sections[0x100].empty());
    REQUIRE_FALSE(sections[pid].empty());
    CHECK(pmt_in(sections[pid].front().data).program_number == 1);
    CHECK(sections[0].size() > 15);
    for (const auto& s : sections[0]) {
        const auto pat = *ts::parse_pat(*ts::section_view::parse(s.data));
        REQUIRE(pat.programs.size() == 3);
        CHECK(pat.programs[0].pmt_pid == pid);
        CHECK(pat.programs[1].pmt_pid == air->services()[1].pmt_pid);
        CHECK(pat.programs[2].pmt_pid == 0x300);
        CHECK(pat.version == 2);
    }
    CHECK(air->move_pmt_pid(99, start + 3s) == errc::unexpected);
}

TEST_CASE("headend: a programme in the clear is told by no table, and ends") {
    const temporary_file file{clear_stream{}.make()};
    const auto air = open(settings_for(file.name()));
    const auto scrambled = [&](time_point until) {
        std::size_t count = 0;
        each_packet(air->produce(until).on_air, [&](ts::packet_view packet) {
            count += packet.pid() == 0x101 && packet.scrambling_control() != ts::scrambling::clear
                         ? 1
                         : 0;
        });
        return count;
    };
    CHECK(scrambled(start + 1s) > 100);
    REQUIRE(!air->show_clear(1, true, start + 1s));
    CHECK(scrambled(start + 4s) == 0);
    CHECK(air->services()[0].scrambled);
    REQUIRE(!air->show_clear(1, false, start + 4s));
    CHECK(scrambled(start + 5s) > 100);
    CHECK(air->show_clear(99, true, start + 5s) == errc::unexpected);
}

TEST_CASE("headend: without null packets tables go between packets, and it says so") {
    const temporary_file file{
        clear_stream{.null_packets = false, .sdt = false, .tdt = true}.make()};
    const auto air = open(settings_for(file.name()));
    CHECK_FALSE(air->has_null_packets());
    REQUIRE(air->remarks().size() == 1);
    CHECK(air->remarks()[0].starts_with("no null packets: "));
    const auto made = air->produce(start + 10s);
    const double rate = static_cast<double>(made.source.size()) * 8 / 10;
    CHECK(rate > 4.0e6);
    CHECK(rate < 4.2e6);
    auto sections = sections_of(made.source, {ts::pid_sdt, ts::pid_tdt, ts::pid_cat});
    CHECK(sections[ts::pid_cat].size() >= 95);

    const auto sdt = ts::parse_sdt(*ts::section_view::parse(sections[ts::pid_sdt].at(0).data));
    REQUIRE(sdt.has_value());
    REQUIRE(sdt->services.size() == 3);
    CHECK(sdt->transport_stream_id == 7);
    CHECK(sdt->services[2].service_name == "Service 3");
    CHECK(sdt->services[2].free_ca_mode);

    // the file's own time of 1993 is gone
    REQUIRE(sections[ts::pid_tdt].size() == 10);
    for (std::size_t i = 0; i < 10; ++i) {
        const auto time =
            ts::parse_time_table(*ts::section_view::parse(sections[ts::pid_tdt][i].data));
        REQUIRE(time.has_value());
        const auto off = time->utc - settings_for("").utc_at_start - std::chrono::seconds{i};
        CHECK(off >= 0s);
        CHECK(off <= 1s);
    }
}

TEST_CASE("headend: chosen services alone are scrambled, with those that share their streams") {
    const temporary_file file{clear_stream{.service_2_scrambled = true}.make()};
    auto settings = settings_for(file.name());
    settings.services = {1, 9};
    const auto air = open(settings);
    REQUIRE(air->services().size() == 2);
    CHECK(air->services()[0].scrambled);
    CHECK_FALSE(air->services()[1].scrambled);
    REQUIRE(air->remarks().size() == 2);
    CHECK(air->remarks()[0].find("service 2 (Channel 2) is left out") == 0);
    CHECK(air->remarks()[1].find("service 9 was asked for") == 0);

    const temporary_file all_clear{clear_stream{}.make()};
    settings = settings_for(all_clear.name());
    settings.services = {2};
    const auto shared = open(settings);
    CHECK_FALSE(shared->services()[0].scrambled);
    CHECK(shared->services()[1].scrambled);
    CHECK(shared->services()[2].scrambled);
    REQUIRE(shared->remarks().size() == 1);
    CHECK(shared->remarks()[0].find("service 3 (Channel 3) is scrambled too") == 0);
    const auto made = shared->produce(start + 1s);
    auto pmts = sections_of(made.source, {0x100, 0x300});
    CHECK_FALSE(ts::has_ca_descriptors(pmt_in(pmts[0x100].at(0).data)));
    CHECK(ts::has_ca_descriptors(pmt_in(pmts[0x300].at(0).data)));
}

TEST_CASE("headend: a file that cannot be broadcast is refused with a sentence") {
    event_log log;
    std::string why;
    const temporary_file file{clear_stream{}.make()};
    auto settings = settings_for(file.name());

    SECTION("not there") {
        settings.file = "/nonexistent.ts";
        CHECK(headend::open(settings, log, start, why).has_error());
        CHECK(why == "/nonexistent.ts: No such file or directory");
    }
    SECTION("no transport stream") {
        file.write(bytes(100'000, 0x42));
        CHECK(headend::open(settings, log, start, why).has_error());
        CHECK(why.find("is not a transport stream") != std::string::npos);
    }
    SECTION("no PAT") {
        auto stream = clear_stream{}.make();
        for (std::size_t at = 0; at < stream.size(); at += ts::packet_size) {
            if ((stream[at + 1] & 0x1F) == 0 && stream[at + 2] == 0)
                stream[at + 2] = 0x77;
        }
        file.write(stream);
        CHECK(headend::open(settings, log, start, why).has_error());
        CHECK(why.find("has no PAT") != std::string::npos);
    }
    SECTION("a card key of the wrong size") {
        settings.card_key.pop_back();
        CHECK(headend::open(settings, log, start, why).error() == errc::bad_value);
        CHECK(why == "the card key has 15 bytes, not 16");
    }
    SECTION("no crypto period") {
        settings.crypto_period = 0s;
        CHECK(headend::open(settings, log, start, why).error() == errc::bad_value);
    }
}

TEST_CASE("headend: real multiplexes for 30 s") {
    struct expectation {
        const char* file;
        double bits_per_second;
        std::size_t services;
        const char* remark;
    };
    const auto expected =
        GENERATE(expectation{"ts/rai-it-dvbt-fullmux-clear.ts", 22.4e6, 8, nullptr},
                 expectation{"ts/tnt-fr-5w-fullmux-clear-10s.ts", 2.107e6, 5,
                             "no PCR: the rate comes from PTS"});
    const auto sample = test::sample(expected.file);
    if (!sample)
        CIHOST_SKIP("set CIHOST_SAMPLES");
    const temporary_file file{*sample};
    const auto air = open(settings_for(file.name()));
    CHECK(air->services().size() == expected.services);
    CHECK(air->bits_per_second() == Approx(expected.bits_per_second).epsilon(0.01));
    const auto& remarks = air->remarks();
    if (expected.remark == nullptr)
        CHECK(remarks.empty());
    else
        CHECK(std::find(remarks.begin(), remarks.end(), expected.remark) != remarks.end());

    const auto made = air->produce(start + 30s);
    ts::continuity_monitor continuity;
    std::size_t steps = 0;
    std::map<ts::pid_t, std::int64_t> clocks;
    each_packet(made.source, [&](ts::packet_view packet) {
        continuity.push(packet);
        if (const auto pcr = read_pcr(packet)) {
            if (clocks.contains(packet.pid())) {
                const auto forward = clock_step(clocks[packet.pid()], *pcr);
                steps += forward <= 0 || forward > system_clock_hz / 5;
            }
            clocks[packet.pid()] = *pcr;
        }
    });
    CHECK(steps == 0);
    CHECK(continuity.total().errors == 0);

    std::set<ts::pid_t> section_pids{ts::pid_pat, ts::pid_cat, ts::pid_nit,
                                     ts::pid_sdt, ts::pid_eit, ts::pid_tdt};
    for (const auto& service : air->services())
        section_pids.insert(service.pmt_pid);
    sections_of(made.source, section_pids);

    auto cleared = made.on_air;
    const auto emm_pid = emm_pid_of(cleared);
    for (const auto& service : air->services())
        descramble(cleared, emm_pid, service.ecm_pid, service.elementary_pids);
    for (const auto& service : air->services()) {
        INFO(service.name);
        CHECK(differing_packets(cleared, made.source, 3000 * ts::packet_size,
                                service.elementary_pids) == 0);
    }
}
