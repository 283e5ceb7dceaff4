// SPDX-License-Identifier: LGPL-2.1-or-later
#include "made_receiver.hpp"
#include "support/catch.hpp"

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;
using kind = receiver_error::kind;

namespace fs = std::filesystem;

namespace {

struct fixture {
    temporary_folder folder;
    fake_receiver world;

    receiver make() {
        auto r = make_receiver(world);
        r.tune(somewhere);
        return r;
    }
    fs::path file(const char* name) const { return folder.path() / name; }
};

bool has_begun(const recording& r) { return r.status().bytes > 20'000; }

} // namespace

TEST_CASE("a recording tells of its progress and ends with a whole file") {
    fixture f;
    auto r = f.make();
    auto recording = r.record(first_service, f.file("one.ts"));
    const auto at_first = recording.status();
    CHECK(at_first.file == f.file("one.ts"));
    CHECK_FALSE(at_first.ended());
    if (at_first.state == "waiting")
        CHECK_FALSE(at_first.reason.empty());
    REQUIRE(eventually([&] { return has_begun(recording); }));
    CHECK_FALSE(recording.wait(1ms));
    const auto running = recording.status();
    CHECK(running.state == "recording");
    CHECK(running.began);

    const auto end = recording.stop();
    CHECK(end.state == "stopped");
    CHECK(end.ended());
    CHECK(end.reason.empty());
    CHECK(end.bytes >= running.bytes);
    CHECK(end.bytes == fs::file_size(f.file("one.ts")));
    CHECK(end.bytes == end.packets * 188);
    CHECK(end.gap_count == end.gaps.size());
    CHECK(recording.stop().bytes == end.bytes);
    CHECK(recording.status().state == "stopped");
    CHECK(recording.wait(patience));
    // nobody wants the service any more
    CHECK(eventually([&] { return !r.service(first_service).wanted; }));
}

TEST_CASE("gaps are told") {
    fixture f;
    auto r = f.make();
    auto recording = r.record(first_service, f.file("one.ts"));
    REQUIRE(eventually([&] { return has_begun(recording); }));
    r.tune({.frequency_hz = fake_receiver::other_frequency});
    REQUIRE(eventually([&] { return recording.status().state == "waiting"; }));
    CHECK_FALSE(recording.status().reason.empty());
    r.tune(somewhere);
    REQUIRE(eventually([&] { return recording.status().gap_count > 0; }));
    const auto end = recording.stop();
    REQUIRE_FALSE(end.gaps.empty());
    CHECK(name(end.gaps[0].what) == "away");
    CHECK(end.gaps[0].until >= end.gaps[0].from);
}

TEST_CASE("what is wrong with a file is said at once, with what to do") {
    fixture f;
    auto r = f.make();
    std::ofstream{f.file("taken.ts")} << "precious";
    const auto taken = refusal(kind::failed, [&] { r.record(first_service, f.file("taken.ts")); });
    CHECK(has(taken, "taken.ts cannot be created"));
    CHECK(has(taken, "No recording is written over"));
    CHECK(fs::file_size(f.file("taken.ts")) == 8);
    const auto nowhere =
        refusal(kind::failed, [&] { r.record(first_service, f.file("no/folder.ts")); });
    CHECK(has(nowhere, "Create its folder first"));
    // nothing is left of them
    CHECK(eventually([&] { return !r.service(first_service).wanted; }));
}

TEST_CASE("there is a limit to recordings") {
    fixture f;
    auto r = f.make();
    std::vector<recording> all;
    for (int i = 0; i < 64; ++i)
        all.push_back(r.record(first_service, f.file((std::to_string(i) + ".ts").c_str())));
    CHECK(has(refusal(kind::failed, [&] { r.record(first_service, f.file("more.ts")); }),
              "Stop one first"));
    // by its end, and by another's taking its place
    all.pop_back();
    all.back() = r.record(first_service, f.file("more.ts"));
    CHECK_NOTHROW(r.record(first_service, f.file("again.ts")));
}

TEST_CASE("a recording without a packet leaves no file and says why") {
    fixture f;
    f.world.remove_module();
    auto r = f.make();
    auto recording = r.record(first_service, f.file("one.ts"));
    REQUIRE(eventually([&] { return r.service(first_service).cause == "no_module"; }));
    const auto end = recording.stop();
    CHECK(end.packets == 0);
    CHECK(has(end.reason, "no module in the CI slot"));
    CHECK_FALSE(fs::exists(f.file("one.ts")));
}

TEST_CASE("a recording outlives its receiver and tells its end") {
    fixture f;
    std::optional<recording> kept;
    std::thread waiting;
    std::atomic<bool> seen = false;
    {
        auto r = f.make();
        kept = r.record(first_service, f.file("one.ts"));
        REQUIRE(eventually([&] { return has_begun(*kept); }));
        waiting = std::thread{[&] { seen = kept->wait(patience); }};
    }
    waiting.join();
    CHECK(seen);
    const auto end = kept->status();
    CHECK(end.state == "stopped");
    CHECK(end.bytes == fs::file_size(f.file("one.ts")));
    CHECK(kept->stop().state == "stopped");
    CHECK(kept->wait(0ms));
}

TEST_CASE("a disk that hangs is said to, and costs nobody else the time") {
    fixture f;
    std::mutex hang;
    std::unique_lock hold{hang};
    {
        auto r = make_receiver(f.world, {}, [&](runtime::device_factory& devices) {
            devices.create_file = [&](const fs::path&) {
                const std::lock_guard wait{hang};
                errno = EIO;
                return -1;
            };
        });
        std::string text;
        std::thread asks{[&] {
            text = refusal(kind::failed, [&] { r.record(first_service, f.file("one.ts")); });
        }};
        // asks while the other waits
        CHECK(r.status().state == "idle");
        hold.unlock();
        asks.join();
        CHECK(has(text, "one.ts cannot be created"));
    }
}
