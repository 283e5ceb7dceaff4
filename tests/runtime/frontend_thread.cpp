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
    frontend_thread thread{
        control, world.devices(), {.frequency_hz = 1}, [&](const frontend_state& s) { state = s; }};
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
    frontend_thread thread{control, devices, {}, [&](const frontend_state& s) {
                               state = s;
                               ever_locked = ever_locked || s.signal.locked;
                           }};
    REQUIRE(run_until(context, [&] { return opens >= 2; }));
    CHECK(state.error == boost::system::errc::invalid_argument);
    CHECK_FALSE(ever_locked);
    control.close();
}
