// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/en50221/slot.hpp>
#include <cihost/time.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

namespace cihost::en50221 {

/// When an answer that is due may be fetched by another write, and whether that helps. A kernel
/// slot without data-available interrupt shows: answers come about 100 ms apart however the module
/// is asked. The fetch comes late rather than early: when the answer is not there yet, the write
/// reaches a module that is still busy, which EN 50221 does not allow.
class early_fetch {
  public:
    explicit early_fetch(const slot_settings& settings)
        : wanted_{settings.early_fetch}
        , floor_{settings.poll_floor} {}

    void adjust(const slot_settings& settings) noexcept {
        wanted_ = settings.early_fetch;
        floor_ = settings.poll_floor;
    }

    /// A conversation begins. That the slot is a slow one still holds.
    void start() noexcept {
        rung_ = 0;
        hits_ = misses_ = 0;
        slow_ = fetched_ ? enough : 0;
        paused_until_ = time_point::min();
        last_answer_.reset();
    }
    void module_changed() noexcept { given_up_ = false; }

    /// Answers are fetched early when there is reason to.
    bool ready() const noexcept { return wanted_ && !given_up_ && slow_ >= enough; }
    /// When a TPDU may be written over one that the device took at `taken`; never: not at all.
    time_point due(time_point taken) const noexcept {
        if (!ready())
            return never;
        const auto at = taken + std::max<duration>(rungs[rung_], floor_);
        return at >= paused_until_ ? at : never;
    }

    /// The answer to a TPDU came at `now`; `over`: when another was written over it, if one was.
    void answered(time_point written, std::optional<time_point> over, time_point now) noexcept {
        const auto last = std::exchange(last_answer_, now);
        if (over)
            judge(now - *over <= fetch_time, now);
        else if (slow_ < enough && last)
            weigh(now - written >= quick ? evidence(now - *last) : 0);
    }

    /// The module does not bear it. False: that was known.
    bool give_up() noexcept { return !std::exchange(given_up_, true); }
    bool given_up() const noexcept { return given_up_; }

  private:
    /// Two answers are 100 ms apart on a polled slot, and a tick of the kernel's clock more or so;
    /// less exactly where somebody is busy.
    static constexpr unsigned evidence(duration between) noexcept {
        using std::chrono::milliseconds;
        if (between >= milliseconds{98} && between <= milliseconds{110})
            return enough;
        return between >= milliseconds{80} && between <= milliseconds{150} ? 1 : 0;
    }
    void weigh(unsigned more) noexcept { slow_ = more > 0 ? slow_ + more : 0; }
    void judge(bool hit, time_point now) noexcept {
        if (hit) {
            fetched_ = true;
            misses_ = 0;
            if (++hits_ % sooner_after == 0 && rung_ > 0)
                --rung_;
            return;
        }
        hits_ = 0;
        rung_ = std::min(rung_ + 1, rungs.size() - 1);
        if (++misses_ < misses_allowed)
            return;
        misses_ = 0;
        // a module that is slow for a while, or a slot where nothing is gained
        paused_until_ = fetched_ ? now + pause : never;
    }

    /// After the write; SB comes within a few milliseconds from most modules.
    static constexpr std::array rungs{std::chrono::milliseconds{15}, std::chrono::milliseconds{20},
                                      std::chrono::milliseconds{30}, std::chrono::milliseconds{40}};
    /// An answer this soon after a write over it was fetched by that write.
    static constexpr std::chrono::milliseconds fetch_time{8};
    static constexpr unsigned misses_allowed = 4;
    static constexpr unsigned sooner_after = 64;
    static constexpr std::chrono::seconds pause{5};
    /// An answer within this time of the write was not waited for by the kernel.
    static constexpr std::chrono::milliseconds quick{25};
    static constexpr unsigned enough = 2;

    bool wanted_;
    duration floor_;
    bool given_up_ = false;
    /// Some answer was fetched early on this slot.
    bool fetched_ = false;
    std::size_t rung_ = 0;
    unsigned hits_ = 0;
    unsigned misses_ = 0;
    /// What answers in a row say for the kernel's pace.
    unsigned slow_ = 0;
    time_point paused_until_ = time_point::min();
    std::optional<time_point> last_answer_;
};

} // namespace cihost::en50221
