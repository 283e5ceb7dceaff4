// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/ts/packet.hpp>
#include <cihost/ts/pid_table.hpp>
#include <cihost/ts/section_assembler.hpp>

#include <array>
#include <cstdint>
#include <optional>

namespace cihost::ts {

/// Finds packets that are marked scrambled and are clear: some modules descramble and leave
/// transport_scrambling_control as it was.
///
/// The starts of PES packets tell: scrambled ones look by chance like the header of a PES packet
/// (ISO/IEC 13818-1 §2.4.3.6) less often than once in 2^32. Two in a row on one PID convict the
/// module; from then on one start is enough on every PID, and what follows it up to a start that is
/// none counts as clear too. Of PIDs with sections, a right CRC_32 tells from then on.
class stale_scrambling_bits {
  public:
    /// The packets of the multiplex in order, those without transport error. True: the bits are to
    /// be cleared.
    bool stale(packet_view packet);
    /// Another stream comes under this PID.
    void reset(pid_t pid) { streams_.at(pid) = {}; }
    /// Another multiplex.
    void reset() noexcept;
    /// Packets found stale, ever.
    std::uint64_t packets() const noexcept { return packets_; }

  private:
    /// Of its packets that are marked scrambled.
    struct stream {
        /// PES starts since one that was none; more are not counted than matter.
        std::uint8_t pes_starts = 0;
        /// Unit starts that may pass until another section has to be right.
        std::uint8_t section_trust = 0;
        /// There once the module is convicted.
        std::optional<section_assembler> sections;
    };

    void look_for_sections(stream& s, packet_view packet);

    pid_table<stream> streams_;
    bool convicted_ = false;
    std::uint64_t packets_ = 0;
};

/// The packet with other transport_scrambling_control: 00.
std::array<std::uint8_t, packet_size> without_scrambling_bits(packet_view packet) noexcept;

} // namespace cihost::ts
