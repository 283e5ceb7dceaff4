// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"

#include <cihost/en50221/resource_id.hpp>

#include <string>

using namespace cihost::en50221;

TEST_CASE("resource_id: fields") {
    constexpr resource_id id{0x00030041};
    CHECK(id.resource_class() == 3);
    CHECK(id.type() == 1);
    CHECK(id.version() == 1);
    CHECK(id.same_resource({0x00030042}));
    CHECK_FALSE(id.same_resource({0x00030081}));
    CHECK_FALSE(id.same_resource({0xC0030041})); // a private one
}

TEST_CASE("resource_id: names") {
    CHECK(resource_name(ca_support_v1) == std::string{"CA Support v1"});
    CHECK(resource_name({0x00411234}) == std::string{});
}
