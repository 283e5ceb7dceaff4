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
/// Call protocol: feed() any number of bytes, then next() until it returns nothing; until then the
/// bytes fed are borrowed. A packet_view is valid until the following feed() or finish(). While in
/// sync only a packet that lies across two feed()s is copied.
///
/// The packet size (188, 192 with a time stamp in front, 204 with parity behind) is found from the
/// distance of sync bytes: `sync_run` of them in a row, each in front of a possible packet header.
/// So the first packets are given when the start of the fifth has been fed, or by finish(); at
/// once from an input that begins() with one. A lost sync byte starts the search again.
class packet_reader {
  public:
    /// Consecutive sync bytes that make a lock (ETSI TR 101 290 §5.2.1 recommends five).
    static constexpr std::size_t sync_run = 5;

    struct statistics {
        std::uint64_t packets = 0;
        /// Bytes thrown away while out of sync.
        std::uint64_t skipped_bytes = 0;
        /// Times sync was lost after it had been found.
        std::uint64_t sync_losses = 0;
    };

    /// Bytes that follow those fed before. Bytes not yet consumed by next() are kept.
    void feed(bytes_view data);
    /// The input ends here: next() now also gives packets that less than sync_run sync bytes speak
    /// for, if they fill the input to its end. A later feed() begins a new input.
    void finish();
    /// The next whole packet, or nothing until more is fed.
    std::optional<packet_view> next();
    /// 188, 192 or 204; 0 until sync is found.
    std::size_t stride() const noexcept { return stride_; }
    const statistics& stats() const noexcept { return stats_; }
    /// Forget everything buffered (after a retune or an overflow); statistics stay.
    void reset() noexcept;
    /// The same, for an input that is known to begin with a packet, and to have one every `stride`
    /// bytes (188 or 204): nothing is searched for as long as it keeps to that.
    void begins(std::size_t stride) noexcept;

  private:
    bool synchronise();
    bytes_view window() const noexcept { return in_buffer_ ? bytes_view{buffer_} : input_; }
    void keep_rest();

    /// Kept bytes with as much of the input behind them as they need, read before input_.
    bytes buffer_;
    bytes_view input_;
    bool in_buffer_ = false;
    /// Unread bytes for the following feed(); apart from buffer_, whose packets are still lent.
    bytes rest_;
    /// Next byte of window(). In sync: where a sync byte is due, maybe beyond the window.
    std::size_t position_ = 0;
    std::size_t stride_ = 0;
    /// Bytes passed over since the search began.
    std::uint64_t searched_ = 0;
    bool finishing_ = false;
    statistics stats_;
};

} // namespace cihost::ts
