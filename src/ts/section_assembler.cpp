// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/continuity.hpp"

#include <cihost/ts/section_assembler.hpp>

#include <algorithm>

namespace cihost::ts {
namespace {

constexpr std::size_t short_header_size = 3;
/// table_id FF is forbidden: it is stuffing up to the end of the packet.
constexpr std::uint8_t stuffing = 0xFF;

} // namespace

void section_assembler::push(packet_view packet) {
    complete_.erase(complete_.begin(), complete_.begin() + static_cast<std::ptrdiff_t>(given_));
    given_ = 0;
    if (packet.transport_error() || packet.scrambling_control() != scrambling::clear) {
        drop();
        last_counter_ = -1;
        return;
    }
    if (!packet.has_payload() || !in_order(packet))
        return;

    const auto payload = packet.payload();
    if (!packet.payload_unit_start()) {
        append(payload);
        return;
    }
    if (payload.empty() || payload[0] >= payload.size()) {
        drop();
        return;
    }
    const std::size_t pointer = payload[0];
    append(payload.subspan(1, pointer));
    drop();
    start(payload.subspan(1 + pointer));
}

/// False for a duplicate, which has nothing to add. A gap ends the section under way.
bool section_assembler::in_order(packet_view packet) {
    const auto step = continuity_step(packet, last_counter_, duplicated_);
    if (step == continuity::gap || step == continuity::announced)
        drop();
    return step != continuity::duplicate;
}

void section_assembler::start(bytes_view part) {
    while (!part.empty() && part[0] != stuffing) {
        collecting_ = true;
        part = append(part);
    }
}

bytes_view section_assembler::append(bytes_view part) {
    while (collecting_ && !part.empty()) {
        const auto size = partial_.size() < short_header_size
                              ? short_header_size
                              : short_header_size + ((partial_[1] & 0x0FU) << 8 | partial_[2]);
        const auto count = std::min(size - partial_.size(), part.size());
        partial_.insert(partial_.end(), part.begin(),
                        part.begin() + static_cast<std::ptrdiff_t>(count));
        part = part.subspan(count);
        if (partial_.size() < short_header_size)
            continue;
        const std::size_t whole = short_header_size + ((partial_[1] & 0x0FU) << 8 | partial_[2]);
        if (whole > max_section_size) {
            // where the next one begins is not known either
            drop();
            return {};
        }
        if (partial_.size() == whole)
            finish();
    }
    return part;
}

void section_assembler::finish() {
    const auto section = section_view::parse(partial_);
    if (section) {
        ++stats_.sections;
        complete_.push_back(std::move(partial_));
    } else if (section.error() == errc::bad_crc) {
        ++stats_.crc_errors;
    } else {
        ++stats_.broken;
    }
    partial_.clear();
    collecting_ = false;
}

void section_assembler::drop() {
    if (collecting_)
        ++stats_.broken;
    partial_.clear();
    collecting_ = false;
}

std::optional<section_view> section_assembler::next() {
    if (given_ == complete_.size())
        return std::nullopt;
    return section_view{complete_[given_++]};
}

void section_assembler::reset() noexcept {
    partial_.clear();
    complete_.clear();
    given_ = 0;
    collecting_ = false;
    last_counter_ = -1;
    duplicated_ = false;
}

} // namespace cihost::ts
