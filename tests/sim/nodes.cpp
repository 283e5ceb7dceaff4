// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/unix_address.hpp"
#include "device/virtual_protocol.hpp"
#include "support/catch.hpp"
#include "support/served_nodes.hpp"
#include "support/temporary_folder.hpp"
#include "support/wait.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using device::virtual_protocol::operation;

namespace {

/// A client that says whatever bytes it likes on any channel it has.
class raw_client {
  public:
    explicit raw_client(unique_fd channel)
        : socket_{std::move(channel)} {}
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
        bytes text(4096);
        iovec part{.iov_base = text.data(), .iov_len = text.size()};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(8 * sizeof(int))> rights{};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = rights.data();
        message.msg_controllen = rights.size();
        const auto n = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
        if (const auto* header = CMSG_FIRSTHDR(&message); header != nullptr)
            for (std::size_t i = 0; i < (header->cmsg_len - CMSG_LEN(0)) / sizeof(int); ++i) {
                int fd = -1;
                std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
                passed_.emplace_back(fd);
            }
        std::int32_t error = -1;
        if (n >= static_cast<ssize_t>(sizeof error))
            std::memcpy(&error, text.data(), sizeof error);
        return error;
    }
    /// What came with the open_reply, as a client of its own; once each.
    raw_client passed(std::size_t index) const { return raw_client{std::move(passed_.at(index))}; }
    /// The command channel of a slot of ca0.
    raw_client slot(std::size_t number) const { return passed(1 + number); }
    std::size_t passed_count() const { return passed_.size(); }
    void hang_up() { socket_.reset(); }

  private:
    unique_fd socket_;
    mutable std::vector<unique_fd> passed_;
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
        const auto slot = client.slot(0);
        for (const std::uint32_t other : {1U, 2U, 0xFFFFFFFFU}) {
            slot.say(operation::ca_get_slot_info, other);
            CHECK(slot.hear() == EINVAL);
        }
        slot.say(operation::ca_write, 0, {1, 1, 0xA0, 0});
        CHECK(slot.hear() == EINVAL);
        // each operation on its own channel
        for (const auto op : {operation::ca_reset, operation::ca_get_cap}) {
            slot.say(op, 0);
            CHECK(slot.hear() == ENOTTY);
        }
        for (const auto op : {operation::ca_get_slot_info, operation::ca_write}) {
            client.say(op, 0, {0, 1, 0xA0, 0});
            CHECK(client.hear() == ENOTTY);
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
                if (std::string(node) == "ca0" && client.passed_count() > 1)
                    client.slot(0).say(message);
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
        client.slot(0).say(operation::ca_write, 0, {0, 1, 0xA0, 0});
    }
    nodes.with([](auto& module, auto&...) { module.is_free = true; });
    const raw_client next{nodes, folder.path(), "ca0"};
    CHECK(next.hear() == 0);
    next.say(operation::ca_get_cap, 0);
    CHECK(next.hear() == 0);
}

TEST_CASE("one request a channel: a slot's next waits until its write is done") {
    const temporary_folder folder;
    served_nodes nodes{folder.path()};
    nodes.with([](auto& module, auto&...) { module.is_free = false; });
    const raw_client client{nodes, folder.path(), "ca0"};
    REQUIRE(client.hear() == 0);
    const auto slot = client.slot(0);
    slot.say(operation::ca_write, 0, {0, 1, 0xA0, 0});
    slot.say(operation::ca_get_slot_info, 0);
    CHECK(slot.hear() == EIO);
    CHECK(slot.hear() == 0);
}

TEST_CASE("nonsense on a slot's channel costs the opener the node") {
    const temporary_folder folder;
    const served_nodes nodes{folder.path()};
    for (const auto& nonsense :
         {bytes{}, bytes{1}, bytes(7, 0xFF), bytes(device::virtual_protocol::max_message + 1)}) {
        const raw_client client{nodes, folder.path(), "ca0"};
        REQUIRE(client.hear() == 0);
        const auto slot = client.slot(0);
        slot.say(nonsense);
        CHECK(client.hear() == -1);
    }
}

TEST_CASE("a slot's channel that is closed takes nothing else along") {
    const temporary_folder folder;
    served_nodes nodes{folder.path(), 2};
    const raw_client client{nodes, folder.path(), "ca0"};
    REQUIRE(client.hear() == 0);
    REQUIRE(client.passed_count() == 3);
    const auto sibling = client.slot(1);
    client.slot(0).hang_up();
    sibling.say(operation::ca_get_slot_info, 1);
    CHECK(sibling.hear() == 0);
    client.say(operation::ca_get_cap, 0);
    CHECK(client.hear() == 0);
}

TEST_CASE("while a module hangs, the other slot and the node answer") {
    const temporary_folder folder;
    served_nodes nodes{folder.path(), 2};
    nodes.with_slot(0, [](auto& module) { module.is_free = false; });
    nodes.stop_clock(); // the hung write never times out
    const raw_client client{nodes, folder.path(), "ca0"};
    REQUIRE(client.hear() == 0);
    const auto hung = client.slot(0);
    const auto sibling = client.slot(1);

    hung.say(operation::ca_write, 0, {0, 1, 0xA0, 0});
    REQUIRE(nodes.eventually([](auto& module, auto&...) { return module.found_busy > 0; }));
    sibling.say(operation::ca_write, 0, {1, 1, 0xA0, 0});
    CHECK(sibling.hear() == 0);
    CHECK(nodes.with_slot(1, [](auto& module) { return module.written.size(); }) == 1);
    sibling.say(operation::ca_get_slot_info, 1);
    CHECK(sibling.hear() == 0);
    client.say(operation::ca_reset, 0);
    CHECK(client.hear() == 0);
    for (const std::size_t slot : {0U, 1U})
        CHECK(nodes.with_slot(slot, [](auto& module) { return module.resets; }) == 1);

    // all that came while the write was outstanding
    CHECK(nodes.with_slot(0, [](auto& module) { return module.written.empty(); }));
    nodes.with_slot(0, [](auto& module) { module.is_free = true; });
    CHECK(hung.hear() == 0);
    CHECK(nodes.with_slot(0, [](auto& module) { return module.written.size(); }) == 1);
}

TEST_CASE("what the modules say comes with the number of their slot") {
    const temporary_folder folder;
    served_nodes nodes{folder.path(), 2};
    const raw_client client{nodes, folder.path(), "ca0"};
    REQUIRE(client.hear() == 0);
    const auto data = client.passed(0);
    for (const auto slot : {std::uint8_t{1}, std::uint8_t{0}}) {
        nodes.with_slot(slot, [](auto& module) { module.to_read = {{1, 0x80, 2, 1, 0}}; });
        std::int32_t first_bytes = 0;
        const bytes expected{slot, 1, 0x80, 2};
        std::memcpy(&first_bytes, expected.data(), sizeof first_bytes);
        CHECK(data.hear() == first_bytes);
    }
}
