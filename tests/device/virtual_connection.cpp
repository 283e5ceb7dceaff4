// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/virtual_connection.hpp"

#include "device/unix_address.hpp"
#include "device/virtual_receiver.hpp"
#include "support/catch.hpp"
#include "support/served_nodes.hpp"
#include "support/temporary_folder.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/uio.h>
#include <thread>
#include <utility>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using device::virtual_connection;
using operation = device::virtual_protocol::operation;

namespace {

int open_error(const std::filesystem::path& folder) {
    const auto connection = virtual_connection::open(folder, "ca0");
    return connection ? 0 : connection.error().value();
}

/// Something that is not a virtual receiver: one connection, one message per entry, then the end.
class impostor {
  public:
    impostor(const std::filesystem::path& folder, std::vector<bytes> says, int passes = -1)
        : socket_{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)} {
        const auto address = device::unix_address::make(folder, "ca0");
        REQUIRE(::bind(socket_.get(), address->get(), address->size()) == 0);
        REQUIRE(::listen(socket_.get(), 1) == 0);
        thread_ = std::thread{[this, says, passes] {
            const unique_fd peer{::accept(socket_.get(), nullptr, nullptr)};
            for (const auto& message : says)
                send(peer.get(), message, &message == &says.front() ? passes : -1);
            std::array<char, 64> request;
            if (says.size() > 1) // let the request in before the connection ends
                (void)::recv(peer.get(), request.data(), request.size(), 0);
        }};
    }
    ~impostor() { thread_.join(); }

  private:
    static void send(int peer, bytes text, int passed) {
        iovec part{.iov_base = text.data(), .iov_len = text.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof passed)> rights{};
        if (passed >= 0) {
            message.msg_control = rights.data();
            message.msg_controllen = rights.size();
            auto* header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN(sizeof passed);
            std::memcpy(CMSG_DATA(header), &passed, sizeof passed);
        }
        ::sendmsg(peer, &message, MSG_NOSIGNAL);
    }

    unique_fd socket_;
    std::thread thread_;
};

} // namespace

TEST_CASE("where no receiver runs, open says so as a missing device node would") {
    const temporary_folder folder;
    CHECK(open_error(folder.path()) == ENOENT);
    CHECK(open_error(folder.path() / "nowhere") == ENOENT);
    {
        const unique_fd dead{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
        const auto address = device::unix_address::make(folder.path(), "ca0");
        REQUIRE(::bind(dead.get(), address->get(), address->size()) == 0);
    }
    CHECK(open_error(folder.path()) == ECONNREFUSED);
}

TEST_CASE("a folder whose name does not fit into a socket address works") {
    const temporary_folder folder;
    const auto deep = folder.path() / std::string(120, 'd');
    const served_nodes receiver{deep};
    CHECK(device::open_virtual_ca(deep).has_value());
    CHECK(device::open_virtual_frontend(deep).has_value());
    CHECK(device::open_virtual_ts_input(deep).has_value());
}

TEST_CASE("an unknown operation is ENOTTY, as an unknown ioctl is") {
    const temporary_folder folder;
    const served_nodes receiver{folder.path()};
    auto connection = virtual_connection::open(folder.path(), "ca0");
    REQUIRE(connection.has_value());
    CHECK(connection->call(operation::fe_get_status, 0).value() == ENOTTY);
    CHECK(connection->call(static_cast<operation>(77), 0).value() == ENOTTY);
    CHECK_FALSE(connection->call(operation::ca_reset, 0));
}

TEST_CASE("one who does not speak the protocol is not believed") {
    const temporary_folder folder;
    const bytes opened{0, 0, 0, 0};
    SECTION("nothing but a hang-up") {
        const impostor silent{folder.path(), {}};
        CHECK(open_error(folder.path()) == ECONNREFUSED);
    }
    SECTION("a short open_reply") {
        const impostor brief{folder.path(), {{0, 0}}};
        CHECK(open_error(folder.path()) == EPROTO);
    }
    SECTION("a long one") {
        const impostor wordy{folder.path(), {bytes(100)}};
        CHECK(open_error(folder.path()) == EPROTO);
    }
    SECTION("no data channel where there must be one") {
        const impostor empty_handed{folder.path(), {opened}};
        CHECK(device::open_virtual_ca(folder.path()).error().value() == EPROTO);
    }
    SECTION("more slots than it has channels") {
        const auto slots = GENERATE(as<std::uint8_t>{}, 0, 9);
        const impostor boastful{folder.path(), {opened, {0, 0, 0, 0, slots, 0, 0, 0}}, 0};
        const auto ca = device::open_virtual_ca(folder.path());
        CHECK((ca ? 0 : ca.error().value()) == (slots == 0 ? 0 : EPROTO));
    }
    SECTION("a reply of the wrong size ends it for good") {
        const impostor vague{folder.path(), {opened, bytes(9), bytes(8)}};
        auto connection = virtual_connection::open(folder.path(), "ca0");
        REQUIRE(connection.has_value());
        std::array<std::uint8_t, 4> answer;
        CHECK(connection->call(operation::ca_get_cap, 0, {}, answer).value() == ENODEV);
        CHECK(connection->call(operation::ca_get_cap, 0, {}, answer).value() == ENODEV);
    }
}
