// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/pmt.hpp>

#include <cstddef>
#include <vector>

namespace cihost::test {

/// A multiplex that fills a CI slot at 72 Mbit/s with its gaps: ten services of picture and sound,
/// clear as a module gives them, their tables, ECMs and EMMs, an EIT, hardly any stuffing.
class full_slot {
  public:
    static constexpr double bits_per_second = 67.68e6;
    static constexpr double packets_per_second = bits_per_second / 8 / ts::packet_size;
    static constexpr ts::pid_t emm_pid = 0x500;

    full_slot();

    const std::vector<ts::pmt>& services() const noexcept { return services_; }
    static ts::pid_t pmt_pid(const ts::pmt& service) noexcept;
    static ts::pid_t ecm_pid(const ts::pmt& service) noexcept;
    /// Writes it to a pipe at its own rate, so many packets at once as a driver would, for so many
    /// seconds; the continuity_counters go on from loop to loop.
    void play(int pipe, std::size_t packets_at_once, double seconds) const;

  private:
    std::vector<ts::pmt> services_;
    /// A second of it.
    bytes packets_;
};

} // namespace cihost::test
