// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/recording_gaps.hpp"

namespace cihost {

std::string name(recording_gap::kind what) {
    switch (what) {
    case recording_gap::kind::reception:
        return "reception";
    case recording_gap::kind::scrambled:
        return "scrambled";
    case recording_gap::kind::disk:
        return "disk";
    case recording_gap::kind::away:
        break;
    }
    return "away";
}

namespace runtime {

namespace {
constexpr std::chrono::seconds same_gap{1};
} // namespace

void recording_gaps::add(const recording_gap& gap) {
    auto& last = latest_.at(static_cast<std::size_t>(gap.what));
    last = {gap.until, gaps_.size()};
    ++count_;
    if (gaps_.size() < most_kept)
        gaps_.push_back(gap);
}

void recording_gaps::note(recording_gap::kind what, clock::time_point when, std::uint64_t position,
                          std::uint64_t packets) {
    const std::lock_guard lock{mutex_};
    auto& last = latest_.at(static_cast<std::size_t>(what));
    // min() is too far away to be subtracted from
    if (last.until == clock::time_point::min() || when > last.until + same_gap)
        return add({what, when, when, position, packets});
    last.until = when;
    if (last.index >= gaps_.size())
        return;
    gaps_[last.index].until = when;
    gaps_[last.index].packets += packets;
}

void recording_gaps::note_absence(clock::time_point from, clock::time_point until,
                                  std::uint64_t position) {
    const std::lock_guard lock{mutex_};
    add({recording_gap::kind::away, from, until, position, 0});
}

std::vector<recording_gap> recording_gaps::list() const {
    const std::lock_guard lock{mutex_};
    return gaps_;
}

std::uint64_t recording_gaps::count() const {
    const std::lock_guard lock{mutex_};
    return count_;
}

} // namespace runtime
} // namespace cihost
