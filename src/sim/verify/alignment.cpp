// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/verify/alignment.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace cihost::sim {
namespace {

/// Packets in a row that make a place certain. Many, for a looped source repeats its packets but
/// for the time stamps in PES headers, and a big picture has hundreds of packets between two of
/// them.
constexpr std::size_t certain = 1024;
/// Packets in a row that show the way back after a fault.
constexpr std::size_t back_on_track = 3;
/// How many packets of the recording's beginning may be faulty.
constexpr std::size_t tries = 256;

using packets = std::span<const indexed_packet>;

/// How many packets in a row are the same from here, up to `most`.
std::size_t run_length(packets source, std::size_t s, packets recording, std::size_t r,
                       std::size_t most) noexcept {
    std::size_t n = 0;
    while (n < most && s + n < source.size() && r + n < recording.size() &&
           source[s + n].digest == recording[r + n].digest)
        ++n;
    return n;
}

class comparison {
  public:
    comparison(packets source, packets recording)
        : source_{source}
        , recording_{recording} {
        by_digest_.reserve(source.size());
        for (std::size_t i = 0; i < source.size(); ++i)
            by_digest_.emplace_back(source[i].digest, i);
        std::sort(by_digest_.begin(), by_digest_.end());
    }

    std::optional<alignment> run(std::uint32_t expected) {
        if (!find_start(expected))
            return {};
        found_.source_first = s_;
        while (r_ < recording_.size())
            step();
        return found_;
    }

  private:
    /// The place in the source, not before `from`, where the recording goes on from r with the
    /// longest run; nothing when there is none.
    std::optional<std::size_t> find(std::size_t r, std::size_t from) const noexcept {
        std::optional<std::size_t> best;
        std::size_t best_run = 0;
        auto it = std::lower_bound(by_digest_.begin(), by_digest_.end(),
                                   std::pair{recording_[r].digest, from});
        for (; it != by_digest_.end() && it->first == recording_[r].digest && best_run < certain;
             ++it) {
            const auto run = run_length(source_, it->second, recording_, r, certain);
            if (run > best_run) {
                best = it->second;
                best_run = run;
            }
        }
        return best;
    }

    /// As find(), over the whole source: all places are looked at, for several may be as good.
    std::optional<std::size_t> find_nearest(std::size_t r, std::uint32_t expected) {
        const auto distance = [&](std::size_t s) {
            const auto position = source_[s].position;
            return position < expected ? expected - position : position - expected;
        };
        std::optional<std::size_t> best;
        std::size_t best_run = 0;
        auto it = std::lower_bound(by_digest_.begin(), by_digest_.end(),
                                   std::pair{recording_[r].digest, std::size_t{0}});
        for (; it != by_digest_.end() && it->first == recording_[r].digest; ++it) {
            const auto run = run_length(source_, it->second, recording_, r, certain);
            if (run < best_run)
                continue;
            found_.certain = run > best_run;
            if (run > best_run || distance(it->second) < distance(*best))
                best = it->second;
            best_run = run;
        }
        return best;
    }

    bool find_start(std::uint32_t expected) {
        for (; r_ < std::min(tries, recording_.size()); ++r_) {
            if (const auto place = find_nearest(r_, expected)) {
                s_ = *place;
                return true;
            }
            mismatch();
            ++found_.changed;
        }
        return false;
    }

    bool on_track(std::size_t s, std::size_t r) const noexcept {
        if (s >= source_.size() || r >= recording_.size())
            return false;
        const auto wanted = std::min({back_on_track, source_.size() - s, recording_.size() - r});
        return run_length(source_, s, recording_, r, wanted) == wanted;
    }

    void step() {
        if (s_ < source_.size() && source_[s_].digest == recording_[r_].digest) {
            ++found_.same;
            found_.places.emplace_back(recording_[r_].position, source_[s_].position);
            found_.source_last = s_;
            ++s_;
            ++r_;
            return;
        }
        mismatch();
        if (s_ < source_.size() && on_track(s_ + 1, r_ + 1)) {
            change();
        } else if (on_track(s_, r_ + 1)) { // before find(): the next loop has a packet like it
            insert();
        } else if (const auto place = find(r_, s_)) {
            found_.missing += *place - s_;
            s_ = *place;
        } else if (s_ >= source_.size()) {
            insert();
        } else {
            change();
        }
    }

    void change() {
        ++found_.changed;
        found_.source_last = s_;
        ++s_;
        ++r_;
    }

    void insert() {
        ++found_.surplus;
        ++r_;
    }

    void mismatch() {
        if (!found_.first_mismatch)
            found_.first_mismatch = r_;
    }

    packets source_;
    packets recording_;
    std::vector<std::pair<std::uint64_t, std::size_t>> by_digest_;
    std::size_t s_ = 0;
    std::size_t r_ = 0;
    alignment found_;
};

} // namespace

std::optional<alignment> align(packets source, packets recording, std::uint32_t expected) {
    return comparison{source, recording}.run(expected);
}

} // namespace cihost::sim
