// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// A small head-end for tests of the CAM's stream path: packets by hand, keys known.

#include "base/crc32.hpp"
#include "base/writer.hpp"
#include "sim/ca_system.hpp"
#include "sim/csa.hpp"

#include <cihost/bytes.hpp>
#include <cihost/ts/packet.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace cihost::test {

inline constexpr sim::aes_key card_key = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
inline constexpr sim::aes_key service_key = {9, 9, 9, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
inline constexpr std::uint32_t service_key_number = 7;

inline constexpr ts::pid_t emm_pid = 0x0300;
inline constexpr ts::pid_t ecm_pid = 0x0500;
inline constexpr ts::pid_t other_ecm_pid = 0x0501;
inline constexpr ts::pid_t video_pid = 0x0101;
inline constexpr ts::pid_t audio_pid = 0x0102;

class broadcast {
  public:
    /// A section in packets of its own.
    bytes section(ts::pid_t pid, bytes_view data) {
        bytes out;
        for (bool first = true; first || !data.empty(); first = false) {
            const std::size_t room = first ? 183 : 184;
            const auto part = data.first(std::min(room, data.size()));
            writer packet;
            packet.u8(ts::sync_byte).u16((first ? 0x4000U : 0U) | pid).u8(0x10U | counter(pid));
            if (first)
                packet.u8(0); // pointer_field
            packet.raw(part);
            auto whole = packet.take();
            whole.resize(ts::packet_size, 0xFF);
            out.insert(out.end(), whole.begin(), whole.end());
            data = data.subspan(part.size());
        }
        return out;
    }

    bytes cat(std::uint16_t ca_system_id = 0x4AFE) {
        writer out;
        out.u8(0x01).u16(0xB000U | 15).u16(0xFFFF).u8(0xC1).u8(0).u8(0);
        out.u8(0x09).u8(4).u16(ca_system_id).pid(emm_pid);
        out.u32(crc32(out.view()));
        return section(ts::pid_cat, out.view());
    }
    bytes emm() {
        return section(emm_pid, sim::make_emm(card_key, {service_key_number, service_key}, 1));
    }
    /// The same one again until the keys change.
    bytes ecm(ts::pid_t pid, const sim::ecm_content& content, std::uint64_t nonce = 1) {
        return section(pid, sim::make_ecm(0x80, service_key_number, service_key, content, nonce));
    }

    /// Random clear packets of some PIDs in turn, every fourth with an adaptation field.
    bytes media(const std::vector<ts::pid_t>& pids, std::size_t count) {
        bytes out;
        for (std::size_t i = 0; i < count; ++i) {
            const auto pid = pids[i % pids.size()];
            const auto begin = out.size();
            writer header;
            header.u8(ts::sync_byte).u16(pid);
            const unsigned adaptation = i % 4 == 0 ? 1 + static_cast<unsigned>(random_() % 182) : 0;
            header.u8((adaptation > 0 ? 0x30U : 0x10U) | counter(pid));
            if (adaptation > 0)
                header.u8(adaptation).u8(0);
            out.insert(out.end(), header.view().begin(), header.view().end());
            while (out.size() < begin + ts::packet_size)
                out.push_back(static_cast<std::uint8_t>(random_()));
        }
        return out;
    }

    sim::ecm_content keys() {
        const auto random = [this] { return static_cast<std::uint8_t>(random_()); };
        return {sim::make_control_word(random), sim::make_control_word(random)};
    }

  private:
    unsigned counter(ts::pid_t pid) { return counters_[pid]++ & 0x0FU; }

    std::mt19937 random_{0xC140};
    std::map<ts::pid_t, unsigned> counters_;
};

inline bytes scrambled(bytes packets, const sim::ecm_content& content, sim::parity which) {
    sim::csa csa;
    csa.set_key(sim::parity::even, content.even);
    csa.set_key(sim::parity::odd, content.odd);
    std::vector<std::uint8_t*> addresses;
    for (std::size_t at = 0; at < packets.size(); at += ts::packet_size)
        addresses.push_back(packets.data() + at);
    csa.scramble(addresses, which);
    return packets;
}

} // namespace cihost::test
