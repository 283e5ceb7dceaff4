// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/receiver_name.hpp"

#include "support/catch.hpp"

#include <string>

using namespace cihost;

TEST_CASE("a receiver's name stands for the nodes of its frontend's number") {
    for (const auto* const text : {"adapter0", "/dev/dvb/adapter0", "adapter0/frontend0"}) {
        const auto nodes = device::nodes_named(text);
        REQUIRE(nodes);
        CHECK(nodes->frontend == "/dev/dvb/adapter0/frontend0");
        CHECK(nodes->demux == "/dev/dvb/adapter0/demux0");
        CHECK(nodes->dvr == "/dev/dvb/adapter0/dvr0");
        CHECK(nodes->ca == "/dev/dvb/adapter0/ca0");
    }
    CHECK(device::nodes_named("adapter0", "/tmp")->dvr == "/tmp/adapter0/dvr0");
    CHECK(device::nodes_named("/tmp/adapter0", "/tmp")->dvr == "/tmp/adapter0/dvr0");
    const auto second = device::nodes_named("adapter12/frontend1");
    REQUIRE(second);
    CHECK(second->frontend == "/dev/dvb/adapter12/frontend1");
    CHECK(second->ca == "/dev/dvb/adapter12/ca1");
}

TEST_CASE("what is no receiver's name stands for no nodes") {
    for (const auto* const text :
         {"", "adapter", "adapter256", "adapter-1", "adapter0/", "adapter0/frontend", "frontend0",
          "adapter0/ca0", "adapter0 ", "/dev/adapter0", "/dev/dvb/", "virtual:/tmp"}) {
        CAPTURE(std::string{text});
        CHECK_FALSE(device::nodes_named(text));
    }
}
