// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/node_permissions.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <grp.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace cihost;
using namespace cihost::test;

namespace {

constexpr uid_t nobody = 65534;

/// The sentence as a user without rights gets it: user and groups belong to a whole process.
std::string as_nobody(const std::filesystem::path& node) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        std::string text = "cannot change the user";
        if (::setgroups(0, nullptr) == 0 && ::setresgid(nobody, nobody, nobody) == 0 &&
            ::setresuid(nobody, nobody, nobody) == 0)
            text = device::who_may_open(node);
        const auto written = ::write(ends[1], text.data(), text.size());
        ::_exit(written > 0 ? 0 : 1);
    }
    ::close(ends[1]);
    std::string text(4096, '\0');
    const auto size = ::read(ends[0], text.data(), text.size());
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
}

} // namespace

TEST_CASE("who was refused is told the group and the command") {
    if (::geteuid() != 0 || ::getgrnam("video") == nullptr)
        CIHOST_SKIP("needs root and a group video");
    const temporary_folder folder;
    ::chmod(folder.path().c_str(), 0755);
    const auto node = folder.path() / "frontend0";
    std::ofstream{node} << "x";
    REQUIRE(::chown(node.c_str(), 0, ::getgrnam("video")->gr_gid) == 0);

    REQUIRE(::chmod(node.c_str(), 0660) == 0);
    CHECK(as_nobody(node) == "It may be opened by group video (-rw-rw---- root:video): add your "
                             "user: sudo adduser nobody video, then log in again.");

    SECTION("no group may") {
        REQUIRE(::chmod(node.c_str(), 0600) == 0);
        CHECK(
            as_nobody(node).starts_with("It may be opened by root alone (-rw------- root:video)"));
        CHECK(as_nobody(node).find("udev") != std::string::npos);
    }
    SECTION("everybody may: then something else refuses") {
        REQUIRE(::chmod(node.c_str(), 0666) == 0);
        CHECK(as_nobody(node).find("DeviceAllow=") != std::string::npos);
    }
    SECTION("root is refused by something else, always") {
        CHECK(device::who_may_open(node).starts_with(
            "Its permissions (-rw-rw---- root:video) are not what forbids it"));
    }
}

TEST_CASE("a node that is gone gives a sentence too") {
    CHECK(device::who_may_open("/nowhere/frontend0") ==
          "Who may open it is not to be seen: No such file or directory.");
}
