// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/view_words.hpp"

#include "cli/text.hpp"

#include <cihost/ts/ca_descriptor.hpp>

#include <algorithm>
#include <cstdint>

namespace cihost::cli {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_letter(char a, char b) noexcept { return lower(a) == lower(b); }

} // namespace

std::string coloured_state(const std::string& state, const style& s) {
    if (state == "clear" || state == "locked" || state == "ready" || state == "recording")
        return s.good(state_words(state));
    if (state == "failed" || state == "silent" || state == "absent" || state == "no lock" ||
        state == "refused")
        return s.bad(state_words(state));
    return s.waiting(state_words(state));
}

std::string ca_systems(json_view ids) {
    std::string text;
    for (const auto& entry : ids.list()) {
        const auto id = json_view{entry}.number();
        if (!id || *id > 0xFFFF)
            continue;
        const auto ca_system_id = static_cast<std::uint16_t>(*id);
        const std::string name = ts::ca_system_name(ca_system_id);
        text += (text.empty() ? "" : ", ") + hex16(ca_system_id) + (name.empty() ? "" : " " + name);
    }
    return text.empty() ? "none known" : text;
}

bool alike(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, same_letter);
}

bool contains(std::string_view text, std::string_view part) {
    return !std::ranges::search(text, part, same_letter).empty() || part.empty();
}

} // namespace cihost::cli
