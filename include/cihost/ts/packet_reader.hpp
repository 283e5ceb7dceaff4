// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/ts/packet.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace cihost::ts {

/// Cuts a byte stream into transport packets, whatever pieces it comes in.
///
/// Call protocol: feed() any number of bytes, then next() until it returns nothing. A packet_view
/// is valid until the following feed(). The packet size (188, 192 with a time stamp in front,
/// 204 with parity behind) is found from the distance of sync bytes; on a lost sync byte the
/// reader searches again and counts what it skipped. All-aligned 188-byte input is not copied.
class packet_reader {
  public:
    struct statistics {
        std::uint64_t packets = 0;
        /// Bytes thrown away while out of sync.
        std::uint64_t skipped_bytes = 0;
        /// Times sync was lost after it had been found.
        std::uint64_t sync_losses = 0;
    };

    packet_reader();

    /// Bytes that follow those fed before. Bytes not yet consumed by next() are kept.
    void feed(bytes_view data);
    /// The next whole packet, or nothing until more is fed.
    std::optional<packet_view> next();
    /// 188, 192 or 204; 0 until sync is found.
    std::size_t stride() const noexcept;
    const statistics& stats() const noexcept { return stats_; }
    /// Forget everything buffered (after a retune or an overflow); statistics stay.
    void reset() noexcept;

  private:
    bool synchronise();

    bytes buffer_;
    bytes_view input_;
    std::size_t position_ = 0;
    std::size_t stride_ = 0;
    /// Bytes in front of the sync byte within one stride (4 in the 192-byte form).
    std::size_t lead_ = 0;
    statistics stats_;
};

} // namespace cihost::ts
