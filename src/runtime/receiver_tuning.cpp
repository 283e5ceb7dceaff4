// SPDX-License-Identifier: LGPL-2.1-or-later

/// From one multiplex to another.

#include "runtime/receiver_impl.hpp"

#include <chrono>
#include <utility>

namespace cihost::runtime {

void receiver::impl::tune(std::optional<device::tuning> where) {
    if (where == tuning_)
        return;
    host_control_.overruled();
    go_to(std::move(where));
}

void receiver::impl::go_to(std::optional<device::tuning> where) {
    if (where == tuning_)
        return;
    tuning_ = std::move(where);
    if (!started_)
        return;
    ++generation_;
    log_({severity::info, "frontend",
          tuning_ ? "The receiver goes to " + device::describe(*tuning_) + "."
                  : "The receiver lets go of tuner and stream."});
    // until the tuner has a lock, what comes is the multiplex that was left
    pump_.idle(generation_);
    frontend_->tune({tuning_, generation_});
    forget_multiplex();
}

void receiver::impl::forget_multiplex() {
    const auto now = std::chrono::steady_clock::now();
    tuner_ = {.open = tuner_.open && tuning_};
    was_locked_ = false;
    unlocked_since_ = now;
    receiving_ = false;
    stream_.open = false;
    stream_.error = {};
    stream_.figures.services.clear();
    recent_.retuned();
    tables_ = {};
    watch_ = {};
    for (auto& [program, record] : records_)
        record = {.wants = record.wants, .wanted_at = now, .cause = record.cause};
    recordings_.retuned();
    host_control_.multiplex_left();
    for (const auto& c : ca_.cams())
        c->plan().retuned(now);
    run_cams();
    update_watch();
}

} // namespace cihost::runtime
