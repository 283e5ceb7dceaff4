// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>

#include <optional>
#include <string_view>

namespace cihost::ts {

/// UTF-8 to EN 300 468 annex A text, the inverse of dvb_text(). ASCII goes as it is. Else the
/// first table that has all characters is taken: that of `like`, a text of the one who is to
/// read this one; the default table; ISO 8859-n; UTF-8. Nothing for what is no UTF-8, or holds
/// control codes other than a line break.
std::optional<bytes> to_dvb_text(std::string_view utf8, bytes_view like = {});

} // namespace cihost::ts
