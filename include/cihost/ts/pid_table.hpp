// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/ts/packet.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace cihost::ts {

/// A value for each PID that was written to; of the 8192 a receiver sees some dozens. References
/// stay good until clear().
template<class Value>
class pid_table {
  public:
    pid_table()
        : index_(pid_count, none) {}

    /// Makes it if it is not there.
    Value& at(pid_t pid) {
        auto& index = index_[pid & 0x1FFFU];
        if (index == none) {
            index = static_cast<std::uint16_t>(values_.size());
            values_.emplace_back();
        }
        return values_[index];
    }
    /// A default value for a PID never written to.
    const Value& operator[](pid_t pid) const noexcept {
        static const Value untouched{};
        const auto index = index_[pid & 0x1FFFU];
        return index == none ? untouched : values_[index];
    }
    /// Nothing for a PID never written to.
    Value* find(pid_t pid) noexcept {
        const auto index = index_[pid & 0x1FFFU];
        return index == none ? nullptr : &values_[index];
    }
    void clear() noexcept {
        index_.assign(pid_count, none);
        values_.clear();
    }

  private:
    static constexpr std::uint16_t none = 0xFFFF;

    std::vector<std::uint16_t> index_;
    std::deque<Value> values_;
};

} // namespace cihost::ts
