// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/receiver_name.hpp"

#include <charconv>
#include <cstddef>
#include <string>
#include <system_error>

namespace cihost::device {

namespace {

std::optional<unsigned> take_number(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix))
        return std::nullopt;
    unsigned number = 0;
    const auto* const end = text.data() + text.size();
    const auto [next, error] = std::from_chars(text.data() + prefix.size(), end, number);
    if (error != std::errc{} || number > 255)
        return std::nullopt;
    text = {next, static_cast<std::size_t>(end - next)};
    return number;
}

} // namespace

std::optional<linux_nodes> nodes_named(std::string_view text, const std::filesystem::path& root) {
    if (const auto in_front = root.string() + "/"; text.starts_with(in_front))
        text.remove_prefix(in_front.size());
    const auto adapter = take_number(text, "adapter");
    unsigned number = 0;
    if (!text.empty()) {
        const auto frontend = take_number(text, "/frontend");
        number = frontend.value_or(0);
        if (!frontend)
            return std::nullopt;
    }
    if (!adapter || !text.empty())
        return std::nullopt;
    const auto folder = root / ("adapter" + std::to_string(*adapter));
    const auto node = [&](const char* name) { return folder / (name + std::to_string(number)); };
    linux_nodes nodes;
    nodes.frontend = node("frontend");
    nodes.demux = node("demux");
    nodes.dvr = node("dvr");
    nodes.ca = node("ca");
    return nodes;
}

} // namespace cihost::device
