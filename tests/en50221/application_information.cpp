// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/application_information.hpp"

#include "one_session.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <chrono>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

resource_settings settings_for(unsigned data_rate_mbit) {
    resource_settings all;
    all.application_information = 5;
    all.data_rate_mbit = data_rate_mbit;
    return all;
}

struct fixture : one_session {
    explicit fixture(unsigned version, unsigned data_rate_mbit = 72)
        : one_session{settings_for(data_rate_mbit),
                      with_version(application_information_v1, version)} {}
};

using lines = std::vector<std::string>;
const auto info = "9F8021 09 01 CAFE BABE 03 566961"_hex;

} // namespace

TEST_CASE("application_information: from version 3 on the data rate is told, once") {
    for (const unsigned version : {1U, 2U}) {
        fixture f{version};
        CHECK(f.say(info).empty());
    }
    for (const unsigned version : {3U, 5U}) {
        fixture f{version};
        CHECK(f.say(info) == lines{"9f 80 24 01 00"});
        CHECK(f.say(info).empty());
    }
    fixture fast{3, 96};
    CHECK(fast.say(info) == lines{"9f 80 24 01 01"});
}

TEST_CASE("application_information: from version 3 on a module may ask for a reset") {
    fixture old{2};
    old.say("9F8023 00"_hex);
    old.next<violation>();
    fixture f{3};
    f.say("9F8023 00"_hex);
    f.next<cicam_reset_requested>();
    CHECK_FALSE(f.layer.next_event());
}

TEST_CASE("application_information: a name longer than its object, or none, does no harm") {
    fixture f{1};
    f.say("9F8021 09 01 CAFE BABE FF 566961"_hex); // quirk 27
    CHECK(f.next<application_info_received>().info.menu_string == "Via");
    f.say("9F8021 05 01 CAFE BABE"_hex);
    CHECK(f.next<application_info_received>().info.menu_string.empty());
    // quirk 40: what a module that did not come up tells
    f.say("9F8021 0C 00 0000 0000 06 0015FF808D1F"_hex);
    CHECK(f.next<application_info_received>().info.manufacturer == 0);
    f.say("9F8021 08 FF FFFF FFFF FF FFFF"_hex);
    CHECK(f.next<application_info_received>().info.application_type == 0xFF);
    // quirk 26: the last length is one or two too small
    f.say("9F8021 08 01 CAFE BABE 03 566961"_hex);
    CHECK(f.next<application_info_received>().info.menu_string == "Via");
    f.say("9F8021 07 01 CAFE BABE 03 566961"_hex);
    CHECK(f.next<application_info_received>().info.menu_string == "Via");
}

TEST_CASE("application_information: versions are in the profile one by one, but for the fourth") {
    std::vector<unsigned> versions;
    for (const auto& offer : offered_resources(settings_for(72)))
        if (offer.id.same_resource(application_information_v1))
            versions.push_back(offer.id.version());
    CHECK(versions == std::vector<unsigned>{1, 2, 3, 5});
    resource_settings out_of_range;
    out_of_range.resource_manager = 0;
    out_of_range.application_information = 0;
    out_of_range.host_control = 9;
    std::vector<std::uint32_t> ids;
    for (const auto& offer : offered_resources(out_of_range))
        ids.push_back(offer.id.value);
    CHECK(ids == std::vector<std::uint32_t>{0x00010041, 0x00020041, 0x00030041, 0x00200041,
                                            0x00200042, 0x00200043, 0x00240041, 0x00400041});
}
