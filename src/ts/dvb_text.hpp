// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>

#include <string>

namespace cihost::ts {

/// EN 300 468 annex A text to UTF-8: ISO 6937 by default, ISO 8859-n by leading byte 01-0B or 10,
/// UCS-2 (11), KS X 1001 (12), GB 2312 (13), Big5 (14) and UTF-8 (15). Control codes 80-9F: 8A is a
/// line break, the others are dropped. Reserved character tables give '?' a byte, and so do the
/// registered encodings (1F): broadcasters' compressions of event texts, whose tables are their
/// own. Never fails.
std::string dvb_text(bytes_view text);

} // namespace cihost::ts
