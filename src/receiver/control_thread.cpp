// SPDX-License-Identifier: LGPL-2.1-or-later
#include "receiver/control_thread.hpp"

#include "receiver/signal_guard.hpp"

#include <cihost/receiver_error.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <future>
#include <string>
#include <utility>
#include <vector>

namespace cihost::embedded {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// How often something is looked at that is waited for.
constexpr auto look_period = 50ms;
/// For the end of the recordings; then what is not on the disk is lost.
constexpr auto disk_patience = 10s;

bool is_over(const runtime::recording_report& r) {
    return r.state == "stopped" || r.state == "failed";
}

/// A caller's function must not end the receiver's thread.
log_function guarded(log_function log) {
    if (!log)
        return [](const log_record&) {};
    return [log = std::move(log)](const log_record& record) {
        try {
            log(record);
        } catch (...) { // lost, as documented
            return;
        }
    };
}

} // namespace

class control_thread::loop {
  public:
    /// On the thread, from the receiver's first to its last moment.
    void run(runtime::receiver_settings settings, runtime::device_factory devices, log_function log,
             const std::shared_ptr<std::promise<void>>& started) {
        std::unique_ptr<runtime::receiver> made;
        try {
            made = std::make_unique<runtime::receiver>(context_, std::move(settings),
                                                       std::move(devices), std::move(log));
            made->start();
        } catch (...) {
            started->set_exception(std::current_exception());
            return;
        }
        receiver_ = made.get();
        started->set_value();
        const auto work = boost::asio::make_work_guard(context_);
        context_.run();
    }
    void post(std::function<void(runtime::receiver&)> work) {
        boost::asio::post(context_, [this, work = std::move(work)] { work(*receiver_); });
    }
    void stop() {
        boost::asio::post(context_, [this] { context_.stop(); });
    }

  private:
    boost::asio::io_context context_{1};
    runtime::receiver* receiver_ = nullptr;
};

control_thread::control_thread(runtime::receiver_settings settings, runtime::device_factory devices,
                               log_function log)
    : loop_{std::make_shared<loop>()} {
    const auto started = std::make_shared<std::promise<void>>();
    auto outcome = started->get_future();
    try {
        const signal_guard blocked; // what the thread starts inherits it
        thread_ = std::thread{[&, loop = loop_, started] {
            loop->run(std::move(settings), std::move(devices), guarded(std::move(log)), started);
        }};
        id_ = thread_.get_id();
        outcome.get();
    } catch (const std::exception& error) {
        if (thread_.joinable())
            thread_.join();
        throw receiver_error{receiver_error::kind::failed,
                             "The receiver cannot start, for this process has no thread or "
                             "descriptor left: " +
                                 std::string{error.what()} + "."};
    }
}

control_thread::~control_thread() { close(); }

void control_thread::run(const std::function<void(runtime::receiver&)>& work) {
    if (std::this_thread::get_id() == id_)
        throw receiver_error{receiver_error::kind::invalid,
                             "The log's function may not call the receiver, which waits for it: "
                             "keep what it is told, and ask on another thread."};
    // shared: it is at work until after we are woken up
    const auto done = std::make_shared<std::promise<void>>();
    // not in the promise, which would let go of it while it is read here
    std::exception_ptr thrown;
    auto outcome = done->get_future();
    {
        const std::lock_guard lock{mutex_};
        if (!open_)
            throw receiver_error{receiver_error::kind::gone,
                                 "The receiver has been destroyed: make a new one."};
        loop_->post([&work, &thrown, done](runtime::receiver& receiver) {
            try {
                work(receiver);
            } catch (...) {
                thrown = std::current_exception();
            }
            done->set_value();
        });
    }
    outcome.get();
    if (thrown)
        std::rethrow_exception(thrown);
}

bool control_thread::wait(std::chrono::milliseconds patience,
                          const std::function<bool(runtime::receiver&)>& question) {
    const auto end = clock::now() + std::clamp<std::chrono::milliseconds>(patience, 0ms, 24h * 365);
    for (;;) {
        bool yes = false;
        run([&](runtime::receiver& receiver) { yes = question(receiver); });
        const auto left = end - clock::now();
        if (yes || left <= 0ms)
            return yes;
        std::this_thread::sleep_for(std::min<clock::duration>(left, look_period));
    }
}

void control_thread::end_recordings() {
    const auto stop_all = [](runtime::receiver& receiver) {
        for (const auto& r : receiver.recordings())
            if (!is_over(r))
                receiver.stop_recording(r.id, {});
    };
    const auto all_over = [](runtime::receiver& receiver) {
        return std::ranges::all_of(receiver.recordings(), is_over);
    };
    run(stop_all);
    const bool well = wait(disk_patience, all_over);
    run([&](runtime::receiver& receiver) {
        const std::lock_guard lock{mutex_};
        for (auto& r : receiver.recordings()) {
            if (!is_over(r)) {
                r.state = "failed";
                r.reason = "The disk under " + r.file + " did not answer until the end.";
            }
            ends_[r.id] = std::move(r);
        }
        if (!well)
            receiver.give_up_disk();
    });
}

void control_thread::close() {
    if (!thread_.joinable())
        return;
    end_recordings();
    {
        const std::lock_guard lock{mutex_};
        open_ = false;
        loop_->stop();
    }
    thread_.join();
}

std::optional<runtime::recording_report> control_thread::end_of(std::uint64_t recording) const {
    const std::lock_guard lock{mutex_};
    const auto it = ends_.find(recording);
    return it == ends_.end() ? std::nullopt : std::optional{it->second};
}

} // namespace cihost::embedded
