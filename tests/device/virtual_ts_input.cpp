// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/virtual_protocol.hpp"
#include "device/virtual_receiver.hpp"
#include "support/catch.hpp"
#include "support/served_nodes.hpp"
#include "support/temporary_folder.hpp"
#include "support/wait.hpp"

#include <cihost/ts/packet.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

using namespace cihost;
using namespace cihost::test;

namespace {

constexpr std::size_t room = device::virtual_protocol::max_packets_per_read * ts::packet_size;

/// `count` packets of the PID, numbered in their payload from `first`.
bytes packets(ts::pid_t pid, std::size_t count, std::uint32_t first = 0) {
    bytes data(count * ts::packet_size, 0xFF);
    for (std::size_t i = 0; i < count; ++i) {
        auto* packet = data.data() + i * ts::packet_size;
        packet[0] = ts::sync_byte;
        packet[1] = static_cast<std::uint8_t>(pid >> 8);
        packet[2] = static_cast<std::uint8_t>(pid);
        packet[3] = 0x10;
        const auto number = static_cast<std::uint32_t>(first + i);
        std::memcpy(packet + 4, &number, sizeof number);
    }
    return data;
}

void deliver(served_nodes& receiver, const bytes& data) {
    receiver.with([&](auto&, auto&, auto& nodes) {
        nodes.dvr().deliver(data, std::chrono::steady_clock::now());
    });
}

struct heard {
    bytes data;
    std::vector<int> errors;
};

/// Reads until that many bytes have come or a read has failed.
heard read(device::ts_input& input, std::size_t size) {
    heard all;
    bytes buffer(room);
    while (all.data.size() < size && all.errors.empty()) {
        REQUIRE(readable(input.fd()));
        const auto n = input.read(buffer);
        if (n)
            all.data.insert(all.data.end(), buffer.begin(),
                            buffer.begin() + static_cast<std::ptrdiff_t>(*n));
        else
            all.errors.push_back(n.error().value());
    }
    return all;
}

/// deliver() has put what it could into the channel before it returned.
bool nothing_to_read(device::ts_input& input) { return !readable(input.fd(), 0); }

bytes joined(const bytes& a, const bytes& b) {
    auto all = a;
    all.insert(all.end(), b.begin(), b.end());
    return all;
}

} // namespace

TEST_CASE("dvr0 gives the PIDs asked for and no others") {
    const temporary_folder folder;
    served_nodes receiver{folder.path()};
    const auto input = device::open_virtual_ts_input(folder.path());
    REQUIRE(input.has_value());
    const auto mixed = joined(packets(0x100, 3), packets(0x1FFE, 2));

    deliver(receiver, mixed); // nothing is asked for yet
    ts::pid_filter some;
    some.add(0x100);
    CHECK_FALSE((*input)->take(some));
    deliver(receiver, mixed);
    CHECK(read(**input, 1).data == packets(0x100, 3));
    CHECK(nothing_to_read(**input));

    CHECK_FALSE((*input)->take_all());
    deliver(receiver, mixed);
    CHECK(read(**input, 1).data == mixed);

    CHECK_FALSE((*input)->take({}));
    deliver(receiver, mixed);
    CHECK(nothing_to_read(**input));
    bytes buffer(room);
    CHECK((*input)->read(buffer).error().value() == EAGAIN);
}

TEST_CASE("a long block arrives whole, 64 packets a read at most") {
    const temporary_folder folder;
    served_nodes receiver{folder.path()};
    const auto input = device::open_virtual_ts_input(folder.path());
    REQUIRE(input.has_value());
    REQUIRE_FALSE((*input)->take_all());
    const auto sent = packets(0x200, 1000);
    deliver(receiver, sent);
    const auto got = read(**input, sent.size());
    CHECK(got.errors.empty());
    CHECK(got.data == sent);
    bytes too_small(room - 1);
    CHECK((*input)->read(too_small).error().value() == EINVAL);
}

TEST_CASE("a slow reader loses packets, is told once, and goes on") {
    const temporary_folder folder;
    served_nodes receiver{folder.path()};
    const auto input = device::open_virtual_ts_input(folder.path());
    REQUIRE(input.has_value());
    REQUIRE_FALSE((*input)->take_all());

    constexpr std::size_t step = 1000;
    std::uint32_t next = 0;
    const auto before = [&](std::size_t size) {
        for (; next * ts::packet_size < size; next += step)
            deliver(receiver, packets(0x200, step, next));
    };
    before(sim::dvr_node::capacity / 2);
    CHECK(receiver.with([](auto&, auto&, auto& nodes) { return nodes.dvr().overflows(); }) == 0);
    before(sim::dvr_node::capacity * 4);
    CHECK(receiver.with([](auto&, auto&, auto& nodes) { return nodes.dvr().overflows(); }) == 1);

    constexpr auto everything = static_cast<std::size_t>(-1);
    const auto late = read(**input, everything);
    CHECK(late.errors == std::vector<int>{EOVERFLOW});
    // what came through is the beginning, without a hole
    CHECK(late.data.size() % ts::packet_size == 0);
    CHECK(late.data.size() < sim::dvr_node::capacity);
    CHECK(late.data == packets(0x200, late.data.size() / ts::packet_size));

    deliver(receiver, packets(0x200, 10, 7));
    const auto after = read(**input, 1);
    CHECK(after.errors.empty());
    CHECK(after.data == packets(0x200, 10, 7));
}

TEST_CASE("dvr0 has one opener, who begins with nothing") {
    const temporary_folder folder;
    served_nodes receiver{folder.path()};
    auto input = device::open_virtual_ts_input(folder.path());
    REQUIRE(input.has_value());
    CHECK(device::open_virtual_ts_input(folder.path()).error().value() == EBUSY);
    REQUIRE_FALSE((*input)->take_all());
    deliver(receiver, packets(0x200, 100));
    input->reset();

    input = device::open_virtual_ts_input(folder.path());
    REQUIRE(input.has_value());
    deliver(receiver, packets(0x200, 100));
    CHECK(nothing_to_read(**input));
}

TEST_CASE("a dvr0 whose receiver died gives what is left, then ENODEV") {
    const temporary_folder folder;
    std::optional<served_nodes> receiver;
    receiver.emplace(folder.path());
    const auto input = device::open_virtual_ts_input(folder.path());
    REQUIRE(input.has_value());
    REQUIRE_FALSE((*input)->take_all());
    deliver(*receiver, packets(0x200, 5));
    receiver.reset();
    constexpr auto everything = static_cast<std::size_t>(-1);
    const auto last = read(**input, everything);
    CHECK(last.data == packets(0x200, 5));
    CHECK(last.errors == std::vector<int>{ENODEV});
    CHECK((*input)->take_all().value() == ENODEV);
}
