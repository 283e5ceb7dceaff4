// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/ts.hpp"

#include <cihost/ts/sdt.hpp>

#include <bitstream/dvb/si.h>

#include <string_view>

using namespace cihost;
using namespace cihost::test;

namespace {

const std::uint8_t* raw(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

bytes by_bitstream(bool actual) {
    bytes buffer(PSI_MAX_SIZE + PSI_HEADER_SIZE);
    auto* const sdt = buffer.data();
    sdt_init(sdt, actual);
    psi_set_tableidext(sdt, 1051);
    psi_set_version(sdt, 4);
    psi_set_current(sdt);
    psi_set_section(sdt, 0);
    psi_set_lastsection(sdt, 0);
    sdt_set_onid(sdt, 0x20FA);
    sdt_set_length(sdt, PSI_MAX_SIZE - 20); // room to look services up in
    auto* service = sdt_get_service(sdt, 0);
    sdtn_init(service);
    sdtn_set_sid(service, 8204);
    sdtn_set_running(service, 4);
    sdtn_set_ca(service);
    sdtn_set_eitpresent(service);
    sdtn_set_desclength(service, 255);
    auto* const descriptor = descs_get_desc(sdtn_get_descs(service), 0);
    desc48_init(descriptor);
    desc48_set_type(descriptor, 0x19);
    desc48_set_provider(descriptor,
                        raw("Plan\xC1"
                            "ete"),
                        8);
    desc48_set_service(descriptor,
                       raw("\x05"
                           "T\xFCrk\xE7"
                           "e"),
                       7);
    desc48_set_length(descriptor);
    sdtn_set_desclength(service,
                        static_cast<std::uint16_t>(DESC_HEADER_SIZE + desc_get_length(descriptor)));
    service = sdt_get_service(sdt, 1);
    sdtn_init(service);
    sdtn_set_sid(service, 8205);
    sdtn_set_running(service, 1);
    sdtn_set_desclength(service, 0);
    sdt_set_length(sdt,
                   static_cast<std::uint16_t>(service + SDT_SERVICE_SIZE - sdt - SDT_HEADER_SIZE));
    psi_set_crc(sdt);
    buffer.resize(PSI_HEADER_SIZE + psi_get_length(sdt));
    return buffer;
}

} // namespace

TEST_CASE("parse_sdt reads what biTStream writes") {
    const auto data = by_bitstream(true);
    const auto table = ts::parse_sdt(section(data)).value();
    CHECK(table.actual);
    CHECK(table.transport_stream_id == 1051);
    CHECK(table.original_network_id == 0x20FA);
    CHECK(table.version == 4);
    REQUIRE(table.services.size() == 2);
    CHECK(table.services[0].service_id == 8204);
    CHECK(table.services[0].running_status == 4);
    CHECK(table.services[0].free_ca_mode);
    CHECK(table.services[0].service_type == 0x19);
    CHECK(table.services[0].provider_name == "Planète");
    CHECK(table.services[0].service_name == "Türkçe");
    CHECK(table.services[1].service_id == 8205);
    CHECK(table.services[1].running_status == 1);
    CHECK_FALSE(table.services[1].free_ca_mode);
    CHECK(table.services[1].service_name.empty());

    CHECK_FALSE(ts::parse_sdt(section(by_bitstream(false))).value().actual);
}

TEST_CASE("parse_sdt leaves names empty when their descriptor does not hold them") {
    for (const auto& descriptor : {"48 04 01 01 41 09"_hex, "48 00"_hex, "48 01 19"_hex}) {
        auto payload = "20 FA FF 20 0C FC 80"_hex;
        payload.push_back(static_cast<std::uint8_t>(descriptor.size()));
        payload.insert(payload.end(), descriptor.begin(), descriptor.end());
        const auto table =
            ts::parse_sdt(section(make_section({.table_id = 0x42}, payload))).value();
        REQUIRE(table.services.size() == 1);
        CHECK(table.services[0].service_id == 0x200C);
        CHECK(table.services[0].service_type == 0);
        CHECK(table.services[0].provider_name.empty());
    }
}

TEST_CASE("parse_sdt refuses other tables and cut ones") {
    const auto parse = [](const bytes& payload) {
        return ts::parse_sdt(section(make_section({.table_id = 0x42}, payload)));
    };
    CHECK(parse("20 FA"_hex).error() == errc::truncated);
    CHECK(parse("20 FA FF"_hex).value().services.empty());
    CHECK(parse("20 FA FF 20 0C FC 80"_hex).error() == errc::truncated);
    CHECK(parse("20 FA FF 20 0C FC 80 01"_hex).error() == errc::truncated);
    CHECK(parse("20 FA FF 20 0C FC 80 02 48 01"_hex).error() == errc::bad_length);
    CHECK(ts::parse_sdt(section(make_section({.table_id = 0x4A}, {}))).error() == errc::wrong_tag);
    CHECK(ts::parse_sdt(section("42 70 00"_hex)).error() == errc::bad_value);
    maltreat(by_bitstream(true), [](const ts::section_view& view) { (void)ts::parse_sdt(view); });
}
