// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/cursor.hpp"
#include "base/writer.hpp"

#include <cihost/bytes.hpp>

#include <cstddef>
#include <optional>

namespace cihost::sim {

/// length_field(), EN 50221 §7 (BER, definite form). Written apart from the host's on purpose: what
/// both sides misread in the same way, no test would see.
///
/// Longer forms than needed are legal. Nothing: indefinite form, more than four bytes, or cut off.
std::optional<std::size_t> read_length(cursor& from);
/// The shortest form; up to 65535.
void write_length(writer& to, std::size_t length);

/// length_field() and as many bytes. Nothing when either is cut off.
std::optional<bytes_view> read_body(cursor& from);

} // namespace cihost::sim
