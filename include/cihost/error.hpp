// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <type_traits>

namespace cihost {

/// What can be wrong with bytes from the air or from a module, and with what was asked of this
/// library. Total parsers return one of these; they never read past their input, and throw nothing
/// but std::bad_alloc.
enum class errc {
    /// The input ends before the structure it announces.
    truncated = 1,
    /// A length field contradicts the structure that holds it, or exceeds the standard's limit.
    bad_length,
    /// A tag, table_id or identifier is not the one this parser reads.
    wrong_tag,
    /// CRC_32 of a section does not come out as 0 (ISO/IEC 13818-1 annex A).
    bad_crc,
    /// A field holds a value that the standard forbids.
    bad_value,
    /// Well-formed, but out of place in the state of things.
    unexpected,
    /// More than this object can hold, or is willing to (a section, a file).
    too_large,
};

using error_code = boost::system::error_code;

/// A value, or the reason why there is none.
template<class T>
using result = boost::system::result<T>;

/// Category of errc; its name is "cihost".
const boost::system::error_category& error_category() noexcept;

inline error_code make_error_code(errc value) noexcept {
    return {static_cast<int>(value), error_category()};
}

} // namespace cihost

template<>
struct boost::system::is_error_code_enum<cihost::errc> : std::true_type {};
