// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/virtual_receiver.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/served_nodes.hpp"
#include "support/temporary_folder.hpp"
#include "support/wait.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using std::chrono::milliseconds;
using clock_type = std::chrono::steady_clock;

namespace {

/// The next read as bytes; empty and `error` set when it fails.
bytes read_block(device::ca_device& ca, int& error) {
    std::array<std::uint8_t, 8192> buffer;
    const auto n = ca.read(buffer);
    error = n ? 0 : n.error().value();
    return n ? bytes(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*n)) : bytes{};
}

bytes next_block(device::ca_device& ca) {
    int error = 0;
    REQUIRE(readable(ca.fd()));
    return read_block(ca, error);
}

} // namespace

TEST_CASE("one write is one TPDU to the module, one read one from it") {
    const temporary_folder folder;
    served_nodes receiver{folder.path()};
    const auto ca = device::open_virtual_ca(folder.path());
    REQUIRE(ca.has_value());
    CHECK((*ca)->slot_count() == 1);

    receiver.with([](auto& module, auto&...) {
        module.answer = "01 83 01 01"_hex;
        module.to_read = {"01 80 02 01 00"_hex};
    });
    CHECK(next_block(**ca) == "00 01 80 02 01 00"_hex);

    CHECK_FALSE((*ca)->write("00 01 82 01 01"_hex));
    CHECK(receiver.with([](auto& module, auto&...) { return module.written; }) ==
          std::vector<bytes>{"01 82 01 01"_hex});
    CHECK(next_block(**ca) == "00 01 83 01 01"_hex);

    int error = 0;
    read_block(**ca, error);
    CHECK(error == EAGAIN);
}

TEST_CASE("a buffer too short for a TPDU loses the rest of it, as in the kernel") {
    const temporary_folder folder;
    served_nodes receiver{folder.path()};
    const auto ca = device::open_virtual_ca(folder.path());
    REQUIRE(ca.has_value());
    receiver.with([](auto& module, auto&...) {
        module.to_read = {"01 02 03 04 05"_hex, "01 0a"_hex};
    });
    REQUIRE(readable((*ca)->fd()));
    std::array<std::uint8_t, 3> small;
    CHECK((*ca)->read(small).value() == 3);
    CHECK(next_block(**ca) == "00 01 0a"_hex);
    CHECK((*ca)->read(std::span{small}.first(1)).error().value() == EINVAL);
}

TEST_CASE("the second opener of ca0 gets EBUSY, the next one after close gets in") {
    const temporary_folder folder;
    const served_nodes receiver{folder.path()};
    auto first = device::open_virtual_ca(folder.path());
    REQUIRE(first.has_value());
    CHECK(device::open_virtual_ca(folder.path()).error().value() == EBUSY);
    for (int i = 0; i < 50; ++i) { // close and open at once: never EBUSY by a race
        first->reset();
        first = device::open_virtual_ca(folder.path());
        REQUIRE(first.has_value());
    }
}

TEST_CASE("what an opener did not read comes first to the next") {
    const temporary_folder folder;
    served_nodes receiver{folder.path()};
    {
        const auto first = device::open_virtual_ca(folder.path());
        REQUIRE(first.has_value());
        receiver.with([](auto& module, auto&...) {
            module.to_read = {"01 aa"_hex, "01 bb"_hex, "01 cc"_hex};
        });
        CHECK(next_block(**first) == "00 01 aa"_hex);
        // the other two must have left the module, or they are not stale
        REQUIRE(receiver.eventually([](auto& module, auto&...) { return module.to_read.empty(); }));
    }
    receiver.with([](auto& module, auto&...) { module.to_read.push_back("01 dd"_hex); });
    const auto second = device::open_virtual_ca(folder.path());
    REQUIRE(second.has_value());
    CHECK(next_block(**second) == "00 01 bb"_hex);
    CHECK(next_block(**second) == "00 01 cc"_hex);
    CHECK(next_block(**second) == "00 01 dd"_hex);
}

TEST_CASE("while ca0 is closed the module is not spoken to") {
    const temporary_folder folder;
    served_nodes receiver{folder.path()};
    device::open_virtual_ca(folder.path()).value().reset();
    REQUIRE(receiver.eventually([](auto&, auto&, auto& nodes) { return !nodes.ca().is_open(); }));
    const auto before = receiver.with([](auto& module, auto&...) {
        module.to_read = {"01 aa"_hex};
        return module.reads_asked;
    });
    // turns of the loop, without an opener
    for (int i = 0; i < 20; ++i)
        CHECK_FALSE(device::open_virtual_frontend(folder.path()).has_error());
    CHECK(receiver.with([](auto& module, auto&...) { return module.reads_asked; }) == before);
}

TEST_CASE("a write is refused with the kernel's errors") {
    const temporary_folder folder;
    served_nodes receiver{folder.path()};
    const auto ca = device::open_virtual_ca(folder.path());
    REQUIRE(ca.has_value());

    SECTION("no TPDU, and less") {
        CHECK((*ca)->write({}).value() == EINVAL);
        CHECK((*ca)->write("00"_hex).value() == EINVAL);
        CHECK_FALSE((*ca)->write("00 01"_hex));
        CHECK(receiver.with([](auto& module, auto&...) { return module.written.empty(); }));
    }
    SECTION("a slot that is not there") {
        CHECK((*ca)->write("01 01 a0 00"_hex).value() == EINVAL);
        CHECK((*ca)->status(1).error().value() == EINVAL);
    }
    SECTION("a module that is not READY") {
        receiver.with([](auto& module, auto&...) { module.is_ready = false; });
        CHECK((*ca)->write("00 01 a0 00"_hex).value() == EINVAL);
    }
    SECTION("a hung module blocks for half a second") {
        receiver.with([](auto& module, auto&...) { module.is_free = false; });
        const auto begin = clock_type::now();
        CHECK((*ca)->write("00 01 a0 00"_hex).value() == EIO);
        CHECK(clock_type::now() - begin >= milliseconds{500});
        receiver.with([](auto& module, auto&...) { module.is_free = true; });
        CHECK_FALSE((*ca)->write("00 01 a0 00"_hex));
    }
    SECTION("a message longer than the protocol knows is not sent") {
        CHECK((*ca)->write(bytes(70'000)).value() == EMSGSIZE);
        CHECK_FALSE((*ca)->write("00 01 a0 00"_hex));
    }
}

TEST_CASE("a blocked write ends when the module becomes free or leaves") {
    const temporary_folder folder;
    served_nodes receiver{folder.path()};
    const auto ca = device::open_virtual_ca(folder.path());
    REQUIRE(ca.has_value());
    receiver.with([](auto& module, auto&...) { module.is_free = false; });

    error_code error;
    std::thread writer{[&] { error = (*ca)->write("00 01 a0 00"_hex); }};
    std::this_thread::sleep_for(milliseconds{50});
    SECTION("free") {
        receiver.with([](auto& module, auto&...) { module.is_free = true; });
        writer.join();
        CHECK_FALSE(error);
        CHECK(receiver.with([](auto& module, auto&...) { return module.written.size(); }) == 1);
    }
    SECTION("gone") {
        receiver.with([](auto& module, auto&...) {
            module.is_ready = module.is_present = false;
            module.is_free = true;
        });
        writer.join();
        // if the thread was late the slot was not READY to begin with
        CHECK((error.value() == EIO || error.value() == EINVAL));
        CHECK(receiver.with([](auto& module, auto&...) { return module.written.empty(); }));
    }
}

TEST_CASE("a module that blocks its slot's write delays no other slot") {
    const temporary_folder folder;
    served_nodes receiver{folder.path(), 2};
    const auto ca = device::open_virtual_ca(folder.path());
    REQUIRE(ca.has_value());
    REQUIRE((*ca)->slot_count() == 2);
    receiver.with_slot(0, [](auto& module) { module.is_free = false; });
    receiver.stop_clock(); // the hung write ends when the module frees it, and not before

    error_code error;
    std::atomic<bool> ended = false;
    std::thread writer{[&] {
        error = (*ca)->write("00 01 a0 00"_hex);
        ended = true;
    }};
    CHECK(receiver.eventually([](auto& module, auto&...) { return module.found_busy > 0; }));
    CHECK_FALSE((*ca)->write("01 01 a0 00"_hex));
    CHECK((*ca)->status(1).value() == device::slot_status{.present = true, .ready = true});
    CHECK(receiver.with_slot(1, [](auto& module) { return module.written; }) ==
          std::vector<bytes>{"01 a0 00"_hex});
    CHECK_FALSE((*ca)->reset());
    CHECK_FALSE(ended);

    receiver.with_slot(0, [](auto& module) { module.is_free = true; });
    writer.join();
    CHECK_FALSE(error);
    CHECK(receiver.with_slot(0, [](auto& module) { return module.written.size(); }) == 1);
}

TEST_CASE("removal says nothing: only the slot's status tells") {
    const temporary_folder folder;
    served_nodes receiver{folder.path()};
    const auto ca = device::open_virtual_ca(folder.path());
    REQUIRE(ca.has_value());
    CHECK((*ca)->status(0).value() == device::slot_status{.present = true, .ready = true});
    receiver.with([](auto& module, auto&...) { module.is_ready = module.is_present = false; });
    CHECK((*ca)->status(0).value() == device::slot_status{});
    CHECK_FALSE(readable((*ca)->fd(), 50));
    int error = 0;
    read_block(**ca, error);
    CHECK(error == EAGAIN);
}

TEST_CASE("reset reaches the module") {
    const temporary_folder folder;
    served_nodes receiver{folder.path()};
    const auto ca = device::open_virtual_ca(folder.path());
    REQUIRE(ca.has_value());
    CHECK_FALSE((*ca)->reset());
    CHECK(receiver.with([](auto& module, auto&...) { return module.resets; }) == 1);
}

TEST_CASE("the death of the receiver is ENODEV for good") {
    const temporary_folder folder;
    std::optional<served_nodes> receiver;
    receiver.emplace(folder.path());
    const auto ca = device::open_virtual_ca(folder.path());
    REQUIRE(ca.has_value());
    receiver.reset();

    REQUIRE(readable((*ca)->fd()));
    int error = 0;
    read_block(**ca, error);
    CHECK(error == ENODEV);
    CHECK((*ca)->write("00 01 a0 00"_hex).value() == ENODEV);
    CHECK((*ca)->status(0).error().value() == ENODEV);
    CHECK((*ca)->reset().value() == ENODEV);
}
