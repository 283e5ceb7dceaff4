// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cihost::cli {

/// Reads an answer of a daemon that may be older or newer: what is missing or of another type is
/// nothing, never an error. Borrows the value.
class json_view {
  public:
    explicit json_view(const boost::json::value* value = nullptr) noexcept
        : value_{value} {}
    explicit json_view(const boost::json::value& value) noexcept
        : value_{&value} {}

    bool null() const noexcept { return value_ == nullptr || value_->is_null(); }
    json_view operator[](std::string_view key) const noexcept;
    /// Entries of an array.
    const boost::json::array& list() const noexcept;
    /// Made printable; empty if there is none.
    std::string text() const;
    /// The same, but with its line breaks as such; none if it is empty.
    std::vector<std::string> lines() const;
    bool flag() const noexcept;
    std::optional<std::uint64_t> number() const noexcept;
    std::optional<double> real() const noexcept;

  private:
    const boost::json::value* value_;
};

} // namespace cihost::cli
