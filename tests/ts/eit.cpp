// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/ts.hpp"

#include <cihost/ts/eit.hpp>

#include <bitstream/dvb/si.h>

#include <string_view>

using namespace cihost;
using namespace cihost::test;

namespace {

constexpr std::time_t start = 1'700'000'000; // 2023-11-14 22:13:20

const std::uint8_t* raw(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

bytes by_bitstream(bool actual) {
    bytes buffer(PSI_PRIVATE_MAX_SIZE + PSI_HEADER_SIZE);
    auto* const eit = buffer.data();
    eit_init(eit, actual);
    psi_set_tableid(eit, actual ? EIT_TABLE_ID_PF_ACTUAL : EIT_TABLE_ID_PF_OTHER);
    psi_set_tableidext(eit, 8204);
    psi_set_version(eit, 11);
    psi_set_current(eit);
    psi_set_section(eit, 1);
    psi_set_lastsection(eit, 1);
    eit_set_tsid(eit, 1051);
    eit_set_onid(eit, 0x20FA);
    eit_set_segment_last_sec_number(eit, 1);
    eit_set_last_table_id(eit, 0x4E);
    eit_set_length(eit, 1000); // room to look the event up in
    auto* const event = eit_get_event(eit, 0);
    eitn_init(event);
    eitn_set_event_id(event, 0xBEEF);
    eitn_set_start_time(event, dvb_time_encode_UTC(start));
    eitn_set_duration_bcd(event, dvb_time_encode_duration(5400 + 7));
    eitn_set_running(event, 2);
    eitn_set_ca(event);
    eitn_set_desclength(event, 255);
    auto* const descriptor = descs_get_desc(eitn_get_descs(event), 0);
    desc4d_init(descriptor);
    desc4d_set_lang(descriptor, raw("fra"));
    desc4d_set_event_name(descriptor, raw("Journal"), 7);
    desc4d_set_text(descriptor, raw("de la nuit"), 10);
    desc4d_set_length(descriptor);
    eitn_set_desclength(event,
                        static_cast<std::uint16_t>(DESC_HEADER_SIZE + desc_get_length(descriptor)));
    eit_set_length(eit, static_cast<std::uint16_t>(EIT_EVENT_SIZE + eitn_get_desclength(event)));
    psi_set_crc(eit);
    buffer.resize(PSI_HEADER_SIZE + psi_get_length(eit));
    return buffer;
}

} // namespace

TEST_CASE("parse_eit_present_following reads what biTStream writes") {
    const auto data = by_bitstream(true);
    const auto table = ts::parse_eit_present_following(section(data)).value();
    CHECK(table.actual);
    CHECK(table.service_id == 8204);
    CHECK(table.transport_stream_id == 1051);
    CHECK(table.original_network_id == 0x20FA);
    CHECK(table.version == 11);
    CHECK(table.section_number == 1);
    REQUIRE(table.events.size() == 1);
    const auto& event = table.events[0];
    CHECK(event.event_id == 0xBEEF);
    REQUIRE(event.start.has_value());
    CHECK(event.start->time_since_epoch().count() == start);
    CHECK(event.length == std::chrono::seconds{5407});
    CHECK(event.running_status == 2);
    CHECK(event.free_ca_mode);
    CHECK(event.title == "Journal");
    CHECK(event.text == "de la nuit");
    CHECK_FALSE(ts::parse_eit_present_following(section(by_bitstream(false))).value().actual);
}

TEST_CASE("parse_eit_present_following knows undefined times and the first language") {
    const auto payload = "04 1B 20 FA 00 4E "
                         "00 01 FF FF FF FF FF FF FF FF 00 12 "
                         "4D 07 66 72 61 01 41 01 42 4D 07 65 6E 67 01 43 01 44"_hex;
    const auto table =
        ts::parse_eit_present_following(section(make_section({.table_id = 0x4E}, payload))).value();
    REQUIRE(table.events.size() == 1);
    CHECK_FALSE(table.events[0].start.has_value());
    CHECK(table.events[0].length == std::chrono::seconds{0});
    CHECK(table.events[0].title == "A");
    CHECK(table.events[0].text == "B");
}

TEST_CASE("parse_eit_present_following refuses schedules and cut tables") {
    const auto parse = [](const bytes& payload) {
        return ts::parse_eit_present_following(section(make_section({.table_id = 0x4E}, payload)));
    };
    CHECK(parse("04 1B 20 FA 00"_hex).error() == errc::truncated);
    CHECK(parse("04 1B 20 FA 00 4E"_hex).value().events.empty());
    CHECK(parse("04 1B 20 FA 00 4E 00"_hex).error() == errc::truncated);
    CHECK(parse("04 1B 20 FA 00 4E 00 01 C0 79 12 45 00 01 00 00 80 01"_hex).error() ==
          errc::truncated);
    CHECK(ts::parse_eit_present_following(section(make_section({.table_id = 0x50}, {}))).error() ==
          errc::wrong_tag);
    CHECK(ts::parse_eit_present_following(section("4E 70 00"_hex)).error() == errc::bad_value);
    maltreat(by_bitstream(true),
             [](const ts::section_view& view) { (void)ts::parse_eit_present_following(view); });
}
