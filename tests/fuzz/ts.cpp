// SPDX-License-Identifier: LGPL-2.1-or-later
/// Everything that bytes from the air reach: reader, assemblers, parsers, monitors, extractor.

#include "ts/dvb_text.hpp"
#include "ts/ecm_monitor.hpp"
#include "ts/service_extractor.hpp"
#include "ts/service_si.hpp"
#include "ts/stale_scrambling_bits.hpp"
#include "ts/table_collector.hpp"

#include <cihost/ts/cat.hpp>
#include <cihost/ts/continuity_monitor.hpp>
#include <cihost/ts/eit.hpp>
#include <cihost/ts/packet_reader.hpp>
#include <cihost/ts/pat.hpp>
#include <cihost/ts/pmt.hpp>
#include <cihost/ts/scrambling_monitor.hpp>
#include <cihost/ts/sdt.hpp>
#include <cihost/ts/section_assembler.hpp>
#include <cihost/ts/time_table.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>

using namespace cihost;

namespace {

void require(bool condition) {
    if (!condition)
        std::abort();
}

/// What one PID holds, read as everything it could be: a fuzzer has better things to find than
/// the PID a parser listens to.
struct one_pid {
    ts::section_assembler sections;
    ts::table_collector collector;
    ts::ecm_monitor ecms;
};

void parse(const ts::section_view& section, ts::service_extractor& extractor) {
    (void)ts::parse_pat(section);
    (void)ts::parse_sdt(section);
    (void)ts::parse_eit_present_following(section);
    (void)ts::eit_in_clear(section);
    const std::vector<bytes> own{bytes(section.data().begin(), section.data().end())};
    (void)ts::sdt_in_clear(own, section.table_id_extension());
    (void)ts::parse_time_table(section);
    if (const auto cat = ts::parse_cat(section))
        for (const auto& system : cat->systems)
            (void)ts::emm_pids(system);
    if (const auto pmt = ts::parse_pmt(section)) {
        for (const auto& stream : pmt->streams)
            (void)ts::kind_of(stream);
        if (const auto written = ts::serialize(*pmt)) {
            const auto view = ts::section_view::parse(*written);
            require(view.has_value() && ts::parse_pmt(*view).value() == *pmt);
        }
        extractor.set_pmt(*pmt, 1, 0x100);
    }
}

} // namespace

/// The first byte chooses the pieces the input comes in, so that seams move.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::size_t piece = data[0] == 0 ? size : data[0];
    bytes_view input{data + 1, size - 1};

    ts::packet_reader reader;
    static ts::scrambling_monitor scrambling;
    static ts::continuity_monitor continuity;
    scrambling.reset();
    continuity.reset();
    std::map<ts::pid_t, one_pid> pids;
    ts::stale_scrambling_bits stale_bits;
    ts::service_extractor extractor{1};
    bytes file;
    time_point now{};
    const auto drain = [&] {
        while (const auto packet = reader.next()) {
            now += std::chrono::milliseconds{1};
            scrambling.push(*packet, now);
            continuity.push(*packet);
            if (stale_bits.stale(*packet)) {
                const auto cleared = ts::without_scrambling_bits(*packet);
                extractor.push(ts::packet_view{cleared}, file);
            } else {
                extractor.push(*packet, file);
            }
            auto& pid = pids[packet->pid()];
            pid.ecms.push(*packet, now);
            pid.sections.push(*packet);
            while (const auto section = pid.sections.next()) {
                parse(*section, extractor);
                if (const auto table = pid.collector.push(*section))
                    require(table->size() == section->last_section_number() + std::size_t{1});
            }
        }
    };
    while (!input.empty()) {
        const auto count = std::min(piece, input.size());
        reader.feed(input.first(count));
        drain();
        input = input.subspan(count);
    }
    reader.finish();
    drain();

    require(file.size() == extractor.stats().packets * ts::packet_size);
    require(reader.stats().packets == continuity.total().packets);
    (void)ts::dvb_text({data, std::min<std::size_t>(size, 256)});
    return 0;
}
