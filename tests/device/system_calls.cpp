// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/system_calls.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <pthread.h>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>

using cihost::device::kernel;
using cihost::test::temporary_folder;

TEST_CASE("a failed call gives the negative errno") {
    CHECK(kernel().open("/nowhere/at/all", O_RDONLY | O_CLOEXEC) == -ENOENT);
    CHECK(kernel().read(-1, nullptr, 0) == -EBADF);
    CHECK(kernel().write(-1, nullptr, 0) == -EBADF);
    int size = 0;
    CHECK(kernel().ioctl(-1, FIONREAD, &size) == -EBADF);
    CHECK(kernel().ioctl(-1, FIONREAD, 0UL) == -EBADF);
}

TEST_CASE("what the calls do reaches the kernel") {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    CHECK(kernel().write(pipe[1], "abc", 3) == 3);
    int waiting = 0;
    CHECK(kernel().ioctl(pipe[0], FIONREAD, &waiting) == 0);
    CHECK(waiting == 3);
    std::array<char, 8> bytes{};
    CHECK(kernel().read(pipe[0], bytes.data(), bytes.size()) == 3);
    kernel().close(pipe[0]);
    kernel().close(pipe[1]);
    CHECK(kernel().read(pipe[0], bytes.data(), bytes.size()) == -EBADF);
}

TEST_CASE("a node that /dev has taken away is told from one that is there") {
    const temporary_folder folder;
    const auto node = folder.path() / "ca0";
    std::ofstream{node} << "x";
    const int fd = kernel().open(node.c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(fd >= 0);
    CHECK_FALSE(kernel().node_removed(fd));
    std::filesystem::remove(node);
    CHECK(kernel().node_removed(fd));
    std::ofstream{node} << "another of that name";
    CHECK(kernel().node_removed(fd));
    kernel().close(fd);
    CHECK_FALSE(kernel().node_removed(-1)); // nothing is known of it
}

namespace {
void ignore_signal(int) {}
} // namespace

TEST_CASE("a signal does not end a read") {
    struct sigaction handler = {};
    struct sigaction before = {};
    handler.sa_handler = ignore_signal; // and no SA_RESTART: read() itself gives EINTR
    REQUIRE(::sigaction(SIGUSR1, &handler, &before) == 0);

    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    ssize_t given = 0;
    std::array<char, 8> bytes{};
    std::atomic<bool> started{false};
    std::thread reader{[&] {
        started = true;
        given = kernel().read(pipe[0], bytes.data(), bytes.size());
    }};
    while (!started)
        std::this_thread::yield();
    for (int n = 0; n < 20; ++n) {
        ::pthread_kill(reader.native_handle(), SIGUSR1);
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    CHECK(kernel().write(pipe[1], "x", 1) == 1);
    reader.join();
    CHECK(given == 1);
    kernel().close(pipe[0]);
    kernel().close(pipe[1]);
    ::sigaction(SIGUSR1, &before, nullptr);
}
