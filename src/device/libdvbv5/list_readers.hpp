// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/channel_list.hpp"
#include "device/libdvbv5/list_text.hpp"

#include <string>
#include <vector>

namespace cihost::device::dvbv5 {

/// What a reader of one format works with.
struct list_reading {
    std::string file;
    channel_list_settings settings;
    channel_list& list;

    /// "FILE:LINE: TEXT"
    void remark(unsigned line, const std::string& text) const {
        list.remarks.push_back(file + ":" + std::to_string(line) + ": " + text);
    }
};

void read_sections(const std::vector<list_line>& lines, const list_reading& reading);
void read_zap(const std::vector<list_line>& lines, const list_reading& reading);

} // namespace cihost::device::dvbv5
