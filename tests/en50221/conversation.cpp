// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/conversation.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

constexpr time_point zero{1h};

std::unique_ptr<conversation> link(const slot_settings& settings = {}) {
    return make_conversation(ca_interface::link, settings);
}
std::unique_ptr<conversation> high_level(std::uint8_t tcid = 1) {
    return make_conversation(ca_interface::high_level, {.tcid = tcid});
}

std::string written(conversation& talk) {
    const auto block = talk.next_write();
    return block ? to_hex(*block) : std::string{};
}

template<class Event>
bool told(conversation& talk) {
    bool found = false;
    while (const auto what = talk.next_event())
        found = found || std::holds_alternative<Event>(*what);
    return found;
}

} // namespace

TEST_CASE("conversation: over a link it is a slot's") {
    const auto talk = link({.tcid = 3});
    CHECK(talk->interface() == ca_interface::link);
    CHECK_FALSE(talk->active());
    CHECK(talk->deadline() == never);
    talk->set_time({}, 0min, zero);
    talk->start(zero);
    CHECK(talk->active());
    CHECK(written(*talk) == to_hex("03 82 01 03"_hex));
    talk->write_done(zero);
    CHECK(talk->deadline() > zero);
    talk->take("03 83 01 03 80 02 03 00"_hex, zero + 1ms);
    CHECK(told<connected>(*talk));
    talk->tick(zero + 400ms);
    CHECK(written(*talk) == to_hex("03 A0 01 03"_hex));
    talk->take("03 80 02 03 00"_hex, zero + 401ms);
    // without a CA Support session there is nobody to tell
    talk->send_ca_pmt({}, 0, zero + 401ms);
    CHECK(written(*talk).empty());
    talk->tick(zero + 401ms);
    talk->stop(zero + 402ms);
    CHECK(written(*talk) == to_hex("03 84 01 03"_hex));
    talk->take("03 85 01 03 80 02 03 00"_hex, zero + 403ms);
    CHECK(told<disconnected>(*talk));
    CHECK_FALSE(talk->active());
    CHECK_FALSE(talk->enter_menu(zero));
    CHECK(talk->traced("03 A0 01 03"_hex) == "03 A0 01 03"_hex);
}

TEST_CASE("conversation: a write that fails, or is refused, ends the one over a link") {
    for (const bool refused : {false, true}) {
        const auto talk = link();
        talk->start(zero);
        CHECK_FALSE(written(*talk).empty());
        refused ? talk->write_refused(zero) : talk->write_failed(zero);
        CHECK(told<disconnected>(*talk));
        CHECK_FALSE(talk->active());
    }
}

TEST_CASE("conversation: what is learnt of early fetches goes with the module") {
    const auto talk = link();
    CHECK_FALSE(talk->early_fetch_given_up());
    talk->start(zero);
    talk->module_failed();
    talk->abandon(zero);
    talk->module_changed();
    CHECK_FALSE(talk->early_fetch_given_up());
    CHECK_FALSE(talk->active());
    CHECK(written(*talk).empty());
}

TEST_CASE("conversation: a menu is answered over either interface") {
    const auto menu = "9F8809 19 02 9F880301 41 9F880301 42 9F880300 9F880301 31 9F880301 32"_hex;
    const auto pin = "9F8807 06 01 04 50494E3F"_hex;
    const auto upper = high_level();
    auto now = zero;
    upper->start(now);
    const auto shown = [&](const bytes& object) -> std::uint16_t {
        upper->take(object, now);
        now += 100ms; // modules are not answered sooner
        upper->tick(now);
        while (upper->next_write())
            upper->write_done(now);
        while (const auto what = upper->next_event())
            if (const auto* display = std::get_if<mmi_shown>(&*what))
                return display->session_nb;
        return 0;
    };
    const auto session = shown(menu);
    REQUIRE(session != 0);
    CHECK_FALSE(upper->answer_menu(session, 3, now));
    CHECK(upper->answer_menu(session, 2, now));
    CHECK(written(*upper) == to_hex("9F 88 0B 01 02"_hex));
    upper->write_done(now);
    REQUIRE(shown(pin) == session);
    CHECK(upper->answer_enquiry(session, "0000", now));
    CHECK(written(*upper) == to_hex("9F 88 08 05 01 30 30 30 30"_hex));
    upper->write_done(now);
    CHECK(upper->close_mmi(session, now));
    CHECK(written(*upper) == to_hex("9F 88 00 01 00"_hex));
    upper->write_done(now);
    upper->ask_release(now);
    upper->reply_to_tune(session, tune_status::ok, now);
    CHECK(written(*upper).empty());

    // without a session there is nothing to answer
    const auto lower = link();
    lower->start(zero);
    CHECK_FALSE(lower->answer_menu(1, 0, zero));
    CHECK_FALSE(lower->answer_enquiry(1, std::nullopt, zero));
    CHECK_FALSE(lower->close_mmi(1, zero));
    CHECK(written(*lower) == to_hex("01 82 01 01"_hex));
    lower->ask_release(zero);
    lower->reply_to_tune(1, tune_status::ok, zero);
    CHECK(written(*lower).empty());
}

TEST_CASE("conversation: above a high-level driver it is made of APDUs, and traced as TPDUs") {
    const auto talk = high_level(2);
    CHECK(talk->interface() == ca_interface::high_level);
    CHECK_FALSE(talk->early_fetch_given_up());
    talk->module_failed();
    talk->module_changed();
    talk->set_time({}, 0min, zero);
    CHECK_FALSE(talk->enter_menu(zero));
    talk->start(zero);
    CHECK(talk->active());
    CHECK(written(*talk) == to_hex("9F 80 20 00"_hex));
    CHECK(talk->enter_menu(zero));

    // each object in the session that a module behind a link would have it in
    CHECK(talk->traced("9F 80 20 00"_hex) == "02 A0 09 02 90 02 00 01 9F 80 20 00"_hex);
    CHECK(talk->traced("9F 80 30 00"_hex) == "02 A0 09 02 90 02 00 02 9F 80 30 00"_hex);
    CHECK(talk->traced("9F 88 00 00"_hex) == "02 A0 09 02 90 02 00 03 9F 88 00 00"_hex);
    talk->write_refused(zero);
    CHECK_FALSE(talk->active());
}
