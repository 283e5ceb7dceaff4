// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/frontend_thread.hpp"

#include "policy/back_off.hpp"

#include <chrono>
#include <utility>

namespace cihost::runtime {

using namespace std::chrono_literals;

namespace {
constexpr auto poll_unlocked = 250ms;
constexpr auto poll_locked = 2s;
/// The stream is taken from the lock on: a zap waits for it.
constexpr auto poll_tuning = 30ms;
constexpr auto tuning_time = 3s;
/// Failed looks at an open tuner in a row until it is opened afresh.
constexpr unsigned open_patience = 4;
} // namespace

frontend_thread::frontend_thread(control_queue& control, const device_factory& devices, order first,
                                 std::function<void(frontend_state)> changed)
    : control_{control}
    , devices_{devices}
    , changed_{std::move(changed)}
    , wanted_{std::move(first)}
    , thread_{[this] { run(); }} {}

frontend_thread::~frontend_thread() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    asked_.notify_one();
    thread_.join();
}

void frontend_thread::tune(order next) {
    {
        const std::lock_guard lock{mutex_};
        wanted_ = std::move(next);
    }
    asked_.notify_one();
}

frontend_thread::order frontend_thread::wanted() {
    const std::lock_guard lock{mutex_};
    return wanted_;
}

bool frontend_thread::await_order() {
    std::unique_lock lock{mutex_};
    asked_.wait(lock, [this] { return stopping_ || wanted_.where; });
    return !stopping_;
}

bool frontend_thread::sleep(duration d, std::uint64_t present) {
    std::unique_lock lock{mutex_};
    asked_.wait_for(lock, d, [&] { return stopping_ || wanted_.generation != present; });
    return !stopping_;
}

void frontend_thread::tell(frontend_state state) {
    // who holds a node may be another program by now
    const bool same = state.error == explained_ &&
                      (state.open || state.error != boost::system::errc::device_or_resource_busy);
    if (state.error && !same)
        explanation_ = explain(devices_, device_factory::node::frontend, state.error);
    explained_ = state.error;
    if (state.error)
        state.problem = explanation_;
    state.at = std::chrono::steady_clock::now();
    const bool news = !told_ || told_->generation != state.generation ||
                      told_->open != state.open || told_->error != state.error ||
                      told_->signal.locked != state.signal.locked;
    told_ = state;
    auto tell = [this, state = std::move(state)] { changed_(state); };
    if (news)
        control_.post(std::move(tell));
    else // other figures of the signal, for whoever asks
        control_.post_quietly(std::move(tell));
}

void frontend_thread::run() {
    policy::back_off wait{250ms, 5s};
    std::uint64_t served = 0;
    do {
        if (!await_order())
            return;
        const auto generation = wanted().generation;
        if (std::exchange(served, generation) != generation)
            wait.reset();
        auto tuner = devices_.open_frontend();
        if (!tuner) {
            tell({.generation = generation, .error = tuner.error()});
            continue;
        }
        const auto opened = std::chrono::steady_clock::now();
        use(**tuner);
        if (std::chrono::steady_clock::now() - opened > 5s)
            wait.reset();
    } while (sleep(wait.next(), served));
}

void frontend_thread::use(device::frontend& tuner) {
    auto what = wanted();
    frontend_state state{.generation = what.generation, .open = true};
    unsigned failures = 0;
    bool tuned = false;
    auto tuned_at = std::chrono::steady_clock::now();
    duration pause{};
    do {
        if (auto next = wanted(); next.generation != what.generation) {
            what = std::move(next);
            state = {.generation = what.generation, .open = true};
            failures = 0;
            tuned = false;
        }
        if (!what.where)
            return;
        state.error = {};
        if (!tuned) {
            state.error = tuner.tune(*what.where);
            tuned = !state.error;
            tuned_at = std::chrono::steady_clock::now();
        }
        if (tuned) {
            const auto status = tuner.status();
            // one question that fails is no loss of lock
            if (status)
                state.signal = *status;
            else
                state.error = status.error();
        }
        failures = state.error ? failures + 1 : 0;
        if (state.error == boost::system::errc::no_such_device || failures >= open_patience) {
            tell({.generation = what.generation, .error = state.error});
            return;
        }
        tell(state);
        const bool early = tuned && std::chrono::steady_clock::now() - tuned_at < tuning_time;
        pause = state.signal.locked ? duration{poll_locked}
                : early             ? duration{poll_tuning}
                                    : duration{poll_unlocked};
    } while (sleep(pause, what.generation));
}

} // namespace cihost::runtime
