// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/virtual_receiver.hpp"
#include "support/catch.hpp"
#include "support/served_nodes.hpp"
#include "support/temporary_folder.hpp"

#include <cerrno>

using namespace cihost;
using namespace cihost::test;

TEST_CASE("tuning and the signal pass between host and tuner") {
    const temporary_folder folder;
    served_nodes receiver{folder.path()};
    auto frontend = device::open_virtual_frontend(folder.path());
    REQUIRE(frontend.has_value());
    CHECK_FALSE((*frontend)->status().value().locked);

    CHECK_FALSE((*frontend)->tune({.frequency_hz = 11'303'000'000}));
    receiver.with([](auto&, auto& tuner, auto&) {
        CHECK(tuner.frequency_hz == 11'303'000'000);
        tuner.now = {.locked = 1, .strength_mdbm = -48'000, .cnr_mdb = 27'500};
    });
    const auto status = (*frontend)->status().value();
    CHECK(status.locked);
    CHECK(status.strength_mdbm == -48'000);
    CHECK(status.cnr_mdb == 27'500);
}

TEST_CASE("one opener of frontend0; closing powers the tuner down") {
    const temporary_folder folder;
    served_nodes receiver{folder.path()};
    auto frontend = device::open_virtual_frontend(folder.path());
    REQUIRE(frontend.has_value());
    CHECK(device::open_virtual_frontend(folder.path()).error().value() == EBUSY);
    frontend->reset();
    CHECK(receiver.eventually([](auto&, auto& tuner, auto&) { return tuner.power_downs == 1; }));
}
