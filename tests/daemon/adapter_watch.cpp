// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/adapter_watch.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::daemon;

namespace {

struct fixture {
    std::mutex mutex;
    /// What the next looks see; the last one stays.
    std::vector<std::string> listings{"a"};
    int looks = 0;
    int scans = 0;
    int told = 0;
    boost::asio::io_context context;
    device_scanner scanner{context, around()};
    adapter_watch watch{context, scanner, "a", [this](const auto&) { ++told; },
                        std::chrono::milliseconds{1}};

    surroundings around() {
        surroundings value;
        value.list_nodes = [this] {
            const std::lock_guard lock{mutex};
            ++looks;
            const auto now = listings.front();
            if (listings.size() > 1)
                listings.erase(listings.begin());
            return now;
        };
        value.find_adapters = [this] {
            const std::lock_guard lock{mutex};
            ++scans;
            return std::vector<device::adapter_entry>{};
        };
        return value;
    }
    int count(const int& what) {
        const std::lock_guard lock{mutex};
        return what;
    }
    void see(std::vector<std::string> next) {
        const std::lock_guard lock{mutex};
        listings = std::move(next);
    }
    /// Runs until so many more looks were made.
    void look(int more) {
        const auto end = count(looks) + more;
        const auto late = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (count(looks) < end && std::chrono::steady_clock::now() < late) {
            context.restart();
            context.run_for(std::chrono::milliseconds{2});
        }
        REQUIRE(count(looks) >= end);
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "while nothing changes nothing is asked") {
    watch.start();
    look(10);
    CHECK(count(scans) == 0);
    CHECK(told == 0);
}

TEST_CASE_METHOD(fixture, "a change is told once, when it has settled") {
    watch.start();
    look(2);
    see({"a b", "a b c", "a b c d"});
    look(10);
    CHECK(count(scans) == 1);
    CHECK(told == 1);
    see({"a"}); // gone again
    look(10);
    CHECK(count(scans) == 2);
    CHECK(told == 2);
}

TEST_CASE_METHOD(fixture, "what comes and goes between two looks is nothing") {
    watch.start();
    see({"a b", "a", "a b", "a"});
    look(10);
    CHECK(count(scans) == 0);
}

TEST_CASE_METHOD(fixture, "a watch that was stopped looks no more") {
    watch.start();
    look(2);
    watch.stop();
    context.restart();
    context.run(); // ends: nothing is planned
    const auto before = count(looks);
    see({"b"});
    context.restart();
    context.run_for(std::chrono::milliseconds{20});
    CHECK(count(looks) == before);
    CHECK(told == 0);
}
