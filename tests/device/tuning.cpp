// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/tuning.hpp"

#include "device/delivery_system.hpp"
#include "support/catch.hpp"

#include <array>
#include <string>

using namespace cihost::device;

namespace {

constexpr std::array systems{delivery_system::dvbt, delivery_system::dvbt2, delivery_system::dvbc,
                             delivery_system::dvbs, delivery_system::dvbs2, delivery_system::isdbt,
                             delivery_system::atsc, delivery_system::dvbc_b};

const tuning terrestrial{.system = delivery_system::dvbt, .frequency_hz = 474'000'000};
const tuning satellite{.system = delivery_system::dvbs2,
                       .frequency_hz = 11'479'000'000,
                       .symbol_rate = 22'000'000,
                       .polarity = polarization::vertical,
                       .lnb = "UNIVERSAL",
                       .satellite_number = 1};

tuning changed(tuning from, auto change) {
    change(from);
    return from;
}

} // namespace

TEST_CASE("each delivery system has a name and the kernel's number") {
    for (const auto system : systems) {
        CHECK(std::string{name(system)} != "");
        CHECK(kernel_number(system) != 0);
        CHECK(from_kernel_number(kernel_number(system)) == system);
    }
    CHECK(std::string{name(delivery_system::dvbt2)} == "DVB-T2");
    CHECK(std::string{name(delivery_system::unspecified)}.empty());
    CHECK(kernel_number(delivery_system::unspecified) == 0);
    CHECK(from_kernel_number(4711) == delivery_system::unspecified);
    CHECK(from_kernel_number(0) == delivery_system::unspecified);
}

TEST_CASE("what differs makes another multiplex") {
    CHECK(same_multiplex(satellite, satellite));
    CHECK_FALSE(same_multiplex(
        satellite, changed(satellite, [](tuning& t) { t.polarity = polarization::horizontal; })));
    CHECK_FALSE(
        same_multiplex(satellite, changed(satellite, [](tuning& t) { t.satellite_number = 0; })));
    CHECK_FALSE(same_multiplex(
        satellite, changed(satellite, [](tuning& t) { t.system = delivery_system::dvbs; })));
    CHECK_FALSE(same_multiplex(satellite, changed(satellite, [](tuning& t) { t.stream_id = 3; })));
    // found out by the frontend
    CHECK(same_multiplex(satellite, changed(satellite, [](tuning& t) {
                             t.symbol_rate = 0;
                             t.lnb = "EXTENDED";
                             t.system = delivery_system::unspecified;
                         })));
}

TEST_CASE("channel lists differ a little in frequencies") {
    const auto at = [](const tuning& from, std::uint64_t hz) {
        return changed(from, [hz](tuning& t) { t.frequency_hz = hz; });
    };
    CHECK(same_multiplex(terrestrial, at(terrestrial, 474'500'000)));
    CHECK(same_multiplex(at(terrestrial, 474'500'000), terrestrial));
    CHECK_FALSE(same_multiplex(terrestrial, at(terrestrial, 474'500'001)));
    CHECK(same_multiplex(satellite, at(satellite, 11'477'000'000)));
    CHECK_FALSE(same_multiplex(satellite, at(satellite, 11'476'999'999)));
}

TEST_CASE("a tuning is said in words") {
    CHECK(describe(terrestrial) == "474 MHz, DVB-T");
    CHECK(describe(satellite) == "11,479 MHz vertical, DVB-S2, switch input 1");
    CHECK(describe({.frequency_hz = 177'500'000}) == "177.5 MHz");
    CHECK(describe({.frequency_hz = 474'166'667}) == "474.166667 MHz");
    CHECK(describe({.frequency_hz = 1'234'567'000'000}) == "1,234,567 MHz");
    CHECK(describe({.frequency_hz = 0}) == "0 MHz");
    CHECK(describe(changed(terrestrial, [](tuning& t) {
              t.system = delivery_system::dvbt2;
              t.stream_id = 0;
          })) == "474 MHz, DVB-T2, PLP 0");
    CHECK(describe(changed(satellite, [](tuning& t) {
              t.stream_id = 7;
              t.satellite_number = -1;
              t.polarity = polarization::left;
          })) == "11,479 MHz left, DVB-S2, stream 7");
    CHECK(describe({.frequency_hz = 1, .polarity = polarization::right}) == "0.000001 MHz right");
    CHECK(describe({.frequency_hz = 12'000'000'000, .polarity = polarization::horizontal}) ==
          "12,000 MHz horizontal");
}
