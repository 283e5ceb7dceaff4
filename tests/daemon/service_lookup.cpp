// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/service_lookup.hpp"

#include "support/catch.hpp"

using namespace cihost;
using namespace cihost::daemon;

TEST_CASE("an exact name goes before one in another case") {
    std::vector<runtime::service_report> services(3);
    services[0].program_number = 1;
    services[0].name = "arte";
    services[1].program_number = 2;
    services[1].name = "ARTE";
    services[2].program_number = 3;
    services[2].name = "3sat";
    const auto numbers = [&](const service_ref& wanted) {
        std::vector<int> found;
        for (const auto* s : find_services(services, wanted))
            found.push_back(s->program_number);
        return found;
    };
    CHECK(numbers(std::string("arte")) == std::vector{1});
    CHECK(numbers(std::string("Arte")) == std::vector{1, 2});
    CHECK(numbers(std::string("3SAT")) == std::vector{3});
    CHECK(numbers(std::string("3")).empty());
    CHECK(numbers(std::uint16_t{2}) == std::vector{2});
    CHECK(numbers(std::uint16_t{9}).empty());
}
