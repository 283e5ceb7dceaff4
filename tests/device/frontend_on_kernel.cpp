// SPDX-License-Identifier: LGPL-2.1-or-later

/// Inventory and frontend on a real kernel, as on_kernel.cpp has the other devices.
#include "device/inventory.hpp"
#include "device/linux_receiver.hpp"
#include "device/system_calls.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/lab_node.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <linux/dvb/frontend.h>
#include <string>
#include <thread>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using device::delivery_system;

namespace {

const device::linux_nodes nodes{.frontend = "/dev/dvb/adapter0/frontend0",
                                .demux = "/dev/dvb/adapter0/demux0",
                                .dvr = "/dev/dvb/adapter0/dvr0",
                                .ca = "/dev/dvb/adapter0/ca0"};

const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
};

} // namespace

TEST_CASE("a kernel's adapter: what it has, what belongs together, who holds it", "[kernel]") {
    CIHOST_NEEDS_LAB("ts0");
    const auto adapters = device::find_adapters();
    REQUIRE(adapters.size() == 1);
    const auto& adapter = adapters[0];
    CHECK(adapter.number == 0);
    REQUIRE(adapter.frontends.size() == 1);
    CHECK_FALSE(adapter.frontends[0].name.empty());
    CHECK(adapter.frontends[0].problem.empty());
    CHECK(adapter.frontends[0].systems == std::vector{delivery_system::dvbt, delivery_system::dvbt2,
                                                      delivery_system::dvbc, delivery_system::dvbs,
                                                      delivery_system::dvbs2});
    REQUIRE(adapter.ca_devices.size() == 2);
    CHECK(adapter.ca_devices[0].kind == device::ca_kind::link);
    CHECK(adapter.ca_devices[0].slots.size() == 2);
    CHECK(adapter.ca_devices[1].kind == device::ca_kind::descrambler);
    REQUIRE(adapter.receivers.size() == 1);
    CHECK(adapter.receivers[0] == nodes);

    const auto ca = device::open_linux_ca(nodes, device::kernel());
    REQUIRE(ca.has_value());
    const auto held = device::find_adapters().at(0).ca_devices.at(0);
    REQUIRE(held.holders.size() == 1);
    CHECK(held.holders[0].program == "test_device");
    CHECK(held.problem.empty()); // by us
}

#ifdef CIHOST_HAVE_LIBDVBV5

namespace {

/// The last tuning that the kernel was asked for, once it is to this frequency with this tone. It
/// may take several: the kernel repeats one while there is no lock.
lab_tuning tuned(lab_node& air, std::uint32_t frequency, std::uint32_t tone = SEC_TONE_OFF) {
    lab_tuning last{};
    for (std::size_t count = 1;; ++count) {
        const auto all = air.wait(lab_tune, count);
        REQUIRE(all.size() >= count);
        REQUIRE(all.back().size() == sizeof last);
        std::memcpy(&last, all.back().data(), sizeof last);
        if (last.frequency == frequency && last.tone == tone)
            return last;
        count = all.size();
    }
}

bytes diseqc(const lab_tuning& t) {
    return {t.diseqc, t.diseqc + std::min<std::size_t>(t.diseqc_length, sizeof t.diseqc)};
}

bool locks(device::frontend& tuner, device::signal_status& last) {
    for (int i = 0; i < 1000; ++i) {
        const auto status = tuner.status();
        REQUIRE(status.has_value());
        last = *status;
        if (last.locked)
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    return false;
}

device::tuning satellite(std::uint64_t frequency_hz, device::polarization polarity, int switch_to) {
    device::tuning where;
    where.system = delivery_system::dvbs2;
    where.frequency_hz = frequency_hz;
    where.symbol_rate = 22'000'000;
    where.polarity = polarity;
    where.lnb = "UNIVERSAL";
    where.satellite_number = switch_to;
    return where;
}

} // namespace

TEST_CASE("a kernel's frontend: one holder, a lock with its figures, power down", "[kernel]") {
    CIHOST_NEEDS_LAB("ts0");
    lab_node air{"ts0"};
    {
        const auto opened = device::open_linux_frontend(nodes);
        REQUIRE(opened.has_value());
        auto& tuner = **opened;
        const auto second = device::open_linux_frontend(nodes);
        REQUIRE_FALSE(second.has_value());
        CHECK(second.error().value() == EBUSY);
        CHECK(has(device::explain_node_error(nodes.frontend, second.error()),
                  "in use by this program already"));

        device::tuning where;
        where.system = delivery_system::dvbt;
        where.frequency_hz = 474'000'000;
        where.bandwidth_hz = 8'000'000;
        REQUIRE_FALSE(tuner.tune(where));
        const auto told = tuned(air, 474'000'000);
        CHECK(told.delivery_system == SYS_DVBT);
        CHECK(told.bandwidth_hz == 8'000'000);
        CHECK_FALSE(tuner.status()->locked);
        air.send(lab_signal,
                 lab_signal_state{
                     .locked = 1, .strength_mdbm = -45250, .cnr_mdb = 27500, .reserved = 0});
        device::signal_status signal;
        REQUIRE(locks(tuner, signal));
        CHECK(signal.strength_mdbm == -45250);
        CHECK(signal.cnr_mdb == 27500);

        // not of this tuner, and not of any
        where.system = delivery_system::isdbt;
        CHECK(tuner.tune(where).value() == EINVAL);
        where.system = delivery_system::dvbt;
        CHECK_FALSE(tuner.tune(where));
        CHECK(air.wait(lab_sleep, 0).empty());
    }
    CHECK(air.wait(lab_sleep).size() == 1);
    CHECK(device::open_linux_frontend(nodes).has_value());
}

TEST_CASE("a kernel's frontend: LNB and DiSEqC switch of a dish", "[kernel]") {
    CIHOST_NEEDS_LAB("ts0");
    using enum device::polarization;
    lab_node air{"ts0"};
    const auto opened = device::open_linux_frontend(nodes);
    REQUIRE(opened.has_value());
    auto& tuner = **opened;

    // low band: 9.75 GHz, no tone
    REQUIRE_FALSE(tuner.tune(satellite(11'494'000'000, horizontal, 1)));
    auto told = tuned(air, 1'744'000);
    CHECK(told.delivery_system == SYS_DVBS2);
    CHECK(told.symbol_rate == 22'000'000);
    CHECK(told.voltage == SEC_VOLTAGE_18);
    CHECK(diseqc(told) == "e0 10 38 f6"_hex);

    // high band: 10.6 GHz, tone
    REQUIRE_FALSE(tuner.tune(satellite(12'721'000'000, vertical, 3)));
    told = tuned(air, 2'121'000, SEC_TONE_ON);
    CHECK(told.voltage == SEC_VOLTAGE_13);
    CHECK(diseqc(told) == "e0 10 38 fd"_hex);

    // no LNB receives that
    CHECK(tuner.tune(satellite(9'000'000'000, vertical, -1)));
}
#endif
