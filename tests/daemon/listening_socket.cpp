// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/listening_socket.hpp"

#include "daemon/raw_client.hpp"
#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <grp.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;

namespace {

template<class Function>
std::string refusal(Function f) {
    try {
        f();
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return "none";
}

mode_t mode_of(const std::filesystem::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

} // namespace

TEST_CASE("the socket has its mode whatever the umask, and goes with its object") {
    const temporary_folder folder;
    const auto path = folder.path() / "a/b/control.sock";
    const auto before = ::umask(0077);
    {
        const listening_socket socket{path, 0660};
        CHECK(mode_of(path) == 0660);
        CHECK(raw_client{path}.connected);
    }
    ::umask(0);
    {
        const listening_socket socket{path, 0600};
        CHECK(mode_of(path) == 0600);
    }
    ::umask(before);
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("the socket belongs to the group that is asked for, if there is one") {
    const temporary_folder folder;
    const auto path = folder.path() / "control.sock";
    // whoever runs this is in at least one
    const auto* const own = ::getgrgid(::getegid());
    REQUIRE(own != nullptr);
    {
        const listening_socket socket{path, 0660, own->gr_name};
        struct stat status {};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        CHECK(status.st_gid == own->gr_gid);
        CHECK(mode_of(path) == 0660);
    }
    CHECK(refusal([&] {
              const listening_socket x{path, 0660, "no-such-group"};
          }).find("There is no group 'no-such-group'") == 0);
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a socket that nobody listens on is replaced") {
    const temporary_folder folder;
    const auto path = folder.path() / "control.sock";
    {
        listening_socket crashed{path, 0660};
        std::filesystem::create_hard_link(path, folder.path() / "kept");
        ::close(crashed.release());
    }
    std::filesystem::rename(folder.path() / "kept", path);
    REQUIRE(std::filesystem::is_socket(path));
    const listening_socket socket{path, 0660};
    CHECK(raw_client{path}.connected);
}

TEST_CASE("a living socket is left alone") {
    const temporary_folder folder;
    const auto path = folder.path() / "control.sock";
    const listening_socket first{path, 0660};
    CHECK_THROWS_WITH((listening_socket{path, 0660}),
                      "Another cihostd listens on " + path.string() +
                          " already. Stop it first, or name another socket in the configuration.");
    CHECK(raw_client{path}.connected);
}

TEST_CASE("a file that is no socket is left alone") {
    const temporary_folder folder;
    const auto path = folder.path() / "control.sock";
    write_file(path, "precious");
    CHECK_THROWS_WITH((listening_socket{path, 0660}),
                      path.string() + " exists and is no socket; it is left alone. Remove it, or "
                                      "name another socket in the configuration.");
    CHECK(std::filesystem::file_size(path) == 8);
}

TEST_CASE("a successor's socket survives the end of its predecessor") {
    const temporary_folder folder;
    const auto path = folder.path() / "control.sock";
    auto first = std::make_unique<listening_socket>(path, 0660);
    std::filesystem::remove(path);
    const listening_socket second{path, 0660};
    first.reset();
    CHECK(raw_client{path}.connected);
}

TEST_CASE("a path that cannot be is told") {
    const temporary_folder folder;
    const auto file = folder.path() / "file";
    write_file(file, "");
    CHECK(refusal([&] {
              const listening_socket x{file / "control.sock", 0660};
          }).find("The folder " + file.string() + " cannot be created") != std::string::npos);
    CHECK(refusal([&] {
              const listening_socket x{folder.path() / std::string(200, 'x'), 0660};
          }).find("is too long: at most 107 bytes are possible.") != std::string::npos);
}
