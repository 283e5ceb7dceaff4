// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/en50221/ca_pmt.hpp>

#include <cstddef>
#include <optional>

namespace cihost::en50221 {

/// The APDU of a CA_PMT, with tag and length, in at most `limit` bytes. To get there the streams
/// that matter least are left out, those at the end first: data, then private PES (subtitles and
/// teletext, but sound too), never video nor MPEG sound. A module is not asked to descramble what
/// is left out. Nothing: it does not fit even so.
std::optional<bytes> fit_ca_pmt(ca_pmt value, std::size_t limit);

} // namespace cihost::en50221
