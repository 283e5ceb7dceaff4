// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/device_factory.hpp"

#include "support/catch.hpp"

#include <cerrno>

using namespace cihost;
using namespace cihost::runtime;
using node = device_factory::node;

namespace {
error_code errno_code(int value) { return {value, boost::system::generic_category()}; }
} // namespace

TEST_CASE("an error of a virtual receiver names its folder and how to start it") {
    const auto devices = virtual_devices("/no/such/folder");
    const auto opened = devices.open_ts_input();
    REQUIRE_FALSE(opened);
    CHECK(explain(devices, node::ts_input, opened.error()) ==
          "The transport stream output of the virtual receiver in /no/such/folder cannot be used: "
          "No such file or directory. Start the receiver: cihost-sim run FILE.ts --dir "
          "/no/such/folder.");
    CHECK(explain(devices, node::frontend, errno_code(EBUSY)).find("cihost-sim") ==
          std::string::npos);
}

TEST_CASE("devices of the kernel: an error names its node; without a CA node there is none") {
    device::linux_nodes nodes;
    nodes.frontend = "/no/such/adapter/frontend0";
    nodes.demux = "/no/such/adapter/demux0";
    nodes.dvr = "/no/such/adapter/dvr0";
    const auto without = linux_devices(nodes);
    CHECK_FALSE(without.open_ca);
    CHECK(without.where == "/no/such/adapter/frontend0");
    const auto input = without.open_ts_input();
    REQUIRE_FALSE(input);
    CHECK(explain(without, node::ts_input, input.error()).find("/no/such/adapter/demux0") !=
          std::string::npos);
    nodes.ca = "/no/such/adapter/ca0";
    const auto with = linux_devices(nodes);
    const auto ca = with.open_ca();
    REQUIRE_FALSE(ca);
    CHECK(ca.error() == errno_code(ENOENT));
    CHECK(explain(with, node::ca, ca.error()).find("/no/such/adapter/ca0") != std::string::npos);
}

TEST_CASE("a factory that explains nothing gives the error itself") {
    const device_factory devices{.where = "the test"};
    CHECK(explain(devices, node::frontend, errno_code(EBUSY)) ==
          "The tuner in the test cannot be used: Device or resource busy.");
}
