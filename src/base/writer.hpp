// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace cihost {

/// Appends big-endian fields to bytes: the inverse of cursor.
class writer {
  public:
    writer& u8(unsigned value) { return number(value, 1); }
    writer& u16(unsigned value) { return number(value, 2); }
    writer& u24(std::uint32_t value) { return number(value, 3); }
    writer& u32(std::uint32_t value) { return number(value, 4); }
    writer& u40(std::uint64_t value) { return number(value, 5); }
    /// A 13-bit PID behind three reserved bits set to 1.
    writer& pid(unsigned value) { return u16(0xE000U | (value & 0x1FFFU)); }
    /// A 12-bit length behind four reserved bits set to 1.
    writer& length12(std::size_t value) { return u16(0xF000U | (value & 0x0FFFU)); }
    writer& raw(bytes_view part) {
        data_.insert(data_.end(), part.begin(), part.end());
        return *this;
    }

    std::size_t size() const noexcept { return data_.size(); }
    const bytes& view() const noexcept { return data_; }
    bytes take() noexcept { return std::move(data_); }

  private:
    writer& number(std::uint64_t value, std::size_t n) {
        while (n-- > 0)
            data_.push_back(static_cast<std::uint8_t>(value >> 8 * n));
        return *this;
    }

    bytes data_;
};

} // namespace cihost
