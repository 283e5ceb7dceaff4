// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/device_scanner.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <thread>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;

namespace {

struct fixture {
    /// How many scans began; each waits for its turn at the gate.
    std::atomic<int> scans = 0;
    std::atomic<int> allowed = 1000;
    std::atomic<bool> elsewhere = false;
    const std::thread::id control = std::this_thread::get_id();
    boost::asio::io_context context;

    surroundings around() {
        surroundings value;
        value.find_adapters = [this] {
            elsewhere = std::this_thread::get_id() != control;
            const auto number = ++scans;
            while (allowed < number)
                std::this_thread::sleep_for(std::chrono::milliseconds{1});
            device::adapter_entry adapter;
            adapter.number = static_cast<unsigned>(number);
            return std::vector{adapter};
        };
        value.list_nodes = [] { return std::string{"listing"}; };
        return value;
    }
    /// Runs the control thread until the condition holds.
    template<class Condition>
    bool until(Condition holds) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (!holds() && std::chrono::steady_clock::now() < end) {
            context.restart();
            context.run_for(std::chrono::milliseconds{5});
        }
        return holds();
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "several who ask at once share one scan, which is not on their thread") {
    device_scanner scanner{context, around()};
    std::vector<unsigned> seen;
    const auto note = [&](const device_inventory& found) {
        seen.push_back(found.adapters.at(0).number);
    };
    for (int n = 0; n < 5; ++n)
        scanner.scan(note);
    CHECK(seen.empty());
    REQUIRE(until([&] { return seen.size() == 5; }));
    CHECK(seen == std::vector<unsigned>{1, 1, 1, 1, 1});
    CHECK(scans == 1);
    CHECK(elsewhere);

    scanner.scan(note);
    REQUIRE(until([&] { return seen.size() == 6; }));
    CHECK(seen.back() == 2);
}

TEST_CASE_METHOD(fixture, "who must know what is there now gets a scan that began since") {
    allowed = 0;
    device_scanner scanner{context, around()};
    std::vector<unsigned> first;
    std::vector<unsigned> anew;
    scanner.scan([&](const device_inventory& f) { first.push_back(f.adapters.at(0).number); });
    REQUIRE(until([&] { return scans == 1; }));
    for (int n = 0; n < 2; ++n)
        scanner.scan_anew([&](const auto& f) { anew.push_back(f.adapters.at(0).number); });
    scanner.scan([&](const device_inventory& f) { first.push_back(f.adapters.at(0).number); });
    allowed = 1;
    REQUIRE(until([&] { return first.size() == 2; }));
    CHECK(first == std::vector<unsigned>{1, 1});
    CHECK(anew.empty());
    allowed = 1000;
    REQUIRE(until([&] { return anew.size() == 2; }));
    CHECK(anew == std::vector<unsigned>{2, 2});
    CHECK(scans == 2);
}

TEST_CASE_METHOD(fixture, "one who asks from within an answer is answered too") {
    device_scanner scanner{context, around()};
    bool again = false;
    scanner.scan([&](const auto&) { scanner.scan([&](const auto&) { again = true; }); });
    REQUIRE(until([&] { return again; }));
    CHECK(scans == 2);
}

TEST_CASE_METHOD(fixture, "frontends outside /dev/dvb are looked for by their path") {
    const temporary_folder folder;
    const auto there = folder.path() / "frontend0";
    std::ofstream{there} << "x";
    device_scanner scanner{context, around(), {there, folder.path() / "frontend1"}};
    std::string listing;
    scanner.list([&](const std::string& text) { listing = text; });
    REQUIRE(until([&] { return !listing.empty(); }));
    CHECK(listing == "listing" + there.string() + "\n");
    bool known = false;
    bool other = true;
    scanner.scan([&](const device_inventory& found) {
        other = found.has(folder.path() / "frontend1");
        known = found.has(there);
    });
    REQUIRE(until([&] { return known; }));
    CHECK_FALSE(other);
}

TEST_CASE_METHOD(fixture, "nobody is answered after the scanner is gone") {
    allowed = 0;
    bool told = false;
    std::thread opens;
    {
        device_scanner scanner{context, around()};
        scanner.scan([&](const auto&) { told = true; });
        REQUIRE(until([&] { return scans == 1; }));
        opens = std::thread{[this] {
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
            allowed = 1;
        }};
    }
    opens.join();
    context.restart();
    context.run();
    CHECK_FALSE(told);
}
