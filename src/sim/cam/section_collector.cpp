// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/section_collector.hpp"

#include "base/cursor.hpp"

#include <cstddef>
#include <cstdint>

namespace cihost::sim {
namespace {

constexpr std::size_t header_size = 3;
constexpr std::size_t max_section_length = 4093;
constexpr std::uint8_t stuffing = 0xFF;

} // namespace

std::vector<bytes> section_collector::push(ts::packet_view packet) {
    std::vector<bytes> complete;
    if (packet.transport_error() || packet.scrambling_control() != ts::scrambling::clear) {
        drop();
        return complete;
    }
    if (!packet.has_payload())
        return complete;
    const int counter = packet.continuity_counter();
    if (counter == last_counter_ && !packet.discontinuity())
        return complete; // sent twice
    if (counter != ((last_counter_ + 1) & 0x0F))
        drop();
    last_counter_ = counter;

    cursor in{packet.payload()};
    if (!packet.payload_unit_start()) {
        go_on(in.rest(), complete);
        return complete;
    }
    const auto pointer_field = in.u8();
    go_on(in.take(pointer_field), complete);
    drop();
    if (in.ok())
        start(in.rest(), complete);
    return complete;
}

void section_collector::start(bytes_view part, std::vector<bytes>& complete) {
    partial_.assign(part.begin(), part.end());
    collecting_ = true;
    while (cut(complete)) {
    }
}

void section_collector::go_on(bytes_view part, std::vector<bytes>& complete) {
    if (!collecting_)
        return;
    partial_.insert(partial_.end(), part.begin(), part.end());
    if (cut(complete))
        drop(); // the next section would need a pointer_field
}

/// Takes one whole section off the front.
bool section_collector::cut(std::vector<bytes>& complete) {
    if (!partial_.empty() && partial_.front() == stuffing) {
        drop();
        return false;
    }
    cursor header{partial_};
    header.u8();
    const std::size_t length = header.length12();
    if (!header.ok())
        return false;
    if (length > max_section_length) {
        drop();
        return false;
    }
    if (header.left() < length)
        return false;
    const auto end = partial_.begin() + static_cast<std::ptrdiff_t>(header_size + length);
    complete.emplace_back(partial_.begin(), end);
    partial_.erase(partial_.begin(), end);
    return true;
}

void section_collector::drop() noexcept {
    partial_.clear();
    collecting_ = false;
}

} // namespace cihost::sim
