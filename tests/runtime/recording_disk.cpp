// SPDX-License-Identifier: LGPL-2.1-or-later
/// Recordings on disks that fail them: recording_list and what is under it.

#include "receiver_fixture.hpp"
#include "support/catch.hpp"

#include <cihost/ts/packet.hpp>

#include <atomic>
#include <fcntl.h>
#include <future>
#include <memory>
#include <unistd.h>

using namespace cihost;
using namespace cihost::runtime;
using namespace cihost::test;

namespace {

constexpr auto one = cihost::test::fake_receiver::first_service;
constexpr auto two = cihost::test::fake_receiver::second_service;

int create(const std::filesystem::path& path) {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
}

/// A file named "full.ts" is on a full disk until there is room.
struct full_disk {
    std::atomic<int> fd = -1;

    void make_room(const std::filesystem::path& file) const {
        const unique_fd there{create(file)};
        REQUIRE(there);
        // the open file becomes another: writes reach it from now on
        REQUIRE(::dup2(there.get(), fd) == fd);
    }
    disk_writer::open_function open() {
        return [this](const std::filesystem::path& path) {
            if (path.filename() != "full.ts")
                return create(path);
            const int opened = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
            fd = opened;
            return opened;
        };
    }
};

struct fixture : receiver_fixture {
    recording_report report(std::uint64_t id) {
        for (auto& known : r->recordings())
            if (known.id == id)
                return known;
        FAIL("no such recording");
        return {};
    }
    bool until_recording(std::uint64_t id, const std::function<bool(const recording_report&)>& is) {
        return run_until(context, [&] { return is(report(id)); });
    }
};

} // namespace

TEST_CASE("a full disk is said at once, costs its own recording alone, and is over when there is "
          "room") {
    full_disk disk;
    fixture f;
    f.replace = [&](device_factory& devices) { devices.create_file = disk.open(); };
    f.begin();
    const auto hit = f.record(one, "full.ts");
    const auto spared = f.record(two, "spared.ts");
    REQUIRE(f.until_recording(
        hit, [](const auto& r) { return r.dropped_packets > 0 && r.state == "recording"; }));
    CHECK(f.report(hit).reason == "The file " + (f.folder / "full.ts").string() +
                                      " cannot be written: No space left on device. It goes on "
                                      "when there is room: make some, or stop it and record to "
                                      "another disk.");
    CHECK(f.logged("Recording " + std::to_string(hit) + " has no room."));
    REQUIRE(f.until_recording(spared, [](const auto& r) { return r.bytes > 50'000; }));

    disk.make_room(f.folder / "room.ts");
    REQUIRE(f.until_recording(hit, [](const auto& r) { return r.bytes > 0 && r.reason.empty(); }));
    CHECK(f.logged("goes on: the disk takes it again."));
    const auto final = f.stop(hit);
    CHECK(final.state == "stopped");
    CHECK(final.reason == "The disk was full: " + std::to_string(final.dropped_packets) +
                              " packets are missing. Make room on it, or record to another one.");
    CHECK(final.bytes == std::filesystem::file_size(f.folder / "room.ts"));
    CHECK(final.bytes == final.packets * ts::packet_size);
    REQUIRE(final.gap_count == 1);
    CHECK(final.gaps[0].what == recording_gap::kind::disk);
    CHECK(final.gaps[0].position == 0);
    CHECK(final.gaps[0].packets == final.dropped_packets);

    const auto other = f.stop(spared);
    CHECK(other.dropped_packets == 0);
    CHECK(other.continuity_errors == 0);
    CHECK(other.gap_count == 0);
}

TEST_CASE("a disk that stalls is said, holds up nothing else, and goes on where it was") {
    struct disk {
        std::promise<void> released;
        std::shared_future<void> release = released.get_future().share();
    };
    const auto stalled = std::make_shared<disk>();
    fixture f;
    f.replace = [&](device_factory& devices) {
        devices.create_file = [stalled](const std::filesystem::path& path) {
            if (path.filename() == "stalled.ts")
                stalled->release.wait();
            return create(path);
        };
    };
    f.begin();
    const auto hit = f.record(one, "stalled.ts");
    const auto spared = f.record(two, "spared.ts");
    REQUIRE(f.until_recording(
        hit, [](const auto& r) { return r.reason.find("does not answer") != std::string::npos; }));
    CHECK(f.logged("Recording " + std::to_string(hit) + " is held up"));
    const auto before = f.service(two).ca_pmts_sent;
    REQUIRE(f.until_recording(spared, [](const auto& r) { return r.bytes > 50'000; }));
    CHECK(f.service(two).ca_pmts_sent == before); // the module kept its service meanwhile
    CHECK(f.report(hit).bytes == 0);
    CHECK(f.report(hit).packets > 0); // they wait

    stalled->released.set_value();
    REQUIRE(f.until_recording(hit, [](const auto& r) { return r.bytes > 0 && r.reason.empty(); }));
    CHECK(f.logged("the disk answers again"));
    const auto final = f.stop(hit);
    CHECK(final.dropped_packets == 0);
    CHECK(final.reason.empty());
    CHECK(final.continuity_errors == 0);
    CHECK(final.bytes == final.packets * ts::packet_size);
    CHECK(final.bytes == std::filesystem::file_size(f.folder / "stalled.ts"));
    CHECK(f.stop(spared).dropped_packets == 0);
}

TEST_CASE("a name that is taken gets a number, and folders are made") {
    fixture f;
    f.begin();
    const auto start = [&] {
        std::filesystem::path name;
        REQUIRE(
            f.r->start_recording({one, f.folder / "new/a.ts", true, ".json"},
                                 [&](const error_code& failed, const std::filesystem::path& file) {
                                     CHECK_FALSE(failed);
                                     name = file;
                                 }));
        REQUIRE(run_until(f.context, [&] { return !name.empty(); }));
        return name.filename().string();
    };
    CHECK(start() == "a.ts");
    CHECK(start() == "a-2.ts");
    // what lies beside counts
    CHECK(::close(create(f.folder / "new/a-3.ts.json")) == 0);
    CHECK(start() == "a-4.ts");
}
