// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/frontend_thread.hpp"

#include "driver.hpp"
#include "fake_receiver.hpp"
#include "support/catch.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>

using namespace cihost;
using namespace cihost::runtime;
using namespace cihost::test;

TEST_CASE("a tuner is opened when it is there, watched, and opened again when it went away") {
    fake_receiver world;
    boost::asio::io_context context;
    control_queue control{context};
    frontend_state state;
    world.frontend_exists = false;
    world.locked = false;
    frontend_thread thread{control,
                           world.devices(),
                           {device::tuning{.frequency_hz = 1}},
                           [&](const frontend_state& s) { state = s; }};
    REQUIRE(run_until(context, [&] { return bool{state.error}; }));
    CHECK(state.error == boost::system::errc::no_such_file_or_directory);
    CHECK_FALSE(state.open);
    world.frontend_exists = true;
    REQUIRE(run_until(context, [&] { return state.open; }));
    CHECK_FALSE(state.error);
    CHECK_FALSE(state.signal.locked);
    world.locked = true;
    REQUIRE(run_until(context, [&] { return state.signal.locked; }));
    CHECK(state.signal.cnr_mdb == 30'000);
    world.frontend_exists = false;
    REQUIRE(run_until(context, [&] { return !state.open; }));
    CHECK_FALSE(state.signal.locked);
    world.frontend_exists = true;
    REQUIRE(run_until(context, [&] { return state.signal.locked; }));
    control.close();
}

TEST_CASE("a tuner that refuses to be tuned is tried again, then opened afresh") {
    struct stubborn final : device::frontend {
        error_code tune(const device::tuning&) noexcept override {
            return {EINVAL, boost::system::generic_category()};
        }
        result<device::signal_status> status() noexcept override {
            return device::signal_status{true, 0, 0};
        }
    };
    std::atomic<unsigned> opens = 0;
    device_factory devices;
    devices.open_frontend = [&]() -> result<std::unique_ptr<device::frontend>> {
        ++opens;
        return std::make_unique<stubborn>();
    };
    boost::asio::io_context context;
    control_queue control{context};
    bool ever_locked = false;
    frontend_state state;
    frontend_thread thread{control, devices, {device::tuning{}}, [&](const frontend_state& s) {
                               state = s;
                               ever_locked = ever_locked || s.signal.locked;
                           }};
    REQUIRE(run_until(context, [&] { return opens >= 2; }));
    CHECK(state.error == boost::system::errc::invalid_argument);
    CHECK_FALSE(ever_locked);
    control.close();
}

TEST_CASE("a tuner goes from one multiplex to another, and is closed with nothing to receive") {
    fake_receiver world;
    boost::asio::io_context context;
    control_queue control{context};
    frontend_state state;
    frontend_thread thread{
        control, world.devices(), {}, [&](const frontend_state& s) { state = s; }};
    context.run_for(std::chrono::milliseconds{50});
    CHECK_FALSE(world.frontend_open);
    thread.tune({device::tuning{.frequency_hz = 1}, 1});
    REQUIRE(run_until(context, [&] { return state.generation == 1 && state.signal.locked; }));
    CHECK(world.frequency == 1);
    thread.tune({device::tuning{.frequency_hz = 2}, 2});
    REQUIRE(run_until(context, [&] { return state.generation == 2; }));
    CHECK(world.frequency == 2);
    CHECK_FALSE(state.signal.locked);
    REQUIRE(run_until(context, [&] { return state.signal.locked; }));
    thread.tune({{}, 3});
    REQUIRE(run_until(context, [&] { return !world.frontend_open; }));
    thread.tune({device::tuning{.frequency_hz = 4}, 4});
    REQUIRE(run_until(context, [&] { return state.generation == 4 && state.signal.locked; }));
    CHECK(world.frontend_open);
    control.close();
}
