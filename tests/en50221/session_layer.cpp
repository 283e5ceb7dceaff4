// SPDX-License-Identifier: LGPL-2.1-or-later
/// The session layer by bare SPDUs, as set-top-box drivers give them.

#include "en50221/session_layer.hpp"

#include "base/hex.hpp"
#include "en50221/resources.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;

namespace {

struct fixture {
    session_layer layer{offered_resources({})};

    /// Answers to one SPDU, in order.
    std::vector<bytes> say(const bytes& spdu) {
        layer.receive(spdu);
        return sent();
    }
    std::vector<bytes> sent() {
        std::vector<bytes> all;
        while (auto spdu = layer.next_spdu())
            all.push_back(std::move(*spdu));
        return all;
    }
    template<class T>
    T next() {
        auto what = layer.next();
        REQUIRE(what);
        auto* e = std::get_if<event>(&*what);
        REQUIRE(e != nullptr);
        REQUIRE(std::holds_alternative<T>(*e));
        return std::get<T>(*e);
    }
};

std::vector<bytes> one(const bytes& spdu) { return {spdu}; }

} // namespace

TEST_CASE("session_layer: what is offered opens") {
    fixture f;
    CHECK(f.say("91 04 00010041"_hex) == one("92 07 00 00010041 0001"_hex));
    const auto opened = f.next<session_opened>();
    CHECK(opened.session_nb == 1);
    CHECK(opened.resource == resource_manager_v1);
    CHECK(f.say("91 04 00240041"_hex) == one("92 07 00 00240041 0002"_hex));
}

TEST_CASE("session_layer: refusals say why") {
    fixture f;
    CHECK(f.say("91 04 00600041"_hex) == one("92 07 F0 00600041 0000"_hex));
    const auto refused = f.next<session_refused>();
    CHECK(refused.resource == resource_id{0x00600041});
    CHECK(refused.status == 0xF0);
    // a version beyond ours, answered by ours; below is served
    CHECK(f.say("91 04 00020043"_hex) == one("92 07 F2 00020041 0000"_hex));
    CHECK(f.next<session_refused>().resource == resource_id{0x00020043});
    CHECK(f.say("91 04 00020040"_hex) == one("92 07 00 00020041 0001"_hex));
    CHECK(f.next<session_opened>().resource == application_information_v1);
    // multi-stream CA Support is another type; a private resource is another id_type
    CHECK(f.say("91 04 00030081"_hex) == one("92 07 F0 00030081 0000"_hex));
    CHECK(f.say("91 04 C0030041"_hex) == one("92 07 F0 C0030041 0000"_hex));
}

TEST_CASE("session_layer: one session each, but for CA Support") {
    fixture f;
    f.say("91 04 00020041"_hex);
    CHECK(f.say("91 04 00020041"_hex) == one("92 07 F3 00020041 0000"_hex));
    CHECK(f.say("91 04 00030041"_hex) == one("92 07 00 00030041 0002"_hex));
    CHECK(f.say("91 04 00030041"_hex) == one("92 07 00 00030041 0003"_hex));
}

TEST_CASE("session_layer: the table has an end") {
    fixture f;
    for (std::size_t i = 0; i < session_layer::max_sessions; ++i)
        CHECK(f.say("91 04 00030041"_hex)[0][2] == 0x00);
    CHECK(f.say("91 04 00030041"_hex) == one("92 07 F3 00030041 0000"_hex));
    f.say("95 02 0005"_hex);
    CHECK(f.say("91 04 00030041"_hex) == one("92 07 00 00030041 0021"_hex));
}

TEST_CASE("session_layer: a close that is never answered takes no place for ever") {
    fixture f;
    for (unsigned i = 1; i <= session_layer::max_sessions; ++i)
        f.say("91 04 00030041"_hex);
    f.layer.close(4);
    f.layer.close(7);
    CHECK(f.sent().size() == 2);
    CHECK(f.say("91 04 00030041"_hex) == one("92 07 00 00030041 0021"_hex));
    CHECK(f.say("91 04 00030041"_hex) == one("92 07 00 00030041 0022"_hex));
    CHECK(f.say("91 04 00030041"_hex) == one("92 07 F3 00030041 0000"_hex));
}

TEST_CASE("session_layer: a resource opened again is busy, or begins anew under its number") {
    slot_settings settings;
    SECTION("refused") {
        session_layer layer{offered_resources({}), settings};
        layer.receive("91 04 00010041"_hex);
        layer.receive("91 04 00010041"_hex);
        CHECK(layer.next_spdu() == "92 07 00 00010041 0001"_hex);
        CHECK(layer.next_spdu() == "92 07 F3 00010041 0000"_hex);
    }
    SECTION("same number") {
        settings.repeated = repeated_session::same_number;
        fixture f{session_layer{offered_resources({}), settings}};
        f.say("91 04 00010041"_hex);
        f.next<session_opened>();
        CHECK(f.say("91 04 00010041"_hex) == one("92 07 00 00010041 0001"_hex));
        CHECK(f.next<session_closed>().session_nb == 1);
        CHECK(f.next<session_opened>().session_nb == 1);
        // where several are allowed, another is another
        f.say("91 04 00030041"_hex);
        CHECK(f.say("91 04 00030041"_hex) == one("92 07 00 00030041 0003"_hex));
        // a version beyond ours is refused as ever
        CHECK(f.say("91 04 00010043"_hex)[0][2] == 0xF2);
    }
}

TEST_CASE("session_layer: a create_session_response that nobody asked for opens what is offered") {
    fixture f;
    CHECK(f.say("94 07 00 00030041 0123"_hex).empty());
    f.next<violation>();
    const auto opened = f.next<session_opened>();
    CHECK(opened.session_nb == 0x123);
    CHECK(opened.resource == ca_support_v1);
    f.layer.send(0x123, "9F8030 00"_hex);
    CHECK(f.sent() == one("90 02 0123 9F803000"_hex));

    // refused by the module, without number, number taken, unknown, too new
    for (const auto* spdu :
         {"94 07 F0 00240041 0200", "94 07 00 00240041 0000", "94 07 00 00240041 0123",
          "94 07 00 00500041 0200", "94 07 00 00240042 0200"}) {
        INFO(spdu);
        CHECK(f.say(from_hex(spdu).value()).empty());
        f.next<violation>();
        CHECK_FALSE(f.layer.next());
    }
}

TEST_CASE("session_layer: a module that says closed unasked has closed") {
    fixture f;
    f.say("91 04 00020041"_hex);
    f.next<session_opened>();
    f.say("96 03 F0 0001"_hex);
    f.next<violation>();
    CHECK(f.next<session_closed>().session_nb == 1);
    CHECK(f.say("91 04 00020041"_hex) == one("92 07 00 00020041 0002"_hex));
}

TEST_CASE("session_layer: slots of one host take numbers of their own") {
    for (const unsigned slot : {0U, 1U, 2U}) {
        slot_settings settings;
        settings.first_session_nb = static_cast<std::uint16_t>(slot + 1);
        settings.session_nb_stride = 3;
        session_layer layer{offered_resources({}), settings};
        // beyond 65535 the numbers stay its own
        for (unsigned i = 0; i < 0x10000 / 3 + 5; ++i) {
            layer.receive("91 04 00240041"_hex);
            const auto nb = std::get<session_opened>(std::get<event>(*layer.next())).session_nb;
            REQUIRE(nb % 3 == (slot + 1) % 3);
            REQUIRE(nb != 0);
            layer.receive(
                bytes{0x95, 2, static_cast<std::uint8_t>(nb >> 8), static_cast<std::uint8_t>(nb)});
            layer.next();
        }
    }
}

TEST_CASE("session_layer: numbers do not come back at once") {
    fixture f;
    f.say("91 04 00020041"_hex);
    CHECK(f.say("95 02 0001"_hex) == one("96 03 00 0001"_hex));
    CHECK(f.say("91 04 00020041"_hex) == one("92 07 00 00020041 0002"_hex));
    // after 65535 the count passes over 0 and what is open
    for (unsigned i = 3; i <= 0x10000; ++i) {
        f.say("91 04 00240041"_hex);
        f.layer.receive(
            bytes{0x95, 2, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)});
        f.sent();
    }
    CHECK(f.say("91 04 00010041"_hex) == one("92 07 00 00010041 0003"_hex));
}

TEST_CASE("session_layer: the module closes") {
    fixture f;
    f.say("91 04 00020041"_hex);
    f.next<session_opened>();
    CHECK(f.say("95 02 0001"_hex) == one("96 03 00 0001"_hex));
    const auto closed = f.next<session_closed>();
    CHECK(closed.session_nb == 1);
    CHECK(closed.resource == application_information_v1);
    CHECK(f.say("95 02 0001"_hex) == one("96 03 F0 0001"_hex));
    CHECK_FALSE(f.layer.next());
}

TEST_CASE("session_layer: the host closes") {
    fixture f;
    f.say("91 04 00020041"_hex);
    f.next<session_opened>();
    f.layer.close(1);
    f.layer.close(1);
    CHECK(f.sent() == one("95 02 0001"_hex));
    f.layer.send(1, "9F802000"_hex);
    CHECK(f.say("90 02 0001 9F802100"_hex).empty());
    CHECK_FALSE(f.layer.next());

    SECTION("confirmed") { f.say("96 03 00 0001"_hex); }
    SECTION("unknown to the module: gone all the same") { f.say("96 03 F0 0001"_hex); }
    SECTION("to the module it is closed already: it opens another") {
        CHECK(f.say("91 04 00020041"_hex) == one("92 07 00 00020041 0002"_hex));
        f.next<session_opened>();
        f.say("96 03 00 0001"_hex);
    }
    SECTION("crossed by the module's own") {
        CHECK(f.say("95 02 0001"_hex) == one("96 03 00 0001"_hex));
    }
    CHECK(f.next<session_closed>().session_nb == 1);
    f.say("96 03 00 0001"_hex);
    f.next<violation>();
}

TEST_CASE("session_layer: APDUs go both ways in open sessions only") {
    fixture f;
    f.say("91 04 00020041"_hex);
    f.next<session_opened>();
    f.layer.send(1, "9F802000"_hex);
    f.layer.send(2, "9F802000"_hex);
    CHECK(f.sent() == one("90 02 0001 9F802000"_hex));

    f.say("90 81 02 0001 9F8021 00 9F8021 00"_hex);
    auto what = f.layer.next();
    REQUIRE(what);
    const auto apdus = std::get<session_layer::apdus>(*what);
    CHECK(apdus.session_nb == 1);
    CHECK(apdus.data == "9F8021 00 9F8021 00"_hex);

    f.say("90 02 0007 9F802100"_hex);
    f.next<violation>();
}

TEST_CASE("session_layer: what fits nothing is dropped with a remark") {
    fixture f;
    for (const auto* spdu : {"", "90", "90 02 00", "90 01 00", "91 03 000100", "91 04 0001",
                             "95 01 00", "96 02 0000", "94 06 00 00030041 00", "93 06",
                             "92 07 00 00010041 0001", "42 00", "90 84 FFFFFFFF 00"}) {
        INFO(spdu);
        CHECK(f.say(from_hex(spdu).value()).empty());
        const auto remark = f.next<violation>();
        CHECK(remark.data == from_hex(spdu).value());
        CHECK_FALSE(f.layer.next());
    }
}

TEST_CASE("session_layer: a lost connection closes all sessions") {
    fixture f;
    f.say("91 04 00010041"_hex);
    f.say("91 04 00030041"_hex);
    f.next<session_opened>();
    f.next<session_opened>();
    f.layer.receive("91 04 00240041"_hex);
    f.next<session_opened>();
    f.layer.disconnected();
    CHECK(f.sent().empty());
    for (const unsigned session_nb : {1, 2, 3})
        CHECK(f.next<session_closed>().session_nb == session_nb);
    // what is still under way for one of them meets no new session
    CHECK(f.say("91 04 00010041"_hex) == one("92 07 00 00010041 0004"_hex));
    f.layer.abandon();
    CHECK(f.say("91 04 00010041"_hex) == one("92 07 00 00010041 0005"_hex));
}

TEST_CASE("session_layer: with the resources on top, a dialogue by bare SPDUs") {
    fixture f;
    resources top;
    const time_point now{};
    const auto say = [&](const bytes& spdu) {
        f.layer.receive(spdu);
        while (auto what = f.layer.next()) {
            if (const auto* apdus = std::get_if<session_layer::apdus>(&*what))
                top.receive(apdus->session_nb, apdus->data, now);
            else if (const auto* opened = std::get_if<session_opened>(&std::get<event>(*what)))
                top.session_opened(opened->session_nb, opened->resource, now);
        }
        while (const auto apdu = top.next_apdu())
            f.layer.send(apdu->session_nb, apdu->data);
        return f.sent();
    };
    CHECK(say("91 04 00010041"_hex) ==
          std::vector<bytes>{"92 07 00 00010041 0001"_hex, "90 02 0001 9F8010 00"_hex});
    // two APDUs in one SPDU
    CHECK(say("90 02 0001 9F8011 00 9F8010 00"_hex) ==
          std::vector<bytes>{
              "90 02 0001 9F8012 00"_hex,
              "90 02 0001 9F8011 18 00010041 00020041 00030041 00200041 00240041 00400041"_hex});
    CHECK(say("91 04 00030041"_hex) ==
          std::vector<bytes>{"92 07 00 00030041 0002"_hex, "90 02 0002 9F8030 00"_hex});
}
