// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

namespace cihost::sim {

/// The module's side of the link layer, EN 50221 annex A: TPDUs in fragments of the negotiated
/// size, [connection id][0x80 more follow | 0][bytes]. Fragments of one connection stay in order,
/// those of several may be interleaved. Sans-I/O.
class lab_link {
  public:
    static constexpr std::size_t smallest_buffer = 16;
    /// Of a TPDU in fragments; what is longer is thrown away.
    static constexpr std::size_t max_tpdu = 65536;

    /// The interface was reset: nothing half received, nothing to send, no size agreed on.
    void reset() noexcept;
    /// The host chose this size, link header included, and begins anew. errc::bad_value below
    /// smallest_buffer.
    error_code agree(std::size_t buffer_size) noexcept;

    /// One fragment from the host; [tcid][TPDU] when it was the last one of a TPDU. errc::truncated
    /// below two bytes, errc::too_large for a fragment or TPDU longer than allowed,
    /// errc::unexpected while no size is agreed on.
    result<std::optional<bytes>> host_fragment(bytes_view fragment);

    /// [tcid][TPDU…] to go out. Without an agreed size it goes nowhere.
    void send(bytes_view block);
    /// All of what was sent has left.
    bool idle() const noexcept { return outgoing_.empty() && !under_way_; }
    /// What to give to the host now: one fragment at a time.
    std::optional<bytes_view> next_fragment() const noexcept;
    /// It is in the module's buffer: the next one after fragment_read().
    void fragment_given();
    /// The host has fetched it.
    void fragment_read() noexcept { under_way_ = false; }

  private:
    /// 0: not agreed on.
    std::size_t buffer_size_ = 0;
    std::map<std::uint8_t, bytes> half_received_;
    std::deque<bytes> outgoing_;
    bool under_way_ = false;
};

} // namespace cihost::sim
