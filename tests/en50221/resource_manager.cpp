// SPDX-License-Identifier: LGPL-2.1-or-later
/// Resource Manager beyond its first dialogue, which tests/en50221/resources.cpp has.

#include "en50221/resource_manager.hpp"

#include "base/hex.hpp"
#include "support/catch.hpp"
#include "support/conversation.hpp"
#include "support/hex.hpp"

#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
    explicit fixture(unsigned version = 1, std::uint8_t module_id = 3)
        : subject{1, out, version, profile, module_id} {
        subject.opened(now);
    }
    std::vector<std::string> sent() {
        std::vector<std::string> all;
        for (; !out.apdus.empty(); out.apdus.pop_front())
            all.push_back(to_hex(out.apdus.front().data));
        return all;
    }
    /// False: the object is unknown here.
    bool say(std::uint32_t tag, const bytes& body = {}) {
        return subject.receive({tag, body}, now);
    }

    time_point now{1h};
    outbox out;
    std::vector<resource_id> profile{resource_manager_v1};
    resource_manager subject;
};

using lines = std::vector<std::string>;

} // namespace

TEST_CASE("resource_manager: a module that answers every change by a change comes to an end") {
    fixture f;
    f.sent();
    // enquired once at the opening: its profile brings our profile_change
    f.say(apdu::profile);
    REQUIRE(f.sent() == lines{"9f 80 12 00"});
    for (int i = 0; i < 3; ++i) {
        f.say(apdu::profile_change);
        CHECK(f.sent() == lines{"9f 80 10 00"});
        f.say(apdu::profile);
        CHECK(f.sent().empty());
    }
    // another list is another matter
    f.say(apdu::profile_change);
    f.sent();
    f.say(apdu::profile, "00040041"_hex);
    CHECK(f.sent() == lines{"9f 80 12 00"});
}

TEST_CASE("resource_manager: version 2 gives a module the number of its slot") {
    fixture two{2, 3};
    two.sent();
    CHECK(two.say(apdu::module_id_send, "00"_hex));
    CHECK(two.sent() == lines{"9f 80 14 02 02 03"});
    CHECK(two.say(apdu::module_id_send, "C3"_hex)); // reserved bits set
    CHECK(two.sent() == lines{"9f 80 14 02 01 03"});
    CHECK(two.say(apdu::module_id_send));
    CHECK(two.sent().empty());
    CHECK(two.out.events.size() == 1);
    fixture one{1};
    one.sent();
    CHECK_FALSE(one.say(apdu::module_id_send, "00"_hex));
    CHECK(one.sent().empty());
}

TEST_CASE("resource_manager: a list that changes in a conversation is told, and then counts") {
    resource_settings more;
    more.resource_manager = 2;
    more.application_information = 5;
    more.host_control = 0;
    script()
        .host("82 01 01")
        .cam("83 01 01 80 02 01 00")
        .host("A0 01 01")
        .cam("A0 07 01 91 04 00 01 00 41 80 02 01 00")
        .host("A0 0A 01 92 07 00 00 01 00 41 00 01")
        .cam("80 02 01 00")
        .host("A0 09 01 90 02 00 01 9F 80 10 00")
        .cam("A0 07 01 91 04 00 02 00 45 80 02 01 00")
        .host("A0 0A 01 92 07 F2 00 02 00 41 00 00")
        .cam("80 02 01 00")
        .call("offer", [more](slot& s, time_point now) { s.offer(more, now); })
        .host("A0 09 01 90 02 00 01 9F 80 12 00")
        .cam("A0 09 01 90 02 00 01 9F 80 10 00 80 02 01 00")
        .host("A0 2D 01 90 02 00 01 9F 80 11 24 00 01 00 41 00 01 00 42 00 02 00 41 00 02 00 42 "
              "00 02 00 43 00 02 00 45 00 03 00 41 00 24 00 41 00 40 00 41")
        .cam("A0 07 01 91 04 00 02 00 45 80 02 01 00")
        .host("A0 0A 01 92 07 00 00 02 00 45 00 02")
        .run();
}
