// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/section_packetizer.hpp"

#include <algorithm>

namespace cihost::ts {

std::size_t section_packetizer::packetize(bytes_view section, bytes& out) {
    std::size_t packets = 0;
    while (!section.empty()) {
        const bool first = packets == 0;
        const auto end = out.size() + packet_size;
        out.push_back(sync_byte);
        out.push_back(static_cast<std::uint8_t>((first ? 0x40 : 0) | (pid_ >> 8 & 0x1F)));
        out.push_back(static_cast<std::uint8_t>(pid_));
        out.push_back(static_cast<std::uint8_t>(0x10 | counter_));
        counter_ = (counter_ + 1) & 0x0F;
        if (first)
            out.push_back(0); // pointer_field
        const auto count = std::min(end - out.size(), section.size());
        out.insert(out.end(), section.begin(),
                   section.begin() + static_cast<std::ptrdiff_t>(count));
        out.resize(end, 0xFF);
        section = section.subspan(count);
        ++packets;
    }
    return packets;
}

} // namespace cihost::ts
