// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/control_queue.hpp"

#include "base/unique_fd.hpp"
#include "driver.hpp"
#include "support/catch.hpp"

#include <memory>
#include <string>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

using namespace cihost;
using namespace cihost::runtime;
using namespace std::chrono_literals;
using cihost::test::run_until;
using clock_type = std::chrono::steady_clock;

TEST_CASE("work from another thread runs on the control thread, and not after close") {
    boost::asio::io_context context;
    control_queue queue{context};
    std::thread::id ran_on;
    std::thread{[&] { queue.post([&] { ran_on = std::this_thread::get_id(); }); }}.join();
    context.poll();
    CHECK(ran_on == std::this_thread::get_id());

    bool ran = false;
    queue.post([&] { ran = true; });
    queue.close();
    context.restart();
    CHECK(context.poll() == 1);
    CHECK_FALSE(ran);
}

TEST_CASE("quiet work wakes nobody up, and runs in front of what is posted after it") {
    boost::asio::io_context context;
    control_queue queue{context};
    std::string order;
    queue.post_quietly([&] { order += 'a'; });
    context.poll();
    CHECK(order.empty());
    queue.post_quietly([&] {
        order += 'b';
        queue.post_quietly([&] { order += 'd'; });
    });
    queue.post([&] { order += 'c'; });
    context.restart();
    context.poll();
    CHECK(order == "abc");
    queue.catch_up();
    CHECK(order == "abcd");

    const auto held = std::make_shared<int>(1);
    queue.post_quietly([&, held] { order += 'e'; });
    queue.close();
    CHECK(order == "abcd");
    CHECK(held.use_count() == 1);
}

TEST_CASE("a timer fires once, may be moved, and not after its end") {
    boost::asio::io_context context;
    unsigned fired = 0;
    auto timer = std::make_unique<control_timer>(context, [&] { ++fired; });
    timer->set(clock_type::now() + 1h);
    timer->set(clock_type::now() + 1ms);
    REQUIRE(run_until(context, [&] { return fired > 0; }));
    context.restart();
    context.run_for(10ms);
    CHECK(fired == 1);

    timer->set(clock_type::now());
    timer->set(never);
    context.restart();
    context.run_for(10ms);
    CHECK(fired == 1);

    // due already, but its owner goes first
    timer->set(clock_type::now() - 1ms);
    timer.reset();
    context.restart();
    context.run_for(10ms);
    CHECK(fired == 1);
}

TEST_CASE("a timer may end within its own call") {
    boost::asio::io_context context;
    std::unique_ptr<control_timer> timer;
    bool fired = false;
    timer = std::make_unique<control_timer>(context, [&] {
        timer.reset();
        fired = true;
    });
    timer->set(clock_type::now());
    CHECK(run_until(context, [&] { return fired; }));
}

TEST_CASE("a readable descriptor calls until it is read, and not after the watch's end") {
    boost::asio::io_context context;
    unique_fd event{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    unsigned called = 0;
    std::unique_ptr<readable_watch> watch;
    watch = std::make_unique<readable_watch>(context, event.get(), [&] {
        if (++called == 3)
            watch.reset();
    });
    context.run_for(5ms);
    CHECK(called == 0);
    ::eventfd_write(event.get(), 1);
    REQUIRE(run_until(context, [&] { return called == 3; }));
    context.restart();
    context.run_for(5ms);
    CHECK(called == 3);
    // the watch had its own descriptor
    eventfd_t value = 0;
    CHECK(::eventfd_read(event.get(), &value) == 0);
}
