// SPDX-License-Identifier: LGPL-2.1-or-later
/// Any text as a channel list, in both forms.

#include "device/libdvbv5/list_readers.hpp"

#include <cstdlib>
#include <string>

using namespace cihost::device;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string content(reinterpret_cast<const char*>(data), size);
    const auto lines = dvbv5::lines_of(content);
    for (const auto format : {channel_format::dvbv5, channel_format::zap}) {
        channel_list list;
        const dvbv5::list_reading reading{
            .file = "channels.conf", .settings = {.format = format}, .list = list};
        format == channel_format::dvbv5 ? dvbv5::read_sections(lines, reading)
                                        : dvbv5::read_zap(lines, reading);
        // each line gives one service or remark, or a few remarks on its fields
        if (list.channels.size() > lines.size() || list.remarks.size() > 40 * (lines.size() + 1))
            std::abort();
    }
    return 0;
}
