// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/frontend_query.hpp"

#include "support/catch.hpp"
#include "support/fake_dvb.hpp"

#include <fcntl.h>

using namespace cihost;
using namespace cihost::test;
using device::delivery_system;
using systems = std::vector<delivery_system>;

namespace {

const std::string path = "/dev/dvb/adapter0/frontend0";

result<device::frontend_identity> asked(const fake_dvb::node& node) {
    fake_dvb kernel;
    kernel.nodes[path] = node;
    auto given = device::query_frontend(path, kernel);
    CHECK(kernel.descriptors.empty());
    CHECK(kernel.wrong_closes == 0);
    // nobody else is disturbed
    if (kernel.nodes[path].opens != 0)
        CHECK((kernel.nodes[path].flags & O_ACCMODE) == O_RDONLY);
    return given;
}

} // namespace

TEST_CASE("a frontend says its name and delivery systems") {
    const auto found =
        asked({.name = "Sony CXD2841ER", .systems = {SYS_DVBC_ANNEX_A, SYS_DVBT, SYS_DVBT2}});
    REQUIRE(found.has_value());
    CHECK(found->name == "Sony CXD2841ER");
    CHECK(found->systems ==
          systems{delivery_system::dvbc, delivery_system::dvbt, delivery_system::dvbt2});
}

TEST_CASE("systems that are not ours are left out, and none comes twice") {
    const auto found =
        asked({.systems = {SYS_DVBC_ANNEX_A, SYS_DVBC_ANNEX_C, SYS_TURBO, 0, 250, SYS_DVBS2}});
    REQUIRE(found.has_value());
    CHECK(found->systems == systems{delivery_system::dvbc, delivery_system::dvbs2});
}

TEST_CASE("more systems than the answer can hold are not read") {
    const auto found = asked({.systems = std::vector<std::uint8_t>(200, SYS_ATSC)});
    REQUIRE(found.has_value());
    CHECK(found->systems == systems{delivery_system::atsc});
}

TEST_CASE("a name that fills its field has no end of its own") {
    const auto found = asked({.name = std::string(128, 'x'), .systems = {SYS_DVBT}});
    REQUIRE(found.has_value());
    CHECK(found->name == std::string(128, 'x'));
}

TEST_CASE("a driver that cannot list its systems has a type") {
    const auto old = [](fe_type_t type, std::uint32_t caps) {
        const auto found =
            asked({.failures = {{FE_GET_PROPERTY, EOPNOTSUPP}}, .caps = caps, .type = type});
        REQUIRE(found.has_value());
        return found->systems;
    };
    CHECK(old(FE_QPSK, 0) == systems{delivery_system::dvbs});
    CHECK(old(FE_QPSK, FE_CAN_2G_MODULATION) ==
          systems{delivery_system::dvbs, delivery_system::dvbs2});
    CHECK(old(FE_QAM, 0) == systems{delivery_system::dvbc});
    CHECK(old(FE_OFDM, 0) == systems{delivery_system::dvbt});
    CHECK(old(FE_OFDM, FE_CAN_2G_MODULATION) ==
          systems{delivery_system::dvbt, delivery_system::dvbt2});
    CHECK(old(FE_ATSC, FE_CAN_8VSB | FE_CAN_QAM_256) ==
          systems{delivery_system::atsc, delivery_system::dvbc_b});
    CHECK(old(FE_ATSC, 0).empty());
}

TEST_CASE("why a frontend cannot be asked is its errno") {
    CHECK(asked({.open_error = EACCES}).error().value() == EACCES);
    CHECK(asked({.open_error = ENODEV}).error().value() == ENODEV);
    CHECK(asked({.failures = {{FE_GET_INFO, ENOTTY}}}).error().value() == ENOTTY);
    CHECK(asked({.failures = {{FE_GET_PROPERTY, ENODEV}}}).error().value() == ENODEV);
    fake_dvb empty;
    CHECK(device::query_frontend(path, empty).error().value() == ENOENT);
}
