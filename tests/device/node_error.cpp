// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/unique_fd.hpp"
#include "device/linux_receiver.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <cihost/error.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <set>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace cihost;
using namespace cihost::test;

namespace {

std::string explain(const std::filesystem::path& node, int error) {
    return device::explain_node_error(node, {error, boost::system::generic_category()});
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// Another process that has a file open as long as this lives.
class foreign_holder {
  public:
    explicit foreign_holder(const std::filesystem::path& file) {
        std::array<int, 2> ready{};
        REQUIRE(::pipe2(ready.data(), O_CLOEXEC) == 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            const bool open = ::open(file.c_str(), O_RDWR) >= 0;
            if (::write(ready[1], "x", 1) != 1 || !open)
                ::_exit(1);
            for (;;)
                ::pause();
        }
        char byte = 0;
        REQUIRE(::read(ready[0], &byte, 1) == 1);
        ::close(ready[0]);
        ::close(ready[1]);
    }
    ~foreign_holder() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    std::string name() const { return "test_device (process " + std::to_string(pid_) + ")"; }

  private:
    ::pid_t pid_ = -1;
};

} // namespace

TEST_CASE("a busy node: who holds it, and what to do") {
    const temporary_folder folder;
    const auto node = folder.path() / "ca0";
    std::ofstream{node} << "x";
    SECTION("another program") {
        const foreign_holder holder{node};
        CHECK(explain(node, EBUSY) == node.string() + " is in use by " + holder.name() +
                                          ": stop it, or leave this CA device to it.");
    }
    SECTION("two of them") {
        const foreign_holder first{node};
        const foreign_holder second{node};
        const auto text = explain(node, EBUSY);
        CHECK(contains(text, first.name()));
        CHECK(contains(text, second.name()));
        CHECK(contains(text, " and "));
    }
    SECTION("this one") {
        const unique_fd ours{::open(node.c_str(), O_RDWR | O_CLOEXEC)};
        CHECK(explain(node, EBUSY) == node.string() +
                                          " is in use by this program already: give each receiver "
                                          "a CA device of its own.");
    }
    SECTION("nobody that could be seen") {
        CHECK(contains(explain(node, EBUSY), "\"sudo fuser -v " + node.string() + "\""));
    }
}

TEST_CASE("a forbidden node: who may open it") {
    const temporary_folder folder;
    const auto node = folder.path() / "frontend0";
    std::ofstream{node} << "x";
    for (const int error : {EACCES, EPERM}) {
        const auto text = explain(node, error);
        CHECK(text.starts_with(node.string() + " may not be opened. "));
        CHECK(contains(text, "(-rw"));
    }
}

TEST_CASE("a node that is not there: no adapter, none such in it, or one that leads nowhere") {
    const temporary_folder folder;
    std::filesystem::create_symlink("/nowhere", folder.path() / "ca0");
    CHECK(contains(explain(folder.path() / "ca0", ENOENT), "leads nowhere"));
    CHECK(contains(explain("/nowhere/adapter7/frontend0", ENOENT), "is its driver loaded"));
    const auto text = explain(folder.path() / "ca3", ENOENT);
    CHECK(contains(text, "this adapter has no such device"));
    CHECK(contains(text, "ls " + folder.path().string()));
    CHECK(contains(explain("", ENOENT), "No device node is given"));
}

TEST_CASE("each other error says what it means for this kind of node") {
    struct expected {
        const char* node;
        int error;
        const char* says;
    };
    const auto one = GENERATE(
        expected{"frontend0", ENODEV, "unplugged"},
        expected{"dvr0", ENXIO, "as soon as it is back"},
        expected{"ca0", EIO, "does not answer its driver"},
        expected{"ca0", ENOTSUP, "descramblers only"},
        expected{"ca0", ENOTTY, "not the node of a CA device"},
        expected{"dvr0", EISDIR, "not the node of a dvr"},
        expected{"frontend0", ENOTSUP, "libdvbv5"}, expected{"demux0", ENOTSUP, "another kind"},
        expected{"frontend0", EINVAL, "delivery system"},
        expected{"ca0", EINVAL, "no module is ready"}, expected{"dvr0", EINVAL, "node of a dvr"},
        expected{"demux0", EMFILE, "LimitNOFILE"}, expected{"demux0", EMFILE, "the demux"},
        expected{"dvr0", ENOMEM, "no memory"}, expected{"dvr0", ENFILE, "no room"},
        expected{"frontend0", ETIMEDOUT, "in time"}, expected{"dvr0", EOVERFLOW, "too busy"},
        expected{"ca0", EPROTO, "no meaning"}, expected{"net0", EBUSY, "this device"},
        expected{"frontend0", EBUSY, "this tuner"}, expected{"dvr0", EBUSY, "this dvr"});
    const auto node = std::string{"/dev/dvb/adapter99/"} + one.node;
    const auto text = explain(node, one.error);
    INFO(text);
    CHECK(text.starts_with(node));
    CHECK(contains(text, one.says));
    CHECK(text.ends_with("."));
}

TEST_CASE("an error without a sentence of its own gives the system's words") {
    CHECK(explain("/dev/dvb/adapter0/ca0", EXDEV) ==
          "/dev/dvb/adapter0/ca0: Invalid cross-device link. It is tried again; if that stays, "
          "\"sudo dmesg\" may tell why.");
    CHECK(device::explain_node_error("/dev/dvb/adapter0/ca0", make_error_code(errc::bad_length)) ==
          "/dev/dvb/adapter0/ca0: length field contradicts the structure.");
    CHECK(device::explain_node_error("/dev/dvb/adapter0/ca0", {}) ==
          "/dev/dvb/adapter0/ca0 is well.");
}
