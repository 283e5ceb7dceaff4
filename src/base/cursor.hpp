// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>

#include <cstddef>
#include <cstdint>

namespace cihost {

/// Reads big-endian fields off borrowed bytes and cannot leave them. A read past the end gives
/// zero and sets the failure flag, which stays; so a parser reads a whole structure and asks
/// ok() once at the end, and before it trusts a count or allocates.
class cursor {
  public:
    explicit cursor(bytes_view data) noexcept
        : data_{data} {}

    bool ok() const noexcept { return ok_; }
    std::size_t left() const noexcept { return data_.size(); }
    bool empty() const noexcept { return data_.empty(); }
    bytes_view rest() const noexcept { return data_; }

    std::uint8_t u8() noexcept { return static_cast<std::uint8_t>(number(1)); }
    std::uint16_t u16() noexcept { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u24() noexcept { return static_cast<std::uint32_t>(number(3)); }
    std::uint32_t u32() noexcept { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t u40() noexcept { return number(5); }

    /// A 13-bit PID behind three reserved bits; reserved bits are ignored.
    std::uint16_t pid() noexcept { return u16() & 0x1FFF; }
    /// A 12-bit length behind four reserved bits.
    std::uint16_t length12() noexcept { return u16() & 0x0FFF; }

    /// The next n bytes; empty and failed when there are fewer.
    bytes_view take(std::size_t n) noexcept {
        if (n > data_.size()) {
            fail();
            return {};
        }
        const auto part = data_.first(n);
        data_ = data_.subspan(n);
        return part;
    }
    void skip(std::size_t n) noexcept { take(n); }

    void fail() noexcept {
        ok_ = false;
        data_ = {};
    }

  private:
    std::uint64_t number(std::size_t n) noexcept {
        std::uint64_t value = 0;
        for (const auto byte : take(n))
            value = value << 8 | byte;
        return value;
    }

    bytes_view data_;
    bool ok_ = true;
};

} // namespace cihost
