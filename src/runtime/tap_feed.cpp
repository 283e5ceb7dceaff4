// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/tap_feed.hpp"

#include "ts/service_si.hpp"

#include <cihost/ts/packet.hpp>
#include <cihost/ts/section.hpp>

#include <utility>
#include <vector>

namespace cihost::runtime {

void tap_feed::all(std::uint64_t tap, std::uint16_t program_number) const {
    pmt(tap, program_number);
    description(tap, program_number);
    events(tap, program_number);
}

void tap_feed::pmt(std::uint64_t tap, std::uint16_t program_number) const {
    const auto* const service = tables_.find(program_number);
    if (service == nullptr || !service->pmt)
        return;
    pump_.post([tap, pmt = *service->pmt, pid = service->pmt_pid,
                multiplex_id = tables_.transport_stream_id().value_or(0)](
                   stream_analysis& analysis) { analysis.set_pmt(tap, pmt, multiplex_id, pid); });
}

void tap_feed::description(std::uint64_t tap, std::uint16_t program_number) const {
    if (auto own = ts::sdt_in_clear(tables_.sdt_sections(), program_number))
        pump_.post([tap, own = std::move(*own)](stream_analysis& analysis) {
            analysis.set_si(tap, ts::pid_sdt, {own});
        });
}

/// Present and following, which are section 0 and 1.
void tap_feed::events(std::uint64_t tap, std::uint16_t program_number) const {
    const auto* const service = tables_.find(program_number);
    if (service == nullptr)
        return;
    std::vector<bytes> sections;
    for (const auto& data : service->event_sections)
        if (const auto section = ts::section_view::parse(data);
            section && section->section_number() <= 1)
            if (auto own = ts::eit_in_clear(*section))
                sections.push_back(std::move(*own));
    if (!sections.empty())
        pump_.post([tap, sections = std::move(sections)](stream_analysis& analysis) {
            analysis.set_si(tap, ts::pid_eit, sections);
        });
}

void tap_feed::suspend(std::uint64_t tap) const {
    pump_.post([tap](stream_analysis& analysis) { analysis.suspend(tap); });
}

} // namespace cihost::runtime
