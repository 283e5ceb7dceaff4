// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/ecm_monitor.hpp"

#include "support/catch.hpp"
#include "support/samples.hpp"
#include "support/ts.hpp"

#include <cihost/ts/ca_descriptor.hpp>
#include <cihost/ts/pmt.hpp>

#include <map>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

constexpr ts::pid_t pid = 0x500;

class stream {
  public:
    void send(std::uint8_t table_id, std::size_t size = 60, time_point now = {}) {
        bytes section{table_id, static_cast<std::uint8_t>(0x70 | size >> 8),
                      static_cast<std::uint8_t>(size)};
        section.resize(3 + size, 0x5A);
        bytes packets;
        packetizer_.packetize(section, packets);
        each_packet(packets, [&](ts::packet_view packet) { monitor.push(packet, now); });
    }

    ts::ecm_monitor monitor;

  private:
    ts::section_packetizer packetizer_{pid};
};

} // namespace

TEST_CASE("ecm_monitor counts ECMs and the turns of their table_id") {
    stream s;
    CHECK(s.monitor.status().last_section == never);
    for (const int id : {0x80, 0x80, 0x81, 0x81, 0x81, 0x80})
        s.send(static_cast<std::uint8_t>(id));
    CHECK(s.monitor.status().ecms == 6);
    CHECK(s.monitor.status().changes == 2);
    CHECK(s.monitor.status().emms == 0);
    CHECK(s.monitor.status().last_ecm_table_id == 0x80);
}

TEST_CASE("ecm_monitor counts EMMs and what is neither") {
    stream s;
    s.send(0x82, 60, time_point{1s});
    s.send(0x8F, 1000, time_point{2s}); // over several packets
    s.send(0x90, 60, time_point{3s});
    s.send(0x42, 5, time_point{3s}); // short form
    CHECK(s.monitor.status().emms == 2);
    CHECK(s.monitor.status().others == 2);
    CHECK(s.monitor.status().ecms == 0);
    CHECK(s.monitor.status().changes == 0);
    CHECK(s.monitor.status().last_section == time_point{2s});
    s.monitor.reset();
    CHECK(s.monitor.status().emms == 0);
    CHECK(s.monitor.status().last_section == never);
}

TEST_CASE("ecm_monitor sees the crypto period change of a capture") {
    const auto data = sample("ts/canalplus-fr-astra-1svc-scrambled-2.4s.ts");
    if (!data)
        CIHOST_SKIP("no captures (CIHOST_SAMPLES)");
    std::map<ts::pid_t, ts::section_assembler> all;
    std::map<ts::pid_t, ts::ecm_monitor> ecms;
    for (int pass = 0; pass < 2; ++pass)
        read_capture(*data, [&](ts::packet_view packet) {
            if (pass == 1) {
                if (const auto found = ecms.find(packet.pid()); found != ecms.end())
                    found->second.push(packet, time_point{1s});
                return;
            }
            auto& sections = all[packet.pid()];
            sections.push(packet);
            while (const auto one = sections.next())
                if (const auto pmt = ts::parse_pmt(*one))
                    for (const auto& ca : ts::ca_descriptors(pmt->program_info))
                        ecms[ca.ca_pid];
        });
    std::uint64_t changes = 0;
    std::uint64_t sections = 0;
    for (const auto& [ecm_pid, monitor] : ecms) {
        sections += monitor.status().ecms;
        changes += monitor.status().changes;
        CHECK(monitor.status().emms == 0);
        CHECK(monitor.status().changes <= 1);
    }
    CHECK(sections > 0);
    CHECK(changes > 0);
}
