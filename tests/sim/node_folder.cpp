// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/nodes/node_folder.hpp"

#include "device/unix_address.hpp"
#include "sim/nodes/listener.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

using namespace cihost;
using namespace cihost::sim;
using namespace cihost::test;

namespace {

mode_t mode_of(const std::filesystem::path& file) {
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 0777;
}

} // namespace

TEST_CASE("the folder is made for its owner alone, and one process holds it") {
    const temporary_folder top;
    const auto path = top.path() / "a" / "nodes";
    std::string why;
    std::optional<node_folder> first;
    {
        auto held = node_folder::hold(path, why);
        REQUIRE(held.has_value());
        first.emplace(std::move(*held));
    }
    CHECK(mode_of(path) == 0700);
    CHECK(node_folder::hold(path, why).error().value() == EADDRINUSE);
    CHECK(why == path.string() + ": another virtual receiver runs there; choose another --dir");
    first.reset();
    CHECK(node_folder::hold(path, why).has_value());
}

TEST_CASE("what cannot be a folder is refused with a sentence") {
    const temporary_folder top;
    const auto file = top.path() / "file";
    std::ofstream{file} << "x";
    std::string why;
    CHECK(node_folder::hold(file, why).error().value() == ENOTDIR);
    CHECK(why == file.string() + ": the folder cannot be opened: Not a directory");
    CHECK(node_folder::hold(file / "below", why).has_error());
    CHECK(why == (file / "below").string() + ": the folder cannot be made: Not a directory");
}

TEST_CASE("a dead process's socket is replaced; ours is removed in the end") {
    const temporary_folder top;
    std::string why;
    auto folder = node_folder::hold(top.path(), why);
    REQUIRE(folder.has_value());
    {
        const unique_fd dead{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
        const auto address = device::unix_address::make(top.path(), "ca0");
        REQUIRE(::bind(dead.get(), address->get(), address->size()) == 0);
    }
    {
        const auto listening = listener::open(*folder, "ca0", SOCK_SEQPACKET, why);
        REQUIRE(listening.has_value());
        CHECK(mode_of(top.path() / "ca0") == 0600);
        CHECK_FALSE(listening->accept());
    }
    CHECK_FALSE(std::filesystem::exists(top.path() / "ca0"));
}

TEST_CASE("the default folder is the user's own") {
    const char* before = std::getenv("XDG_RUNTIME_DIR");
    const std::string saved = before == nullptr ? "" : before;
    ::setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    CHECK(default_node_folder() == "/run/user/7/cihost-sim");
    ::unsetenv("XDG_RUNTIME_DIR");
    CHECK(default_node_folder() == "/tmp/cihost-sim-" + std::to_string(::getuid()));
    if (before != nullptr)
        ::setenv("XDG_RUNTIME_DIR", saved.c_str(), 1);
}
