// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>

#include <cstddef>
#include <cstdint>

namespace cihost::ts {

/// ISO/IEC 13818-1 §2.4.3.2: a transport packet, without the extra bytes of 192- or 204-byte forms.
inline constexpr std::size_t packet_size = 188;
inline constexpr std::uint8_t sync_byte = 0x47;
inline constexpr std::size_t pid_count = 0x2000;

using pid_t = std::uint16_t;

inline constexpr pid_t pid_pat = 0x0000;
inline constexpr pid_t pid_cat = 0x0001;
inline constexpr pid_t pid_nit = 0x0010;
inline constexpr pid_t pid_sdt = 0x0011;
inline constexpr pid_t pid_eit = 0x0012;
inline constexpr pid_t pid_tdt = 0x0014;
inline constexpr pid_t pid_null = 0x1FFF;

/// transport_scrambling_control (2 bits), ETR 289 §5.
enum class scrambling : std::uint8_t { clear = 0, reserved = 1, even = 2, odd = 3 };

/// One packet of exactly packet_size bytes, borrowed. Field readers are total: any 188 bytes have
/// an answer.
class packet_view {
  public:
    using data_type = std::span<const std::uint8_t, packet_size>;

    explicit packet_view(data_type data) noexcept
        : data_{data} {}

    data_type data() const noexcept { return data_; }
    bool transport_error() const noexcept { return (data_[1] & 0x80) != 0; }
    bool payload_unit_start() const noexcept { return (data_[1] & 0x40) != 0; }
    pid_t pid() const noexcept { return static_cast<pid_t>((data_[1] & 0x1F) << 8 | data_[2]); }
    scrambling scrambling_control() const noexcept {
        return static_cast<scrambling>(data_[3] >> 6);
    }
    bool has_adaptation_field() const noexcept { return (data_[3] & 0x20) != 0; }
    bool has_payload() const noexcept { return (data_[3] & 0x10) != 0; }
    std::uint8_t continuity_counter() const noexcept { return data_[3] & 0x0F; }
    /// discontinuity_indicator of the adaptation field; false without one.
    bool discontinuity() const noexcept {
        return has_adaptation_field() && data_[4] > 0 && (data_[5] & 0x80) != 0;
    }
    /// Bytes behind header and adaptation field; empty without payload or when the adaptation
    /// field claims more than the packet holds.
    bytes_view payload() const noexcept {
        if (!has_payload())
            return {};
        const std::size_t start = has_adaptation_field() ? 5U + data_[4] : 4U;
        return start < packet_size ? bytes_view{data_.subspan(start)} : bytes_view{};
    }

  private:
    data_type data_;
};

} // namespace cihost::ts
