// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.hpp"
#include "sim/event_log.hpp"
#include "sim/nodes/device_nodes.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/eventfd.h>
#include <thread>
#include <vector>

namespace cihost::test {

/// A module that does what the test says. Touch it inside served_nodes::with() alone.
struct fake_module final : sim::module_port {
    bool is_present = true;
    bool is_ready = true;
    bool is_free = true;
    /// What each TPDU written is answered with at once, if it is not empty.
    bytes answer;
    std::deque<bytes> to_read;
    std::vector<bytes> written;
    unsigned reads_asked = 0;
    /// How often a write found the module busy.
    mutable unsigned found_busy = 0;
    unsigned resets = 0;

    bool present() const override { return is_present; }
    bool ready(time_point) const override { return is_ready; }
    bool free(time_point) const override {
        found_busy += is_free ? 0 : 1;
        return is_free;
    }
    void host_wrote(bytes_view tpdu, time_point) override {
        written.emplace_back(tpdu.begin(), tpdu.end());
        if (!answer.empty())
            to_read.push_back(answer);
    }
    std::optional<bytes> host_reads(time_point) override {
        ++reads_asked;
        if (to_read.empty())
            return std::nullopt;
        auto block = to_read.front();
        to_read.pop_front();
        return block;
    }
    void reset(time_point) override { ++resets; }
    time_point deadline() const override { return never; }
};

struct fake_tuner final : sim::tuner_port {
    device::virtual_protocol::frontend_status now;
    std::uint64_t frequency_hz = 0;
    unsigned power_downs = 0;

    void tune(std::uint64_t where, time_point) override { frequency_hz = where; }
    device::virtual_protocol::frontend_status status(time_point) const override { return now; }
    void power_down(time_point) override { ++power_downs; }
};

/// The simulator's device nodes with a fake module and tuner behind them, served by a thread as
/// long as this lives.
class served_nodes {
  public:
    explicit served_nodes(const std::filesystem::path& folder, std::size_t slots = 1)
        : wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}
        , modules_(slots) {
        std::string why;
        auto held = sim::node_folder::hold(folder, why);
        if (!held)
            throw std::runtime_error(why);
        folder_.emplace(std::move(*held));
        std::vector<sim::module_port*> modules;
        for (auto& module : modules_)
            modules.push_back(&module);
        auto nodes = sim::device_nodes::open(*folder_, modules, tuner_, log_, why);
        if (!nodes)
            throw std::runtime_error(why);
        nodes_ = std::move(*nodes);
        thread_ = std::thread{[this] { serve(); }};
    }
    ~served_nodes() {
        {
            const std::lock_guard lock{mutex_};
            stop_ = true;
            ::eventfd_write(wake_.get(), 1);
        }
        thread_.join();
    }

    /// Calls f(fake_module&, fake_tuner&, device_nodes&) between two turns of the loop.
    template<class F>
    auto with(F f) {
        const std::lock_guard lock{mutex_};
        ::eventfd_write(wake_.get(), 1);
        return f(modules_.front(), tuner_, *nodes_);
    }
    /// Calls f(fake_module&) for that slot between two turns of the loop.
    template<class F>
    auto with_slot(std::size_t slot, F f) {
        const std::lock_guard lock{mutex_};
        ::eventfd_write(wake_.get(), 1);
        return f(modules_.at(slot));
    }
    /// For the nodes no time goes by from now on: what blocks stays blocked until a module frees
    /// it.
    void stop_clock() {
        const std::lock_guard lock{mutex_};
        stopped_at_ = std::chrono::steady_clock::now();
    }

    /// Until question(fake_module&, fake_tuner&, device_nodes&) says yes; false when it never does.
    template<class F>
    bool eventually(F question) {
        for (int i = 0; i < 2000; ++i) {
            if (with(question))
                return true;
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
        return false;
    }

  private:
    time_point now() const { return stopped_at_ ? *stopped_at_ : std::chrono::steady_clock::now(); }

    void serve() {
        sim::poll_set set;
        for (;;) {
            time_point begin;
            time_point deadline;
            {
                const std::lock_guard lock{mutex_};
                if (stop_)
                    return;
                set.clear();
                set.add(wake_.get(), POLLIN);
                nodes_->prepare(set);
                begin = now();
                deadline = nodes_->deadline(begin);
            }
            set.wait(begin, deadline);
            const std::lock_guard lock{mutex_};
            eventfd_t woken = 0;
            ::eventfd_read(wake_.get(), &woken);
            nodes_->serve(set, now());
        }
    }

    unique_fd wake_;
    std::deque<fake_module> modules_;
    fake_tuner tuner_;
    sim::event_log log_;
    std::optional<sim::node_folder> folder_;
    std::unique_ptr<sim::device_nodes> nodes_;
    std::mutex mutex_;
    std::optional<time_point> stopped_at_;
    bool stop_ = false;
    std::thread thread_;
};

} // namespace cihost::test
