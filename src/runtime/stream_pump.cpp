// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/stream_pump.hpp"

#include "runtime/watched_pids.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <utility>

namespace cihost::runtime {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

/// One read takes what a busy multiplex brings in some 30 ms.
constexpr std::size_t stream_read_size = 1024 * ts::packet_size;
/// Reads in a row until orders and figures get their turn again.
constexpr int max_stream_reads = 16;
/// A multiplex that invents tables faster than they are taken must not fill the memory.
constexpr unsigned max_underway = 256;
constexpr auto publish_period = 100ms;
/// While all that is wanted is clear nobody waits for the next packets, and each waking costs as
/// much as many of them: they are gathered. Longer while nothing is wanted and the tables have been
/// known for a while, as far as the device's buffer (2 MB and more) has room for what comes.
constexpr auto gathering = 30ms;
constexpr auto idle_gathering = 1s;
constexpr auto known_for = 3s;
/// Failed reads in a row until the device is opened afresh.
constexpr unsigned read_patience = 8;

int make_eventfd() {
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        throw std::system_error{errno, std::generic_category(), "eventfd"};
    return fd;
}

} // namespace

stream_pump::stream_pump(control_queue& control, const device_factory& devices,
                         bool whole_multiplex, std::function<void(table_sections)> tables)
    : control_{control}
    , devices_{devices}
    , whole_multiplex_{whole_multiplex}
    , tables_{std::move(tables)}
    , wake_{make_eventfd()}
    , analysis_{[this](table_sections message) { return take(std::move(message)); }}
    , pause_{250ms, 5s}
    , pids_{watched_pids({})}
    , buffer_(stream_read_size) {}

void stream_pump::start() {
    thread_ = std::thread{[this] { run(); }};
}

void stream_pump::post(order work) {
    {
        const std::lock_guard lock{mutex_};
        orders_.push_back(std::move(work));
    }
    ::eventfd_write(wake_.get(), 1);
}

void stream_pump::receive(std::uint64_t generation) {
    post([this, generation](stream_analysis&) { change(generation, true); });
}

void stream_pump::idle(std::uint64_t generation) {
    post([this, generation](stream_analysis&) { change(generation, false); });
}

void stream_pump::change(std::uint64_t generation, bool on) {
    analysis_.retuned();
    awaits_pmt_ = true;
    calm_ = false;
    state_.generation = generation;
    state_.open = false;
    state_.error = {};
    pids_ = watched_pids({});
    pause_.reset();
    receiving_ = on;
    changed_ = true;
}

void stream_pump::watch(stream_watch what) {
    post([this, what = std::move(what)](stream_analysis& analysis) {
        analysis.watch(what);
        calm_ = false; // until the next figures
        awaits_pmt_ = what.awaits_pmt || what.pat == 0;
        watched_at_ = clock::now();
        if (!whole_multiplex_)
            want(watched_pids(what));
    });
}

void stream_pump::want(const ts::pid_filter& pids) {
    if (pids == pids_)
        return;
    for (ts::pid_t pid = 0; pid < ts::pid_count; ++pid)
        if (pids.contains(pid) != pids_.contains(pid))
            analysis_.interrupted(pid);
    pids_ = pids;
    ask_due_ = true;
}

error_code stream_pump::ask(device::ts_input& input) {
    ask_due_ = false;
    const auto refused = whole_multiplex_ ? input.take_all() : input.take(pids_);
    state_.all_for_want_of_room = input.gives_all_for_want_of_room();
    return refused;
}

pump_state stream_pump::state() const {
    const std::lock_guard lock{mutex_};
    return published_;
}

void stream_pump::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    ::eventfd_write(wake_.get(), 1);
    if (thread_.joinable())
        thread_.join();
}

bool stream_pump::take(table_sections message) {
    if (underway_ >= max_underway)
        return false;
    message.generation = state_.generation;
    ++underway_;
    const bool time = message.pid == ts::pid_tdt;
    auto tell = [this, message = std::move(message)] {
        --underway_;
        tables_(message);
    };
    if (time) // comes every second, and says when it was so
        control_.post_quietly(std::move(tell));
    else
        control_.post(std::move(tell));
    return true;
}

void stream_pump::run() {
    const auto stopping = [this] {
        const std::lock_guard lock{mutex_};
        return stopping_;
    };
    while (!stopping()) {
        changed_ = false;
        if (!receiving_) {
            wait(-1, 1h);
            continue;
        }
        serve();
        const auto until = clock::now() + pause_.next();
        while (!changed_ && clock::now() < until && wait(-1, until - clock::now())) {
        }
    }
    analysis_.flush();
}

void stream_pump::fail(const error_code& error) {
    unpublished_ = true;
    // looking around for the reason takes its time
    const bool same =
        error == state_.error && error != boost::system::errc::device_or_resource_busy;
    if (error && !same)
        state_.problem = explain(devices_, device_factory::node::ts_input, error);
    state_.error = error;
}

void stream_pump::serve() {
    auto input = devices_.open_ts_input();
    fail(input ? ask(**input) : input.error());
    state_.open = !state_.error;
    if (!state_.open)
        return;
    const auto opened = clock::now();
    seen_at_ = opened;
    const auto error = use(**input);
    analysis_.closed();
    if (error == boost::system::errc::no_such_device)
        state_.unplugged_after = seen_at_;
    if (!changed_) {
        fail(error);
        state_.open = false;
    }
    if (clock::now() - opened > 5s)
        pause_.reset();
}

error_code stream_pump::use(device::ts_input& input) {
    reader_.begins(ts::packet_size); // devices give whole packets
    analysis_.interrupted();
    drained_at_ = clock::now();
    most_gathered_ = input.holds() / 2;
    error_code error;
    bool gathered = false;
    while (gathered || wait(input.fd(), 1h)) {
        if (ask_due_)
            if (const auto refused = ask(input))
                return refused;
        if (!drain(input, error))
            return error;
        gathered = calm_ && last_read_ > 0;
        if (gathered && !wait(-1, gathering_time()))
            break;
    }
    return {};
}

duration stream_pump::gathering_time() const {
    if (wanted_ || clock::now() - watched_at_ < known_for)
        return gathering;
    const auto room = static_cast<double>(most_gathered_) / static_cast<double>(last_read_);
    return std::clamp(std::chrono::duration_cast<duration>(last_took_ * room), duration{gathering},
                      duration{idle_gathering});
}

bool stream_pump::drain(device::ts_input& input, error_code& error) {
    unsigned failures = 0;
    last_read_ = 0;
    const auto began = clock::now();
    last_took_ = began - std::exchange(drained_at_, began);
    for (int i = 0; i < max_stream_reads; ++i) {
        const auto size = input.read(buffer_);
        const auto now = clock::now();
        if (size && *size > 0) {
            failures = 0;
            seen_at_ = now;
            unpublished_ = true;
            last_read_ += *size;
            reader_.feed(bytes_view{buffer_}.first(*size));
            while (const auto packet = reader_.next())
                analysis_.push(*packet, now);
            continue;
        }
        error = size ? error_code{ENODEV, boost::system::generic_category()} : size.error();
        if (error == boost::system::errc::resource_unavailable_try_again)
            return true;
        if (error == boost::system::errc::value_too_large) { // EOVERFLOW
            ++state_.overflows;
            most_gathered_ /= 2; // it holds less than it says
            unpublished_ = true;
            reader_.begins(ts::packet_size);
            analysis_.interrupted();
            continue;
        }
        if (error == boost::system::errc::no_such_device || ++failures >= read_patience)
            return false;
    }
    return true;
}

bool stream_pump::wait(int input, duration at_most) {
    carry_out_orders();
    if (changed_)
        return false;
    auto now = clock::now();
    analysis_.tick(now);
    if (unpublished_ && now - publish_period >= published_at_)
        publish(now);

    auto limit = std::clamp<duration>(at_most, 0s, 1h);
    if (unpublished_ || analysis_.pending())
        limit = std::min<duration>(limit, publish_period);
    // what the input was not asked for yet may be long in coming, or never wake us
    if (ask_due_)
        limit = 0s;
    std::array<pollfd, 2> fds{{{wake_.get(), POLLIN, 0}, {input, POLLIN, 0}}};
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
    ::poll(fds.data(), fds.size(), static_cast<int>(ms));
    if (fds[0].revents != 0) {
        eventfd_t ignored = 0;
        ::eventfd_read(wake_.get(), &ignored);
        carry_out_orders();
    }
    if (changed_)
        return false;
    const std::lock_guard lock{mutex_};
    return !stopping_;
}

void stream_pump::carry_out_orders() {
    std::vector<order> orders;
    {
        const std::lock_guard lock{mutex_};
        orders.swap(orders_);
    }
    for (const auto& work : orders)
        work(analysis_);
    unpublished_ = unpublished_ || !orders.empty();
}

void stream_pump::publish(time_point now) {
    state_.figures = analysis_.figures();
    wanted_ = false;
    calm_ = !awaits_pmt_;
    for (const auto& s : state_.figures.services) {
        if (s.wanted_at == never)
            continue;
        wanted_ = true;
        calm_ = calm_ && s.first_clear != never && !s.scrambled_now;
    }
    {
        const std::lock_guard lock{mutex_};
        published_ = state_;
    }
    published_at_ = now;
    unpublished_ = false;
}

} // namespace cihost::runtime
