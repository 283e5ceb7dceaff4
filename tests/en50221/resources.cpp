// SPDX-License-Identifier: LGPL-2.1-or-later
/// The resources by bare APDUs, as high-level CI drivers give them.

#include "en50221/resources.hpp"

#include "base/hex.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/samples.hpp"

#include <chrono>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;
using namespace std::chrono;

namespace {

struct fixture {
    resources layer;
    cihost::time_point now{1h};

    std::vector<std::string> sent() {
        std::vector<std::string> all;
        while (const auto apdu = layer.next_apdu())
            all.push_back(std::to_string(apdu->session_nb) + ": " + to_hex(apdu->data));
        return all;
    }
    std::vector<std::string> open(std::uint16_t session_nb, resource_id id) {
        layer.session_opened(session_nb, id, now);
        return sent();
    }
    std::vector<std::string> say(std::uint16_t session_nb, const bytes& apdus) {
        layer.receive(session_nb, apdus, now);
        return sent();
    }
    template<class T>
    T next() {
        auto what = layer.next_event();
        REQUIRE(what);
        REQUIRE(std::holds_alternative<T>(*what));
        return std::get<T>(*what);
    }
};

using lines = std::vector<std::string>;

const std::string our_profile =
    "1: 9f 80 11 18 00 01 00 41 00 02 00 41 00 03 00 41 00 20 00 41 00 24 00 41 00 40 00 41";

broadcast_clock noon(cihost::time_point now) {
    return {sys_days{2024y / March / 1} + 12h + 34min + 56s, 60min, now};
}

} // namespace

TEST_CASE("resource_manager: the dialogue") {
    fixture f;
    CHECK(f.open(1, resource_manager_v1) == lines{"1: 9f 80 10 00"});
    CHECK(f.say(1, "9F8011 00"_hex) == lines{"1: 9f 80 12 00"});
    CHECK(f.say(1, "9F8010 00"_hex) == lines{our_profile});
    // the module's resources changed
    CHECK(f.say(1, "9F8012 00"_hex) == lines{"1: 9f 80 10 00"});
    CHECK(f.say(1, "9F8011 04 00040041"_hex) == lines{"1: 9f 80 12 00"});
}

TEST_CASE("resource_manager: an enquiry is answered in whatever state") {
    fixture f;
    f.open(1, resource_manager_v1);
    CHECK(f.say(1, "9F8010 00"_hex) == lines{our_profile});
    CHECK(f.say(1, "9F8010 00"_hex) == lines{our_profile});
    CHECK(f.say(1, "9F8011 00"_hex) == lines{"1: 9f 80 12 00"});
    CHECK(f.say(1, "9F8010 00"_hex) == lines{our_profile});
}

TEST_CASE("resource_manager: a profile nobody asked for does not go round and round") {
    fixture f;
    f.open(1, resource_manager_v1);
    f.say(1, "9F8011 00"_hex);
    CHECK(f.say(1, "9F8011 00"_hex).empty());
}

TEST_CASE("application_information: enquires at once, and listens ever after") {
    fixture f;
    CHECK(f.open(2, application_information_v1) == lines{"2: 9f 80 20 00"});
    f.say(2, "9F8021 09 01 CAFE BABE 03 56 69 61"_hex);
    CHECK(f.next<application_info_received>().info == application_info{1, 0xCAFE, 0xBABE, "Via"});
    f.say(2, "9F8021 06 01 CAFE BABE 00"_hex);
    CHECK(f.next<application_info_received>().info.menu_string.empty());
    f.say(2, "9F8021 02 01 CA"_hex);
    CHECK(f.next<violation>().data == "01 CA"_hex);
}

TEST_CASE("ca_support: each list replaces the one before") {
    fixture f;
    CHECK(f.open(3, ca_support_v1) == lines{"3: 9f 80 30 00"});
    f.say(3, "9F8031 00"_hex);
    CHECK(f.next<ca_info_received>().ca_system_ids.empty());
    CHECK(f.layer.owed()); // the card may still be read
    f.say(3, "9F8031 04 0500 0B00"_hex);
    CHECK(f.next<ca_info_received>().ca_system_ids == std::vector<std::uint16_t>{0x500, 0xB00});
    CHECK_FALSE(f.layer.owed());
    f.say(3, "9F8031 02 0502"_hex);
    CHECK(f.next<ca_info_received>().ca_system_ids == std::vector<std::uint16_t>{0x502});
    // AlphaCrypt 3.11 has very many
    f.say(3, from_hex("9F8031 8180" +
                      [] {
                          std::string ids;
                          for (int i = 0; i < 64; ++i)
                              ids += "0500";
                          return ids;
                      }())
                 .value());
    CHECK(f.next<ca_info_received>().ca_system_ids.size() == 64);
}

TEST_CASE("ca_support: CA_PMTs go to one session or to all") {
    fixture f;
    ca_pmt value;
    value.program_number = 0x1122;
    f.layer.send_ca_pmt(value, 0);
    CHECK(f.sent().empty());
    f.open(1, resource_manager_v1);
    f.open(3, ca_support_v1);
    f.open(4, ca_support_v1);
    f.layer.send_ca_pmt(value, 0);
    CHECK(f.sent() ==
          lines{"3: 9f 80 32 07 03 11 22 c1 f0 01 01", "4: 9f 80 32 07 03 11 22 c1 f0 01 01"});
    f.layer.send_ca_pmt(value, 4);
    CHECK(f.sent() == lines{"4: 9f 80 32 07 03 11 22 c1 f0 01 01"});
    f.layer.send_ca_pmt(value, 1);
    f.layer.send_ca_pmt(value, 9);
    CHECK(f.sent().empty());
    f.layer.session_closed(3);
    f.layer.send_ca_pmt(value, 0);
    CHECK(f.sent().size() == 1);
}

TEST_CASE("ca_support: a query is owed its reply") {
    fixture f;
    f.open(3, ca_support_v1);
    f.say(3, "9F8031 02 0500"_hex);
    CHECK_FALSE(f.layer.owed());
    ca_pmt value;
    value.command = ca_pmt_command::query;
    f.layer.send_ca_pmt(value, 3);
    CHECK(f.layer.owed());
    f.next<ca_info_received>();
    f.say(3, "9F8033 04 1122 CB F1"_hex);
    CHECK_FALSE(f.layer.owed());
    const auto received = f.next<ca_pmt_reply_received>();
    CHECK(received.session_nb == 3);
    CHECK(received.reply.enable == ca_enable::no_entitlement);
    f.say(3, "9F8034 01 00"_hex); // seen in the field, says nothing known
    CHECK_FALSE(f.layer.next_event());
}

TEST_CASE("ca_support: a reply of the field, SPDU header taken off") {
    const auto text = sample("traces/satpi-ziggo-irdeto0604.txt");
    if (!text)
        CIHOST_SKIP("no samples");
    const std::string all(text->begin(), text->end());
    const auto at = all.find("\nSPDU ") + 6;
    const auto spdu = from_hex(all.substr(at, all.find('\n', at) - at));
    REQUIRE(spdu.has_value());
    fixture f;
    f.open(3, ca_support_v1);
    f.say(3, bytes(spdu->begin() + 4, spdu->end()));
    CHECK(f.next<ca_pmt_reply_received>().reply.program_number == 0x544F);
}

TEST_CASE("date_time: at once, then every interval") {
    fixture f;
    f.layer.set_time(noon(f.now), f.now);
    CHECK(f.open(4, date_time_v1).empty());
    f.now += 1500ms;
    CHECK(f.say(4, "9F8440 01 0A"_hex) == lines{"4: 9f 84 41 07 eb d2 12 34 57 00 3c"});
    CHECK(f.layer.deadline() == f.now + 10s);
    f.now += 9999ms;
    f.layer.tick(f.now);
    CHECK(f.sent().empty());
    f.now += 1ms;
    f.layer.tick(f.now);
    CHECK(f.sent() == lines{"4: 9f 84 41 07 eb d2 12 35 07 00 3c"});
    // a new time goes out with the next interval
    f.layer.set_time({sys_days{2024y / March / 2}, -90min, f.now}, f.now);
    CHECK(f.sent().empty());
    f.now += 10s;
    f.layer.tick(f.now);
    CHECK(f.sent() == lines{"4: 9f 84 41 07 eb d3 00 00 10 ff a6"});
    // the module wants no more
    CHECK(f.say(4, "9F8440 01 00"_hex).size() == 1);
    CHECK(f.layer.deadline() == never);
    f.say(4, "9F8440 01 05"_hex);
    f.layer.session_closed(4);
    CHECK(f.layer.deadline() == never);
}

TEST_CASE("date_time: an enquiry without interval gets one answer") {
    fixture f;
    f.layer.set_time(noon(f.now), f.now);
    f.open(4, date_time_v1);
    CHECK(f.say(4, "9F8440 00"_hex).size() == 1);
    CHECK(f.layer.deadline() == never);
}

TEST_CASE("date_time: waits for a time to give") {
    fixture f;
    f.open(4, date_time_v1);
    CHECK(f.say(4, "9F8440 01 0A"_hex).empty());
    CHECK(f.layer.deadline() == never);
    f.layer.set_time(noon(f.now), f.now);
    CHECK(f.sent() == lines{"4: 9f 84 41 07 eb d2 12 34 56 00 3c"});
}

TEST_CASE("resources: the module owes a step until its CA systems are known") {
    fixture f;
    CHECK(f.layer.owed());
    f.open(3, ca_support_v1);
    f.say(3, "9F8031 02 0500"_hex);
    CHECK_FALSE(f.layer.owed());
    f.open(2, application_information_v1);
    CHECK(f.layer.owed());
    f.say(2, "9F8021 06 01 CAFE BABE 00"_hex);
    CHECK_FALSE(f.layer.owed());
}

TEST_CASE("resources: malformed and unknown APDUs are remarked, the rest is read") {
    fixture f;
    f.open(3, ca_support_v1);
    f.say(3, "9F8099 02 AABB 9F8031 02 0500"_hex);
    CHECK(f.next<violation>().data == "9F8099 02 AABB"_hex);
    CHECK(f.next<ca_info_received>().ca_system_ids.size() == 1);
    f.say(3, "9F8031 05 0500"_hex);
    CHECK(f.next<violation>().data == "9F8031 05 0500"_hex);
    f.say(3, "9F80"_hex);
    f.next<violation>();
    f.say(9, "9F8031 02 0500"_hex); // a session nobody opened
    CHECK_FALSE(f.layer.next_event());
}

TEST_CASE("resources: of thousands of wrong APDUs in one SPDU a few are told, and briefly") {
    fixture f;
    f.open(3, ca_support_v1);
    bytes apdus;
    constexpr std::size_t count = 16383;
    for (std::size_t i = 0; i < count; ++i)
        apdus.insert(apdus.end(), {0x9F, 0x80, 0x99, 0x00});
    f.say(3, apdus);
    for (const std::size_t more : {std::size_t{0}, std::size_t{0}, std::size_t{0}, count - 4}) {
        const auto told = f.next<violation>();
        CHECK(told.data == "9F8099 00"_hex);
        CHECK(told.more == more);
    }
    CHECK_FALSE(f.layer.next_event());
    // the next SPDU is a new one
    f.say(3, "9F8099 00"_hex);
    CHECK(f.next<violation>().more == 0);
    CHECK_FALSE(f.layer.next_event());

    bytes large(200, 0xAA);
    const auto head = "9F8099 8200C8"_hex;
    large.insert(large.begin(), head.begin(), head.end());
    f.say(3, large);
    CHECK(f.next<violation>().data == bytes(large.begin(), large.begin() + 64));
    // what a resource itself cannot read counts too
    f.layer.session_opened(4, application_information_v1, f.now);
    apdus.clear();
    for (int i = 0; i < 10; ++i)
        apdus.insert(apdus.end(), {0x9F, 0x80, 0x21, 0x00});
    f.say(4, apdus);
    for (int i = 0; i < 3; ++i)
        f.next<violation>();
    CHECK(f.next<violation>().more == 6);
    CHECK_FALSE(f.layer.next_event());
}

TEST_CASE("resources: one or two bytes more than the last length says belong to it") {
    fixture f;
    f.open(3, ca_support_v1);
    f.say(3, "9F8031 02 0500 0B00"_hex);
    CHECK(f.next<ca_info_received>().ca_system_ids == std::vector<std::uint16_t>{0x500, 0xB00});
}

TEST_CASE("resources: what this host does not serve is refused by the right status") {
    struct {
        const char* wanted;
        std::uint8_t status;
    } const cases[]{
        {"00606003", 0xF0}, // Low Speed Communications, IP
        {"00600001", 0xF0}, // Low Speed Communications, modem
        {"00700001", 0xF0}, // smart card reader
        {"00100041", 0xF0}, // Authentication
        {"00780001", 0xF0}, // EPG events
        {"00800041", 0xF0}, // Teletext
        {"008C1001", 0xF0}, // Content Control
        {"008D1001", 0xF0}, // Host Language & Country
        {"008E1001", 0xF0}, // CAM Upgrade
        {"008F1001", 0xF0}, // Operator Profile
        {"00410041", 0xF0}, // Application MMI
        {"00030081", 0xF0}, // CA Support, multi-stream
        {"C1234567", 0xF0}, // private
        {"00010042", 0xF2}, {"00020045", 0xF2}, {"00030042", 0xF2},
        {"00200043", 0xF2}, {"00240042", 0xF2},
    };
    for (const auto& [wanted, status] : cases) {
        INFO(wanted);
        session_layer sessions{offered_resources({})};
        sessions.receive(from_hex(std::string{"9104"} + wanted).value());
        const auto answer = sessions.next_spdu();
        REQUIRE(answer);
        CHECK(answer->at(0) == 0x92);
        CHECK(answer->at(2) == status);
        CHECK((answer->at(7) == 0 && answer->at(8) == 0));
        const auto what = sessions.next();
        REQUIRE(what);
        CHECK(std::get<session_refused>(std::get<event>(*what)).status == status);
    }
}
