// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/ts/section.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace cihost::ts {

/// The SDT of a multiplex (EN 300 468 §5.2.3, all its sections) cut down to one service, whose
/// content is clear: free_CA_mode is 0, CA identifiers are gone. Nothing when it does not list the
/// service, or cannot be read.
std::optional<bytes> sdt_in_clear(std::span<const bytes> sections, std::uint16_t service_id);

/// A section of the EIT (§5.2.4), which is one service's anyway, likewise.
std::optional<bytes> eit_in_clear(const section_view& section);

} // namespace cihost::ts
