// SPDX-License-Identifier: LGPL-2.1-or-later

/// What a receiver looks after by itself, from time to time.

#include "runtime/receiver_impl.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace cihost::runtime {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {
constexpr auto look_period = 250ms;
/// While nothing is wanted.
constexpr auto idle_look_period = 1s;
/// So long a look that is due waits for something else that wakes the control thread.
constexpr auto look_grace = 100ms;
constexpr auto idle_look_grace = 500ms;
} // namespace

void receiver::impl::refresh() {
    control_.catch_up();
    auto latest = pump_.state();
    if (latest.unplugged_after != stream_.unplugged_after)
        adapter_gone(latest.unplugged_after);
    stream_ = std::move(latest);
    if (stream_.generation != generation_ || !receiving_) {
        // of the multiplex that was left
        stream_.open = false;
        stream_.error = {};
        stream_.figures.services.clear();
    }
    recordings_.update(stream_.figures.recordings);
}

void receiver::impl::show_services() {
    if (records_.empty())
        return;
    for (const auto& [program, record] : records_) {
        const auto* const figures = figures_of(program);
        policy::service_sight sight;
        if (figures != nullptr)
            sight = {tuner_.signal.locked && receiving_ && stream_.open && figures->seen,
                     figures->scrambled_now, figures->ecms};
        for (const auto& c : ca_.cams())
            c->see(program, sight);
    }
    run_cams();
}

void receiver::impl::look_around() {
    refresh();
    show_services();
    const auto now = clock::now();
    for (const auto& [program, record] : records_)
        recent_.attend(program, absence_of_module(program));
    recent_.see(stream_.figures, stream_.overflows,
                tuner_.signal.locked && receiving_ && stream_.open, now);
    host_control_.tick(now);
    learn(now);
    // a slot may have become empty, or a module be done with starting
    if (ca_.cams().size() > 1) {
        assign_slots();
        run_cams();
    }
    if (auto problem = device_problem(); problem != problem_logged_) {
        log_({problem.empty() ? severity::info : severity::warning, "stream",
              problem.empty() ? "The devices in " + devices_.where + " are in use." : problem});
        problem_logged_ = std::move(problem);
    }
    if (auto remark = multiplex_remark();
        !remark.empty() && remark != std::exchange(multiplex_remark_logged_, remark))
        log_({severity::warning, "stream", remark});
    if (std::exchange(all_for_want_of_room_, stream_.all_for_want_of_room) !=
            stream_.all_for_want_of_room &&
        stream_.all_for_want_of_room)
        log_({severity::info, "stream",
              "The demux has no room for so many PIDs; the whole multiplex is taken."});
    for (auto& [program, record] : records_) {
        const auto found = policy::diagnose(facts_of(program, now));
        if (found.cause == record.cause)
            continue;
        record.cause = found.cause;
        log_({severity::info, "policy",
              "Service " + std::to_string(program) + ": " + found.sentence});
    }
    look_again(now);
}

/// Of the module that had the service last; others have nothing to do with it.
policy::module_absence receiver::impl::absence_of_module(std::uint16_t program) {
    using policy::module_absence;
    auto& served_by = records_.at(program).served_by;
    const auto& cams = ca_.cams();
    for (std::size_t i = 0; i < cams.size(); ++i) {
        const auto status = cams[i]->plan().status(program);
        if (cams[i]->host().state() == policy::slot_state::ready && status &&
            status->phase == policy::service_phase::requested) {
            served_by = i;
            return module_absence::none;
        }
    }
    if (!served_by || *served_by >= cams.size())
        return module_absence::not_asked;
    switch (cams[*served_by]->host().state()) {
    case policy::slot_state::empty:
        return module_absence::out;
    case policy::slot_state::ready:
        return module_absence::not_asked;
    default:
        return module_absence::restarting;
    }
}

void receiver::impl::look_again(time_point now) {
    const bool idle = records_.empty();
    look_due_ = now + (idle ? duration{idle_look_period} : duration{look_period});
    look_timer_.set(look_due_ + (idle ? idle_look_grace : look_grace));
}

void receiver::impl::look_if_due() {
    // behind what the control thread was woken up for
    if (clock::now() >= look_due_)
        control_.post([this] {
            if (clock::now() >= look_due_)
                look_around();
        });
}

} // namespace cihost::runtime
