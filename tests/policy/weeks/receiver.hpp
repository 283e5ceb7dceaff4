// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// A receiver of the simulated weeks: a tuner, one CI slot or two with the real hosts for them, and
/// what runtime::receiver does between the two and learns of them, in simulated time.

#include "policy/cam_adviser.hpp"
#include "policy/cam_lessons.hpp"
#include "policy/module_host.hpp"
#include "policy/slot_assignment.hpp"
#include "policy/weeks/air.hpp"
#include "policy/weeks/module.hpp"

#include <cihost/time.hpp>
#include <cihost/ts/pmt.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cihost::test {

struct weeks_wish {
    int priority = 0;
    /// Since when this receiver is to have it.
    time_point since{};

    friend bool operator==(const weeks_wish&, const weeks_wish&) = default;
};

class weeks_receiver {
  public:
    struct ci_slot {
        std::unique_ptr<policy::module_host> host;
        weeks_module* module = nullptr;
        /// When host or module have something to do.
        time_point due = never;
        policy::slot_state state = policy::slot_state::empty;
        /// Since when it is in that state.
        time_point state_since{};
        bool open = false;
        policy::cam_lessons lessons;
    };
    /// What came out behind all slots in the latest beat.
    struct view {
        const air_service* service = nullptr;
        bool clear = false;
        /// As everybody can see: by the scrambling bits.
        bool marked = false;
        /// The slot whose module made it clear.
        std::optional<std::size_t> by;
    };

    /// `adviser` must last until restart().
    weeks_receiver(std::string name, std::size_t slots, std::vector<multiplex_on_air>& air,
                   policy::cam_adviser& adviser);

    const std::string& name() const noexcept { return name_; }
    std::vector<ci_slot>& slots() noexcept { return slots_; }
    const std::vector<ci_slot>& slots() const noexcept { return slots_; }
    bool present() const noexcept { return present_; }
    std::optional<std::size_t> multiplex() const noexcept { return multiplex_; }
    bool locked() const noexcept { return locked_since_ != never; }
    time_point locked_since() const noexcept { return locked_since_; }
    const policy::cam_memory& memory() const { return *adviser_->memory(); }
    /// When it was plugged in last, or its host was started.
    time_point present_since() const noexcept { return present_since_; }
    const std::map<std::uint16_t, weeks_wish>& wanted() const noexcept { return wanted_; }
    const std::vector<view>& views() const noexcept { return views_; }
    /// As received; null: not known.
    const ts::pmt* table(std::uint16_t program_number) const;
    /// The slot whose module has its CA_PMT.
    std::optional<unsigned> asked(std::uint16_t program_number) const;

    void tune(std::optional<std::size_t> multiplex, time_point now);
    void lose_lock(duration length, time_point now);
    void unplug(duration length, time_point now);
    /// Its host is another, after so long without any; the modules have power meanwhile.
    void restart(policy::cam_adviser& adviser, duration length, time_point now);
    void put_in(std::size_t slot, weeks_module& module, time_point now);
    void take_out(std::size_t slot, time_point now);
    void want(std::uint16_t program_number, const weeks_wish& wish, time_point now);
    void unwant(std::uint16_t program_number, time_point now);
    /// Something on air changed.
    void air_changed(time_point now);
    /// Something was done to the module in the slot.
    void touched(std::size_t slot, time_point now);

    time_point deadline() const;
    /// Whatever is due; true after a beat: views() are new.
    bool run(time_point now);

    /// What its hosts said last.
    const std::deque<std::string>& said() const noexcept { return said_; }
    void forget() { said_ = {}; }

  private:
    static constexpr duration ecm_period = std::chrono::milliseconds{100};

    /// Of a service, since it is wanted.
    struct figures {
        time_point wanted_at{};
        std::uint64_t ecms = 0;
        bool scrambled_before_clear = false;
        bool seen = false;
        bool scrambled_now = false;
        time_point first_clear = never;
    };

    void make_hosts();
    void open_slots(time_point now);
    void seek(duration lock_time, time_point now);
    void deliver_tables(time_point now);
    void assign(time_point now);
    void beat(time_point now);
    void show(time_point now);
    void count(time_point now);
    std::vector<policy::observed_service> observe(std::size_t slot) const;
    void learn(time_point now);
    void note_strategy(std::size_t slot, const policy::strategy_tried& news);
    void tick_hosts(time_point now);
    void serve(std::size_t slot, time_point now);
    void busy(time_point now);
    void reset_wanted(std::size_t slot, time_point now);
    void act(std::size_t slot, const policy::host_output& what, time_point now);
    time_point next_beat(time_point now) const;
    /// Null: not in the multiplex that it is tuned to.
    const air_service* on_air(std::uint16_t program_number) const;

    const std::string name_;
    std::vector<multiplex_on_air>& air_;
    policy::cam_adviser* adviser_;
    std::vector<ci_slot> slots_;
    std::optional<policy::slot_assignment> assignment_;
    std::map<std::uint16_t, weeks_wish> wanted_;
    std::map<std::uint16_t, ts::pmt> tables_;
    std::optional<std::size_t> multiplex_;
    bool present_ = true;
    bool powered_ = true;
    time_point present_since_{};
    time_point back_at_ = never;
    time_point lock_due_ = never;
    time_point locked_since_ = never;
    time_point tables_due_ = never;
    time_point beat_due_ = never;
    time_point busy_until_{};
    bool assignment_due_ = false;
    std::uint64_t ecms_ = 0;
    std::map<std::uint16_t, figures> figures_;
    unsigned counter_ = 0;
    time_point ran_at_{};
    unsigned at_once_ = 0;
    std::vector<view> views_;
    bytes packets_;
    std::deque<std::string> said_;
};

} // namespace cihost::test
