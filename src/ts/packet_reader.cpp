// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cihost/ts/packet_reader.hpp>

#include <algorithm>
#include <array>

namespace cihost::ts {
namespace {

constexpr std::size_t time_stamp_size = 4;
constexpr std::size_t packet_with_time_stamp = packet_size + time_stamp_size;
constexpr std::array<std::size_t, 3> strides{packet_size, packet_with_time_stamp, 204};

enum class verdict { no, yes, undecided };

/// A sync byte alone may be payload that repeats packet after packet. What follows a real one has
/// an adaptation_field_control and an adaptation_field_length that fit a packet.
bool may_begin_packet(bytes_view data) noexcept {
    if (data[0] != sync_byte)
        return false;
    if (data.size() < 5)
        return true;
    const bool adaptation = (data[3] & 0x20) != 0;
    const bool payload = (data[3] & 0x10) != 0;
    return (adaptation || payload) && (!adaptation || data[4] <= packet_size - 5);
}

/// Do packets of this stride begin at data[0]?
verdict judge(bytes_view data, std::size_t stride) noexcept {
    for (std::size_t i = 0; i < packet_reader::sync_run; ++i) {
        if (i * stride >= data.size())
            return verdict::undecided;
        if (!may_begin_packet(data.subspan(i * stride)))
            return verdict::no;
    }
    return verdict::yes;
}

/// Is data, in which judge() found nothing wrong, whole packets up to its end? A time stamp stands
/// in front of its packet, so none follows the last.
bool ends_with_packet(bytes_view data, std::size_t stride) noexcept {
    const auto tail = stride == packet_with_time_stamp ? packet_size : stride;
    return data.size() >= tail && (data.size() - tail) % stride == 0;
}

} // namespace

void packet_reader::feed(bytes_view data) {
    if (finishing_)
        reset();
    keep_rest();
    buffer_.swap(rest_);
    rest_.clear();
    input_ = data;
    in_buffer_ = !buffer_.empty();
    if (!in_buffer_)
        return;
    // Complete the packet across the seam and read on in the input; search in one piece.
    const bool one_packet =
        stride_ != 0 && buffer_.size() < packet_size && buffer_.front() == sync_byte;
    const auto wanted =
        one_packet ? std::min(data.size(), packet_size - buffer_.size()) : data.size();
    buffer_.insert(buffer_.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(wanted));
    input_ = data.subspan(wanted);
}

void packet_reader::finish() {
    feed({});
    finishing_ = true;
}

std::optional<packet_view> packet_reader::next() {
    while (stride_ != 0 || synchronise()) {
        const auto data = window();
        if (in_buffer_ && position_ >= data.size()) {
            position_ -= data.size();
            in_buffer_ = false;
            continue;
        }
        if (position_ + packet_size > data.size())
            break;
        if (data[position_] != sync_byte) {
            ++stats_.sync_losses;
            stride_ = 0;
            searched_ = 0;
            continue;
        }
        const packet_view packet{data.subspan(position_).first<packet_size>()};
        position_ += stride_;
        ++stats_.packets;
        return packet;
    }
    keep_rest();
    if (finishing_) {
        stats_.skipped_bytes += rest_.size();
        rest_.clear();
    }
    return std::nullopt;
}

bool packet_reader::synchronise() {
    const auto data = window();
    const auto start = position_;
    const auto pass_over = [&] {
        stats_.skipped_bytes += position_ - start;
        searched_ += position_ - start;
    };
    for (; position_ < data.size(); ++position_) {
        if (data[position_] != sync_byte)
            continue;
        const auto candidate = data.subspan(position_);
        bool undecided = false;
        for (const auto stride : strides) {
            const auto found = judge(candidate, stride);
            const bool open = found == verdict::undecided;
            if (found == verdict::yes ||
                (open && finishing_ && ends_with_packet(candidate, stride))) {
                pass_over();
                stride_ = stride;
                if (stride == packet_with_time_stamp) // its time stamp was not thrown away
                    stats_.skipped_bytes -= std::min<std::uint64_t>(searched_, time_stamp_size);
                return true;
            }
            undecided = undecided || open;
        }
        if (undecided && !finishing_)
            break;
    }
    pass_over();
    return false;
}

void packet_reader::keep_rest() {
    for (const auto part : {in_buffer_ ? bytes_view{buffer_} : bytes_view{}, input_}) {
        const auto read = std::min(position_, part.size());
        position_ -= read;
        rest_.insert(rest_.end(), part.begin() + static_cast<std::ptrdiff_t>(read), part.end());
    }
    in_buffer_ = false;
    input_ = {};
}

void packet_reader::reset() noexcept {
    buffer_.clear();
    rest_.clear();
    input_ = {};
    in_buffer_ = false;
    position_ = 0;
    stride_ = 0;
    searched_ = 0;
    finishing_ = false;
}

void packet_reader::begins(std::size_t stride) noexcept {
    reset();
    stride_ = stride;
}

} // namespace cihost::ts
