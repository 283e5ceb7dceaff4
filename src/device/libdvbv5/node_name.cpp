// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/libdvbv5/node_name.hpp"

#include <algorithm>
#include <string_view>
#include <system_error>

namespace cihost::device::dvbv5 {

namespace {

/// The number behind `word`, as it stands; empty: not `word` and a number.
std::string_view number_after(std::string_view word, std::string_view text) noexcept {
    if (!text.starts_with(word))
        return {};
    text.remove_prefix(word.size());
    constexpr std::size_t digits = 4;
    const bool number =
        text.size() <= digits && (text.size() < 2 || text.front() != '0') &&
        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return number ? text : std::string_view{};
}

} // namespace

std::optional<std::string> frontend_name(const std::filesystem::path& node) {
    std::error_code error;
    const auto path = std::filesystem::weakly_canonical(node, error);
    if (error || path.parent_path().parent_path() != "/dev/dvb")
        return {};
    const auto folder = path.parent_path().filename().string();
    const auto file = path.filename().string();
    const auto adapter = number_after("adapter", folder);
    const auto frontend = number_after("frontend", file);
    if (adapter.empty() || frontend.empty())
        return {};
    return "dvb" + std::string{adapter} + ".frontend" + std::string{frontend};
}

} // namespace cihost::device::dvbv5
