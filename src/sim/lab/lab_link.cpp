// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/lab/lab_link.hpp"

#include <algorithm>
#include <utility>

namespace cihost::sim {

namespace {

constexpr std::size_t header_size = 2;
constexpr std::uint8_t more_follow = 0x80;

} // namespace

void lab_link::reset() noexcept {
    buffer_size_ = 0;
    half_received_.clear();
    outgoing_.clear();
    under_way_ = false;
}

error_code lab_link::agree(std::size_t buffer_size) noexcept {
    reset();
    if (buffer_size < smallest_buffer)
        return errc::bad_value;
    buffer_size_ = buffer_size;
    return {};
}

result<std::optional<bytes>> lab_link::host_fragment(bytes_view fragment) {
    if (buffer_size_ == 0)
        return error_code{errc::unexpected};
    if (fragment.size() < header_size)
        return error_code{errc::truncated};
    const auto tcid = fragment[0];
    const bool last = (fragment[1] & more_follow) == 0;
    const auto payload = fragment.subspan(header_size);
    auto& tpdu = half_received_[tcid];
    if (fragment.size() > buffer_size_ || tpdu.size() + payload.size() > max_tpdu) {
        half_received_.erase(tcid);
        return error_code{errc::too_large};
    }
    if (tpdu.empty())
        tpdu.push_back(tcid);
    tpdu.insert(tpdu.end(), payload.begin(), payload.end());
    if (!last)
        return std::optional<bytes>{};
    auto whole = std::move(tpdu);
    half_received_.erase(tcid);
    return std::optional<bytes>{std::move(whole)};
}

void lab_link::send(bytes_view block) {
    if (buffer_size_ == 0 || block.empty())
        return;
    const auto tcid = block.front();
    auto left = block.subspan(1);
    do {
        const auto part = left.first(std::min(left.size(), buffer_size_ - header_size));
        left = left.subspan(part.size());
        auto& fragment = outgoing_.emplace_back();
        fragment.reserve(header_size + part.size());
        fragment.push_back(tcid);
        fragment.push_back(left.empty() ? std::uint8_t{0} : more_follow);
        fragment.insert(fragment.end(), part.begin(), part.end());
    } while (!left.empty());
}

std::optional<bytes_view> lab_link::next_fragment() const noexcept {
    if (under_way_ || outgoing_.empty())
        return std::nullopt;
    return outgoing_.front();
}

void lab_link::fragment_given() {
    outgoing_.pop_front();
    under_way_ = true;
}

} // namespace cihost::sim
