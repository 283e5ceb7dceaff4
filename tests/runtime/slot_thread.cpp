// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/slot_thread.hpp"

#include "driver.hpp"
#include "fake_receiver.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <thread>

using namespace cihost;
using namespace cihost::runtime;
using namespace cihost::test;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

struct fixture {
    fake_receiver world;
    boost::asio::io_context context;
    control_queue control{context};
    slot_thread thread{control};
    std::shared_ptr<device::ca_device> device = world.devices().open_ca().value();
    bytes tpdu = "00 01 82 01 01"_hex;
};

} // namespace

TEST_CASE("answers come on the control thread") {
    fixture f;
    std::optional<result<device::slot_status>> status;
    std::optional<error_code> reset;
    REQUIRE(f.thread.ask_status(f.device, 0, {}, [&](auto s) { status = s; }));
    REQUIRE(f.thread.reset(f.device, [&](error_code e) { reset = e; }));
    REQUIRE(run_until(f.context, [&] { return status && reset; }));
    CHECK(status->value().present);
    CHECK_FALSE(*reset);
    CHECK(f.world.resets == 1);

    status.reset();
    REQUIRE(f.thread.ask_status(f.device, 5, {}, [&](auto s) { status = s; }));
    REQUIRE(run_until(f.context, [&] { return status.has_value(); }));
    CHECK(status->error() == boost::system::errc::invalid_argument);
}

TEST_CASE("a write that hangs fills the queue and nothing else; stop waits for it alone") {
    fixture f;
    f.world.write_blocks_ms = 300;
    unsigned answers = 0;
    const auto before = clock_type::now();
    const auto write = [&] {
        return f.thread.write(f.device, f.tpdu, slot_thread::success::told,
                              [&](error_code) { ++answers; });
    };
    REQUIRE(write());
    while (!f.world.in_write)
        std::this_thread::yield();
    unsigned taken = 0;
    while (write())
        ++taken;
    CHECK(taken < 100);
    CHECK(clock_type::now() - before < 250ms);
    f.thread.stop();
    CHECK(f.world.writes == 1);
    f.context.poll();
    CHECK(answers == 1);
}

TEST_CASE("a device is closed on the slot's thread") {
    fixture f;
    const std::weak_ptr<device::ca_device> watched = f.device;
    f.thread.release(std::move(f.device));
    REQUIRE(run_until(f.context, [&] { return watched.expired(); }));
}
