// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/control_queue.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fcntl.h>
#include <utility>

namespace cihost::runtime {

namespace asio = boost::asio;

control_queue::control_queue(asio::io_context& context)
    : context_{context}
    , state_{std::make_shared<state>()} {}

void control_queue::post(std::function<void()> work) const {
    asio::post(context_, [s = state_, work = std::move(work)] {
        s->catch_up();
        if (s->open)
            work();
    });
}

void control_queue::post_quietly(std::function<void()> work) const {
    const std::lock_guard lock{state_->mutex};
    state_->quiet.push_back(std::move(work));
}

void control_queue::catch_up() const { state_->catch_up(); }

void control_queue::state::catch_up() {
    std::vector<std::function<void()>> due;
    {
        const std::lock_guard lock{mutex};
        due.swap(quiet);
    }
    for (const auto& work : due)
        if (open)
            work();
}

void control_queue::close() {
    state_->open = false;
    state_->catch_up(); // drops what is there
}

// A completion that is already queued cannot be cancelled, so what it needs lives in a state that
// it shares with its owner; the owner empties the function when it goes.

struct control_timer::state {
    explicit state(asio::io_context& context)
        : timer{context} {}
    asio::steady_timer timer;
    std::function<void()> expired;
};

control_timer::control_timer(asio::io_context& context, std::function<void()> expired)
    : state_{std::make_shared<state>(context)} {
    state_->expired = std::move(expired);
}

control_timer::~control_timer() {
    state_->expired = nullptr;
    state_->timer.cancel();
}

void control_timer::set(time_point when) {
    if (when == when_)
        return;
    when_ = when;
    if (when == never) {
        state_->timer.cancel();
        return;
    }
    state_->timer.expires_at(when);
    state_->timer.async_wait([this, s = state_](const error_code& error) {
        if (error || !s->expired)
            return;
        when_ = never;
        // a copy: the owner may go while its function runs
        const auto expired = s->expired;
        expired();
    });
}

struct readable_watch::state {
    state(asio::io_context& context, int fd)
        : descriptor{context} {
        error_code ignored;
        if (fd >= 0)
            descriptor.assign(fd, ignored);
    }
    asio::posix::stream_descriptor descriptor;
    std::function<void()> readable;
};

readable_watch::readable_watch(asio::io_context& context, int fd, std::function<void()> readable)
    : state_{std::make_shared<state>(context, ::fcntl(fd, F_DUPFD_CLOEXEC, 0))} {
    state_->readable = std::move(readable);
    if (state_->descriptor.is_open())
        wait(state_);
}

bool readable_watch::watching() const noexcept { return state_->descriptor.is_open(); }

readable_watch::~readable_watch() {
    state_->readable = nullptr;
    error_code ignored;
    state_->descriptor.close(ignored);
}

void readable_watch::wait(const std::shared_ptr<state>& s) {
    s->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                             [s](const error_code& error) {
                                 if (error || !s->readable)
                                     return;
                                 // a copy: the owner may go while its function runs
                                 const auto readable = s->readable;
                                 readable();
                                 if (s->readable)
                                     wait(s);
                             });
}

} // namespace cihost::runtime
