// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/disk_writer.hpp"

#include "driver.hpp"
#include "support/catch.hpp"

#include <cihost/ts/packet.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <sys/resource.h>
#include <unistd.h>

using namespace cihost;
using namespace cihost::runtime;

namespace {

bytes contents(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// As most are wanted here.
std::shared_ptr<disk_file> create(disk_writer& disk, const std::filesystem::path& path,
                                  std::size_t unit = 0,
                                  std::function<void(std::string)> failure = {}) {
    return disk.create({.path = path, .unit = unit, .failure = std::move(failure)});
}

void close_and_wait(disk_writer& disk, const std::shared_ptr<disk_file>& file) {
    std::promise<void> closed;
    disk.close(file, [&] { closed.set_value(); });
    closed.get_future().wait();
}

} // namespace

TEST_CASE("what is appended is in the file, in order, when close is done") {
    test::temporary_folder folder;
    disk_writer disk;
    const auto file = create(disk, folder / "a", 0);
    CHECK(disk.append(file, {1, 2, 3}));
    CHECK(disk.append(file, {4}));
    close_and_wait(disk, file);
    CHECK(contents(folder / "a") == bytes{1, 2, 3, 4});
    CHECK(file->written() == 4);
    CHECK_FALSE(file->failed());
    const auto mode = std::filesystem::status(folder / "a").permissions();
    CHECK((mode & std::filesystem::perms::others_write) == std::filesystem::perms::none);
}

TEST_CASE("the end writes what is queued") {
    test::temporary_folder folder;
    {
        disk_writer disk;
        const auto file = create(disk, folder / "a", 0);
        for (int i = 0; i < 100; ++i)
            disk.append(file, bytes(1000, std::uint8_t{7}));
    }
    CHECK(std::filesystem::file_size(folder / "a") == 100'000);
}

TEST_CASE("an existing file is left alone and told once") {
    test::temporary_folder folder;
    std::ofstream{folder / "a"} << "mine";
    disk_writer disk;
    std::vector<std::string> sentences;
    const auto file = create(disk, folder / "a", 0,
                             [&](std::string why) { sentences.push_back(std::move(why)); });
    disk.append(file, {1});
    close_and_wait(disk, file);
    CHECK(file->failed());
    CHECK_FALSE(disk.append(file, {2}));
    CHECK(contents(folder / "a") == bytes{'m', 'i', 'n', 'e'});
    REQUIRE(sentences.size() == 1);
    CHECK(sentences[0] ==
          "The file " + (folder / "a").string() + " cannot be created: File exists.");
}

TEST_CASE("a full disk ends its file with a sentence, once; other files go on") {
    test::temporary_folder folder;
    disk_writer disk{disk_writer::default_limit, [&](const std::filesystem::path& path) {
                         if (path == folder / "full")
                             return ::open("/dev/full", O_WRONLY | O_CLOEXEC);
                         return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
                     }};
    std::vector<std::string> sentences;
    const auto full = create(disk, folder / "full", ts::packet_size,
                             [&](std::string why) { sentences.push_back(std::move(why)); });
    const auto good = create(disk, folder / "good", ts::packet_size);
    for (int i = 0; i < 3; ++i) {
        disk.append(full, bytes(ts::packet_size));
        CHECK(disk.append(good, bytes(ts::packet_size)));
    }
    close_and_wait(disk, full);
    close_and_wait(disk, good);
    REQUIRE(sentences.size() == 1);
    CHECK(sentences[0].find("No space left on device") != std::string::npos);
    CHECK(full->failed());
    CHECK(full->written() == 0);
    CHECK(good->written() == 3 * ts::packet_size);
}

TEST_CASE("a file cut short by the disk ends on a packet boundary") {
    test::temporary_folder folder;
    // a limit in the middle of the third packet of the second block
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{ts::packet_size * 6 + 100, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    {
        disk_writer disk;
        const auto packets = create(disk, folder / "packets", ts::packet_size, [](std::string) {});
        const auto blocks = create(disk, folder / "blocks", 0, [](std::string) {});
        for (const auto& file : {packets, blocks}) {
            disk.append(file, bytes(ts::packet_size * 4));
            disk.append(file, bytes(ts::packet_size * 4));
        }
        close_and_wait(disk, packets);
        close_and_wait(disk, blocks);
        CHECK(packets->written() == ts::packet_size * 6);
        CHECK(blocks->written() == ts::packet_size * 4);
    }
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    std::signal(SIGXFSZ, handler);
    CHECK(std::filesystem::file_size(folder / "packets") == ts::packet_size * 6);
    CHECK(std::filesystem::file_size(folder / "blocks") == ts::packet_size * 4);
}

TEST_CASE("a stalled disk: the queue takes its limit and no more, and recovers") {
    test::temporary_folder folder;
    std::promise<void> begun;
    std::promise<void> release;
    disk_writer disk{1000, [&](const std::filesystem::path& path) {
                         begun.set_value();
                         release.get_future().wait();
                         return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
                     }};
    const auto file = create(disk, folder / "a", 0);
    begun.get_future().wait();
    CHECK(disk.append(file, bytes(600)));
    CHECK(disk.append(file, bytes(400)));
    CHECK_FALSE(disk.append(file, bytes(1)));
    release.set_value();
    close_and_wait(disk, file);
    CHECK(file->written() == 1000);
    // refused for room, not for good
    CHECK_FALSE(file->failed());
    const auto another = disk.append(file, bytes(1000));
    CHECK(another);
}

namespace {

/// A disk whose first file hangs in open() until release(), and counts what happens meanwhile.
struct stalled_disk {
    std::promise<void> begun;
    std::promise<void> released;
    std::promise<void> passed;

    static disk_writer::open_function open(const std::shared_ptr<stalled_disk>& disk) {
        return [disk](const std::filesystem::path& path) {
            disk->begun.set_value();
            disk->released.get_future().wait();
            disk->passed.set_value();
            return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
        };
    }
};

/// Whether the destructor returns while the disk still hangs.
bool goes(std::unique_ptr<disk_writer> disk, stalled_disk& stalled) {
    auto gone = std::async(std::launch::async, [&] { disk.reset(); });
    const bool in_time = gone.wait_for(test::patience) == std::future_status::ready;
    stalled.released.set_value();
    gone.wait();
    return in_time;
}

} // namespace

TEST_CASE("a disk that hangs does not keep a writer that gave up") {
    test::temporary_folder folder;
    const auto stalled = std::make_shared<stalled_disk>();
    auto disk = std::make_unique<disk_writer>(disk_writer::default_limit,
                                              stalled_disk::open(stalled), std::chrono::hours{1});
    std::atomic<unsigned> told = 0;
    const auto file = create(*disk, folder / "no folder/a", 0, [&](const std::string&) { ++told; });
    stalled->begun.get_future().wait();
    CHECK(disk->append(file, bytes(100)));
    disk->close(file, [&] { ++told; });
    disk->give_up();
    CHECK_FALSE(disk->append(file, bytes(100)));
    CHECK(goes(std::move(disk), *stalled));
    stalled->passed.get_future().wait();
    CHECK(told == 0);
}

TEST_CASE("a disk that hangs keeps its writer for the patience at most") {
    test::temporary_folder folder;
    const auto stalled = std::make_shared<stalled_disk>();
    auto disk = std::make_unique<disk_writer>(
        disk_writer::default_limit, stalled_disk::open(stalled), std::chrono::milliseconds{1});
    const auto file = create(*disk, folder / "a", 0, {});
    stalled->begun.get_future().wait();
    CHECK(goes(std::move(disk), *stalled));
}

TEST_CASE("what is closed before a writer gives up is whole") {
    test::temporary_folder folder;
    disk_writer disk;
    const auto file = create(disk, folder / "a", 0);
    disk.append(file, bytes(100));
    close_and_wait(disk, file);
    disk.give_up();
    CHECK(std::filesystem::file_size(folder / "a") == 100);
}

TEST_CASE("a file without a byte is removed, what took its place is not") {
    test::temporary_folder folder;
    disk_writer disk;
    close_and_wait(disk, create(disk, folder / "a", 0));
    CHECK_FALSE(std::filesystem::exists(folder / "a"));

    const auto file = create(disk, folder / "b", 0);
    disk.append(file, {});
    close_and_wait(disk, create(disk, folder / "c", 0)); // b has been created by now
    std::filesystem::rename(folder / "b", folder / "moved");
    std::ofstream{folder / "b"};
    close_and_wait(disk, file);
    CHECK(std::filesystem::exists(folder / "b"));
}

TEST_CASE("the end of the writer leaves no empty file") {
    test::temporary_folder folder;
    {
        disk_writer disk;
        create(disk, folder / "a");
    }
    CHECK_FALSE(std::filesystem::exists(folder / "a"));
}

TEST_CASE("a full disk costs a file that outlasts it what comes meanwhile") {
    test::temporary_folder folder;
    int opened = -1;
    disk_writer disk{disk_writer::default_limit, [&](const std::filesystem::path& path) {
                         if (path != folder / "a")
                             return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
                         opened = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
                         return opened;
                     }};
    std::vector<std::string> sentences;
    std::vector<std::size_t> lost;
    std::atomic<unsigned> went_on = 0;
    disk_file_order order{
        .path = folder / "a", .unit = ts::packet_size, .outlasts_full_disk = true};
    order.lost = [&](std::uint64_t position, std::size_t size, const std::string& why) {
        CHECK(position == 0);
        lost.push_back(size);
        sentences.push_back(why);
    };
    order.goes_on = [&] { ++went_on; };
    const auto file = disk.create(std::move(order));
    disk.append(file, bytes(2 * ts::packet_size));
    disk.append(file, bytes(ts::packet_size));
    close_and_wait(disk, create(disk, folder / "b")); // both are done with
    CHECK(lost == std::vector<std::size_t>{2 * ts::packet_size, ts::packet_size});
    REQUIRE(sentences.size() == 2);
    CHECK(sentences[0].find("No space left on device") != std::string::npos);
    CHECK(sentences[1].empty());
    CHECK(file->lost() == 3 * ts::packet_size);
    CHECK_FALSE(file->failed());

    // room: the open file becomes another
    const unique_fd room{::open((folder / "room").c_str(), O_WRONLY | O_CREAT, 0644)};
    REQUIRE(::dup2(room.get(), opened) == opened);
    disk.append(file, bytes(ts::packet_size));
    disk.append(file, bytes(ts::packet_size));
    close_and_wait(disk, file);
    CHECK(went_on == 1);
    CHECK(file->written() == 2 * ts::packet_size);
    CHECK(std::filesystem::file_size(folder / "room") == 2 * ts::packet_size);
}
