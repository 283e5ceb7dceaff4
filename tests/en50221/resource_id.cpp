// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"

#include <cihost/en50221/resource_id.hpp>

#include <cstring>
#include <set>
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

TEST_CASE("resource_id: every name is one resource's, and says its version") {
    std::set<std::string> names;
    for (unsigned number = 0; number < 0x100; ++number)
        for (unsigned type : {1U, 2U})
            for (unsigned version = 1; version < 6; ++version) {
                const resource_id id{number << 16 | type << 6 | version};
                const std::string name = resource_name(id);
                if (name.empty())
                    continue;
                CHECK(names.insert(name).second);
                CHECK(name.back() == static_cast<char>('0' + version));
                CHECK((name.find("multi-stream") != std::string::npos) == (type == 2));
            }
    CHECK(names.size() == 20);
    CHECK(resource_name({0x00606003}) == std::string{"Low Speed Communications, IP, v3"});
    CHECK(resource_name({0x008C1001}) == std::string{"Content Control v1"});
    CHECK(resource_name({0x008C1002}) == std::string{"Content Control v2"});
}
