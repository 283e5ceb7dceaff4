// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cihost::device::dvbv5 {

/// A line of a channel list, trimmed, with what ends it (LF or CR LF) and a comment line's text
/// gone.
struct list_line {
    unsigned number = 0;
    std::string_view text;
};

/// The lines that say something, by number from 1. A byte order mark is passed over.
std::vector<list_line> lines_of(std::string_view content);

std::string_view trimmed(std::string_view text) noexcept;
/// ASCII letters only.
bool same_word(std::string_view a, std::string_view b) noexcept;
/// Decimal digits and nothing else, and no more than `most`.
std::optional<std::uint32_t> number(std::string_view text,
                                    std::uint32_t most = 0xffff'ffff) noexcept;
std::vector<std::string_view> fields(std::string_view text, char separator);

/// As UTF-8: what is not is taken for ISO 8859-1, as older scans wrote it. Without control
/// characters.
std::string as_utf8(std::string_view text);

} // namespace cihost::device::dvbv5
