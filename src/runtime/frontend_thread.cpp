// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/frontend_thread.hpp"

#include "policy/back_off.hpp"

#include <chrono>
#include <utility>

namespace cihost::runtime {

using namespace std::chrono_literals;

namespace {
constexpr auto poll_unlocked = 250ms;
constexpr auto poll_locked = 1s;
/// Failed looks at an open tuner in a row until it is opened afresh.
constexpr unsigned patience = 4;
} // namespace

frontend_thread::frontend_thread(control_queue& control, const device_factory& devices,
                                 const device::tuning& tuning,
                                 std::function<void(frontend_state)> changed)
    : control_{control}
    , devices_{devices}
    , tuning_{tuning}
    , changed_{std::move(changed)}
    , thread_{[this] { run(); }} {}

frontend_thread::~frontend_thread() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    stop_asked_.notify_one();
    thread_.join();
}

bool frontend_thread::sleep(duration d) {
    std::unique_lock lock{mutex_};
    return !stop_asked_.wait_for(lock, d, [this] { return stopping_; });
}

void frontend_thread::tell(const frontend_state& state) {
    control_.post([this, state] { changed_(state); });
}

void frontend_thread::run() {
    policy::back_off wait{250ms, 5s};
    do {
        auto tuner = devices_.open_frontend();
        if (!tuner) {
            tell({.error = tuner.error()});
            continue;
        }
        const auto opened = std::chrono::steady_clock::now();
        use(**tuner);
        if (std::chrono::steady_clock::now() - opened > 5s)
            wait.reset();
    } while (sleep(wait.next()));
}

void frontend_thread::use(device::frontend& tuner) {
    frontend_state state{.open = true};
    unsigned failures = 0;
    bool tuned = false;
    do {
        state.error = {};
        if (!tuned) {
            state.error = tuner.tune(tuning_);
            tuned = !state.error;
        }
        if (tuned) {
            const auto status = tuner.status();
            state.signal = status ? *status : device::signal_status{};
            if (!status)
                state.error = status.error();
        }
        failures = state.error ? failures + 1 : 0;
        if (state.error == boost::system::errc::no_such_device || failures >= patience) {
            tell({.error = state.error});
            return;
        }
        tell(state);
    } while (sleep(state.signal.locked ? duration{poll_locked} : duration{poll_unlocked}));
}

} // namespace cihost::runtime
