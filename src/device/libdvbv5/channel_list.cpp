// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/channel_list.hpp"

#include "device/libdvbv5/list_readers.hpp"
#include "device/opened_node.hpp"
#include "device/system_calls.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fcntl.h>

namespace cihost::device {

namespace {

// a list of 50,000 services has 20 MB
constexpr std::size_t largest_file = 64 * 1024 * 1024;
// of a zap line: an ATSC one
constexpr std::ptrdiff_t fewest_colons = 5;

/// The content, or why there is none.
std::string read_file(const std::filesystem::path& file, std::string& why_not) {
    // not to wait for a FIFO's writer
    const opened_node opened{file, O_RDONLY | O_NONBLOCK | O_CLOEXEC, kernel()};
    std::string content;
    if (opened.fd() < 0) {
        why_not = std::strerror(-opened.fd());
        return content;
    }
    std::array<char, 64 * 1024> block{};
    for (;;) {
        const auto size = kernel().read(opened.fd(), block.data(), block.size());
        if (size < 0)
            why_not = std::strerror(static_cast<int>(-size));
        if (size <= 0)
            return content;
        content.append(block.data(), static_cast<std::size_t>(size));
        if (content.size() > largest_file) {
            why_not = "larger than any channel list";
            return content;
        }
    }
}

channel_format told_by(const std::vector<dvbv5::list_line>& lines) {
    const auto any = [&](auto is) { return std::any_of(lines.begin(), lines.end(), is); };
    if (any([](const auto& line) { return line.text.front() == '[' && line.text.back() == ']'; }))
        return channel_format::dvbv5;
    if (any([](const auto& line) {
            return std::count(line.text.begin(), line.text.end(), ':') >= fewest_colons;
        }))
        return channel_format::zap;
    return channel_format::automatic;
}

} // namespace

channel_list read_channel_list(const std::filesystem::path& file,
                               const channel_list_settings& settings) {
    channel_list list;
    const auto fail = [&](const std::string& why) {
        list.error = "The channel list " + file.string() + " cannot be read: " + why + ".";
        return list;
    };
    std::string why_not;
    const auto content = read_file(file, why_not);
    if (!why_not.empty())
        return fail(why_not);
    if (content.find('\0') != std::string::npos)
        return fail("it is not a text file");
    const auto lines = dvbv5::lines_of(content);
    if (lines.empty())
        return fail("it is empty");

    const auto format =
        settings.format == channel_format::automatic ? told_by(lines) : settings.format;
    const dvbv5::list_reading reading{.file = file.string(), .settings = settings, .list = list};
    if (format == channel_format::dvbv5)
        dvbv5::read_sections(lines, reading);
    else if (format == channel_format::zap)
        dvbv5::read_zap(lines, reading);
    else
        return fail("it has neither [NAME] sections, as dvbv5-scan writes them, nor lines with "
                    "colons, as scan writes them for zap");
    return list;
}

} // namespace cihost::device
