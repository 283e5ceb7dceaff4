// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/cursor.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>
#include <cihost/ts/descriptor.hpp>

namespace cihost::ts {

/// A descriptor loop of the given length at c. errc::truncated when c ends before it,
/// errc::bad_length when a descriptor does not end within it.
result<descriptor_list> parse_descriptors(cursor& c, std::size_t length);

} // namespace cihost::ts
