// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/job_thread.hpp"

#include "driver.hpp"
#include "support/catch.hpp"

#include <future>
#include <memory>
#include <vector>

using cihost::runtime::job_thread;

TEST_CASE("jobs run one after another, in order") {
    std::vector<int> order;
    std::promise<void> last;
    job_thread thread{16};
    for (int i = 0; i < 8; ++i)
        REQUIRE(thread.post([&order, i] { order.push_back(i); }));
    REQUIRE(thread.post([&last] { last.set_value(); }));
    last.get_future().wait();
    CHECK(order == std::vector{0, 1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("a job that hangs lets the queue fill up and no further; stop drops what waits") {
    std::promise<void> begun;
    std::promise<void> release;
    bool dropped_job_ran = false;
    const auto captured = std::make_shared<int>();
    job_thread thread{2};
    REQUIRE(thread.post([&] {
        begun.set_value();
        release.get_future().wait();
    }));
    begun.get_future().wait();
    CHECK(thread.post([&, captured] { dropped_job_ran = true; }));
    CHECK(thread.post([] {}));
    CHECK_FALSE(thread.post([] {}));
    auto stopped = std::async(std::launch::async, [&] { thread.stop(); });
    // the queue is emptied first, then the job in hand is waited for
    const auto end = std::chrono::steady_clock::now() + cihost::test::patience;
    while (captured.use_count() > 1 && std::chrono::steady_clock::now() < end)
        std::this_thread::yield();
    CHECK(captured.use_count() == 1);
    release.set_value();
    stopped.wait();
    CHECK_FALSE(dropped_job_ran);
    CHECK_FALSE(thread.post([] {}));
}
