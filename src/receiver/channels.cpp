// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/suggestion.hpp"
#include "device/channel_list.hpp"

#include <cihost/channel.hpp>
#include <cihost/receiver_error.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace cihost {
namespace {

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool alike(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, small, small);
}

} // namespace

std::vector<channel> read_channels(const std::filesystem::path& file,
                                   const channel_list_settings& settings,
                                   std::vector<std::string>* remarks) {
    auto list = device::read_channel_list(file, settings);
    if (!list.error.empty()) {
        std::error_code unknown;
        const bool there = std::filesystem::exists(file, unknown) || unknown;
        throw receiver_error{there ? receiver_error::kind::failed : receiver_error::kind::not_found,
                             list.error + (there ? "" : " dvbv5-scan makes one.")};
    }
    if (remarks != nullptr)
        *remarks = std::move(list.remarks);
    return std::move(list.channels);
}

channel find_channel(const std::vector<channel>& channels, std::string_view name) {
    auto it = std::ranges::find(channels, name, &channel::name);
    if (it == channels.end())
        it = std::ranges::find_if(channels, [&](const auto& c) { return alike(c.name, name); });
    if (it != channels.end())
        return *it;
    std::vector<std::string> names;
    for (const auto& c : channels)
        names.push_back(c.name);
    const auto meant = suggestion(name, names);
    throw receiver_error{receiver_error::kind::not_found,
                         "The channel '" + std::string(name) + "' is not in the channel list" +
                             (meant ? "; did you mean '" + *meant + "'?"
                                    : ". Take a name that is, or scan the channels anew.")};
}

} // namespace cihost
