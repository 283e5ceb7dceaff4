// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/unix_address.hpp"
#include "device/virtual_protocol.hpp"
#include "support/catch.hpp"
#include "support/served_nodes.hpp"
#include "support/temporary_folder.hpp"
#include "support/wait.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <sys/socket.h>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using device::virtual_protocol::operation;

namespace {

/// A client that says whatever bytes it likes. Data channels that come with an open_reply are
/// not asked for, so the kernel closes them.
class raw_client {
  public:
    raw_client(const served_nodes&, const std::filesystem::path& folder, const std::string& node)
        : socket_{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)} {
        const auto address = device::unix_address::make(folder, node);
        REQUIRE(::connect(socket_.get(), address->get(), address->size()) == 0);
    }

    void say(const bytes& message) const {
        (void)::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL);
    }
    void say(operation op, std::uint32_t argument, const bytes& payload = {}) const {
        const device::virtual_protocol::request request{.op = op, .argument = argument};
        bytes message(sizeof request);
        std::memcpy(message.data(), &request, sizeof request);
        message.insert(message.end(), payload.begin(), payload.end());
        say(message);
    }
    /// The errno of the next reply; -1 when the server has hung up.
    int hear() const {
        REQUIRE(readable(socket_.get()));
        bytes message(4096);
        const auto n = ::recv(socket_.get(), message.data(), message.size(), 0);
        std::int32_t error = -1;
        if (n >= static_cast<ssize_t>(sizeof error))
            std::memcpy(&error, message.data(), sizeof error);
        return error;
    }

  private:
    unique_fd socket_;
};

} // namespace

TEST_CASE("a client that breaks the protocol loses its connection and nobody else anything") {
    const temporary_folder folder;
    const served_nodes nodes{folder.path()};
    const auto node = GENERATE(as<std::string>{}, "frontend0", "ca0", "dvr0");
    const raw_client bystander{nodes, folder.path(), node == "ca0" ? "dvr0" : "ca0"};
    CHECK(bystander.hear() == 0);

    for (const auto& nonsense :
         {bytes{}, bytes{1}, bytes(7, 0xFF), bytes(device::virtual_protocol::max_message + 1)}) {
        const raw_client client{nodes, folder.path(), node};
        REQUIRE(client.hear() == 0);
        client.say(nonsense);
        CHECK(client.hear() == -1);
    }
    bystander.say(operation{99}, 0);
    CHECK(bystander.hear() == ENOTTY);
}

TEST_CASE("arguments that make no sense are refused, and the connection stays") {
    const temporary_folder folder;
    const served_nodes nodes{folder.path()};
    SECTION("frontend0") {
        const raw_client client{nodes, folder.path(), "frontend0"};
        REQUIRE(client.hear() == 0);
        client.say(operation::fe_tune, 0, bytes(7));
        CHECK(client.hear() == EINVAL);
        client.say(operation::ca_reset, 0);
        CHECK(client.hear() == ENOTTY);
        client.say(operation::fe_tune, 0, bytes(8));
        CHECK(client.hear() == 0);
    }
    SECTION("dvr0") {
        const raw_client client{nodes, folder.path(), "dvr0"};
        REQUIRE(client.hear() == 0);
        client.say(operation::dvr_set_pids, 0, bytes(3));
        CHECK(client.hear() == EINVAL);
        client.say(operation::dvr_set_pids, 0, bytes{0x01, 0x20, 0x20, 0x01}); // above 0x2000
        CHECK(client.hear() == EINVAL);
        client.say(operation::dvr_set_pids, 0, bytes(20'000)); // repetitions do no harm
        CHECK(client.hear() == 0);
    }
    SECTION("ca0") {
        const raw_client client{nodes, folder.path(), "ca0"};
        REQUIRE(client.hear() == 0);
        for (const std::uint32_t slot : {1U, 2U, 0xFFFFFFFFU}) {
            client.say(operation::ca_get_slot_info, slot);
            CHECK(client.hear() == EINVAL);
        }
    }
}

TEST_CASE("random requests never stop the nodes") {
    const temporary_folder folder;
    served_nodes nodes{folder.path()};
    std::mt19937 random{7};
    for (const auto* const node : {"frontend0", "ca0", "dvr0"}) {
        for (int round = 0; round < 100; ++round) {
            const raw_client client{nodes, folder.path(), node};
            if (client.hear() != 0)
                continue;
            for (auto messages = random() % 4; messages > 0; --messages) {
                bytes message(random() % 64);
                for (auto& byte : message)
                    byte = static_cast<std::uint8_t>(random());
                if (message.size() > 4 && random() % 2 != 0) // an operation that may exist
                    message[0] = static_cast<std::uint8_t>(random() % 40),
                    message[1] = message[2] = message[3] = 0;
                client.say(message);
            }
        }
    }
    CHECK(nodes.eventually([](auto&, auto&, auto& all) { return !all.dvr().is_open(); }));
    const raw_client after{nodes, folder.path(), "ca0"};
    CHECK(after.hear() == 0);
}

TEST_CASE("a client that dies in a blocked write frees the node") {
    const temporary_folder folder;
    served_nodes nodes{folder.path()};
    nodes.with([](auto& module, auto&...) { module.is_free = false; });
    {
        const raw_client client{nodes, folder.path(), "ca0"};
        REQUIRE(client.hear() == 0);
        client.say(operation::ca_write, 0, {0, 1, 0xA0, 0});
    }
    nodes.with([](auto& module, auto&...) { module.is_free = true; });
    const raw_client next{nodes, folder.path(), "ca0"};
    CHECK(next.hear() == 0);
    next.say(operation::ca_get_cap, 0);
    CHECK(next.hear() == 0);
}

TEST_CASE("one request at a time: the next waits until the write is done") {
    const temporary_folder folder;
    served_nodes nodes{folder.path()};
    nodes.with([](auto& module, auto&...) { module.is_free = false; });
    const raw_client client{nodes, folder.path(), "ca0"};
    REQUIRE(client.hear() == 0);
    client.say(operation::ca_write, 0, {0, 1, 0xA0, 0});
    client.say(operation::ca_reset, 0);
    CHECK(client.hear() == EIO);
    CHECK(client.hear() == 0);
    CHECK(nodes.with([](auto& module, auto&...) { return module.resets; }) == 1);
}
