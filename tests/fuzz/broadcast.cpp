// SPDX-License-Identifier: LGPL-2.1-or-later
/// Any tables off the air, with right CRCs, as far as what a module is told of them.
///
/// Input: one byte of choices, then sections: [table][length, 2 bytes][payload]; the bits of
/// `table` choose a table_id, and the program_number.

#include "base/cursor.hpp"
#include "fuzz/utf8.hpp"
#include "policy/ca_pmt_plan.hpp"
#include "ts/section_builder.hpp"
#include "ts/table_collector.hpp"

#include <cihost/en50221/ca_pmt.hpp>
#include <cihost/ts/ca_descriptor.hpp>
#include <cihost/ts/cat.hpp>
#include <cihost/ts/eit.hpp>
#include <cihost/ts/pat.hpp>
#include <cihost/ts/pmt.hpp>
#include <cihost/ts/sdt.hpp>
#include <cihost/ts/section.hpp>
#include <cihost/ts/time_table.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <vector>

using namespace cihost;
using namespace std::chrono_literals;

namespace {

constexpr std::array<std::uint8_t, 8> table_ids{0x00, 0x01, 0x02, 0x42, 0x46, 0x4E, 0x70, 0x73};

void require(bool condition) {
    if (!condition)
        std::abort();
}

policy::ca_pmt_settings settings(std::uint8_t choice) {
    policy::ca_pmt_settings s;
    s.listing = static_cast<policy::ca_pmt_listing>((choice & 3) % 3);
    s.change = static_cast<policy::ca_pmt_change>((choice >> 2 & 3) % 3);
    s.withdrawal = static_cast<policy::ca_pmt_withdrawal>(choice >> 4 & 1);
    s.presentation_streams_only = (choice & 0x20) != 0;
    s.raise_ca_descriptors = (choice & 0x40) != 0;
    s.max_services = (choice & 0x80) != 0 ? 2 : 0;
    s.max_streams = (choice & 0x80) != 0 ? 5 : 0;
    return s;
}

/// A host with two modules' worth of CA sessions: one that takes everything, one that takes some.
class asked_for {
  public:
    explicit asked_for(std::uint8_t choice)
        : plan_{settings(choice)} {
        plan_.ca_session_opened(1, now_);
        plan_.ca_session_opened(2, now_);
        plan_.ca_info_received(1, {}, now_);
        plan_.ca_info_received(2, {0x0500, 0x0B00, 0x1702}, now_);
    }

    void received(const ts::pmt& table) {
        plan_.pmt_received(table, now_);
        plan_.want(table.program_number, now_);
        drain();
        // as long as a list of CA systems is waited for
        now_ += 11s;
        drain();
    }
    void gone(std::uint16_t program_number, bool unwanted) {
        unwanted ? plan_.unwant(program_number, now_) : plan_.pmt_gone(program_number, now_);
        drain();
    }
    void retuned() {
        plan_.retuned(now_);
        drain();
    }

  private:
    void drain() {
        plan_.tick(now_);
        for (std::size_t count = 0; const auto out = plan_.next(now_); ++count) {
            require(count < 1000);
            require(out->session_nb == 1 || out->session_nb == 2);
            const auto written = serialize(out->value);
            const auto again = en50221::parse_ca_pmt(written);
            require(again.has_value() && serialize(*again) == written);
            require(again->program_number == out->value.program_number);
            if (out->session_nb == 2)
                for (const auto& system : out->value.ca_descriptors)
                    require(system.ca_system_id == 0x0500 || system.ca_system_id == 0x0B00 ||
                            system.ca_system_id == 0x1702);
        }
        for (const auto program : plan_.wanted())
            require(plan_.status(program).has_value());
        require(plan_.deadline() > now_);
    }

    policy::ca_pmt_plan plan_;
    time_point now_{1h};
};

void check_texts(const ts::section_view& section) {
    if (const auto sdt = ts::parse_sdt(section))
        for (const auto& service : sdt->services)
            require(fuzz::is_utf8(service.service_name) && fuzz::is_utf8(service.provider_name));
    if (const auto eit = ts::parse_eit_present_following(section))
        for (const auto& event : eit->events)
            require(fuzz::is_utf8(event.title) && fuzz::is_utf8(event.text) && event.length >= 0s &&
                    event.length <= 100h);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    cursor input{{data, size}};
    asked_for services{input.u8()};
    ts::table_collector collector;
    while (!input.empty()) {
        const auto choice = input.u8();
        const std::size_t length = input.u16() & 0x3FF;
        const auto payload = input.take(std::min(length, input.left()));
        const auto program = static_cast<std::uint16_t>(1 + (choice >> 3 & 3));
        if ((choice & 0xE0) == 0xE0) {
            (choice & 7) == 7 ? services.retuned() : services.gone(program, (choice & 1) != 0);
            continue;
        }
        const auto written = ts::build_section({.table_id = table_ids[choice & 7],
                                                .table_id_extension = program,
                                                .version = static_cast<std::uint8_t>(choice >> 5)},
                                               payload);
        if (!written)
            continue;
        const auto section = ts::section_view::parse(*written);
        require(section.has_value());
        (void)collector.push(*section);
        (void)ts::parse_pat(*section);
        (void)ts::parse_time_table(*section);
        check_texts(*section);
        if (const auto cat = ts::parse_cat(*section))
            for (const auto& system : cat->systems)
                for (const auto pid : ts::emm_pids(system))
                    require(pid > 0 && pid < 0x1FFF);
        if (const auto pmt = ts::parse_pmt(*section))
            services.received(*pmt);
    }
    return 0;
}
