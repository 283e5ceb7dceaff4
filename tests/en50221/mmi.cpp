// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/mmi.hpp"

#include "base/hex.hpp"
#include "en50221/resources.hpp"
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

using lines = std::vector<std::string>;

const std::string menu = "9F8809 19 02 9F880301 41 9F880301 42 9F880300 9F880301 31 9F880301 32";
const std::string one_list = "9F880C 0E FF 9F880301 4C 9F880300 9F880300";
const std::string pin = "9F8807 06 01 04 50494E3F";

struct fixture {
    resources layer;
    time_point now{1h};

    fixture() {
        // nothing is owed but for MMI
        layer.session_opened(9, ca_support_v1, now);
        layer.receive(9, "9F8031 02 0500"_hex, now);
        next<ca_info_received>();
        sent();
        layer.session_opened(1, mmi_v1, now);
        CHECK(sent().empty());
    }

    /// APDUs, then sessions to close.
    lines sent() {
        lines all;
        while (const auto apdu = layer.next_apdu())
            all.push_back(std::to_string(apdu->session_nb) + ": " + to_hex(apdu->data));
        while (const auto session_nb = layer.next_close())
            all.push_back("close " + std::to_string(*session_nb));
        return all;
    }
    lines say(const std::string& apdus, std::uint16_t session_nb = 1) {
        layer.receive(session_nb, from_hex(apdus).value(), now);
        return sent();
    }
    lines wait(duration d) {
        const auto until = now + d;
        lines all;
        while (layer.deadline() <= until) {
            now = layer.deadline();
            layer.tick(now);
            for (auto& line : sent())
                all.push_back(std::move(line));
            REQUIRE(layer.deadline() > now);
        }
        now = until;
        layer.tick(now);
        CHECK(sent().empty());
        return all;
    }
    template<class T>
    T next() {
        auto what = layer.next_event();
        REQUIRE(what);
        REQUIRE(std::holds_alternative<T>(*what));
        return std::get<T>(*what);
    }
    bool quiet() { return !layer.next_event(); }
    /// Shown long enough for an answer to go out at once.
    void show(const std::string& apdu, std::uint16_t session_nb = 1) {
        CHECK(say(apdu, session_nb).empty());
        CHECK(next<mmi_shown>().session_nb == session_nb);
        wait(mmi::answer_pause);
    }
};

} // namespace

TEST_CASE("mmi: high-level mode is taken, others are refused") {
    fixture f;
    CHECK(f.layer.owed());
    CHECK(f.say("9F8801 02 01 01") == lines{"1: 9f 88 02 02 01 01"});
    CHECK(f.say("9F8801 02 01 02") == lines{"1: 9f 88 02 01 f1"});
    CHECK(f.say("9F8801 02 01 03") == lines{"1: 9f 88 02 01 f1"});
    CHECK(f.say("9F8801 01 01") == lines{"1: 9f 88 02 01 f1"});
    CHECK(f.quiet());
}

TEST_CASE("mmi: the character tables are those that texts are read and written in") {
    fixture f;
    CHECK(f.say("9F8801 01 02") ==
          lines{"1: 9f 88 02 11 02 01 02 03 04 05 06 07 09 0a 0b 10 11 12 13 14 15"});
    CHECK(f.say("9F8801 01 03") ==
          lines{"1: 9f 88 02 0e 03 01 02 03 04 05 06 07 09 0a 0b 10 11 15"});
}

TEST_CASE("mmi: what else may be controlled there is not") {
    fixture f;
    for (const char* command : {"00", "04", "05", "06", "F0", "FF"})
        CHECK(f.say(std::string{"9F8801 01 "} + command) == lines{"1: 9f 88 02 01 f0"});
    CHECK(f.quiet());
    CHECK(f.say("9F8801 00") == lines{"1: 9f 88 02 01 f0"});
    f.next<violation>();
}

TEST_CASE("mmi: a menu is answered once, by one of its choices") {
    fixture f;
    f.show(menu);
    CHECK_FALSE(f.layer.owed());
    CHECK_FALSE(f.layer.answer_menu(1, 3, f.now));
    CHECK_FALSE(f.layer.answer_menu(1, 256, f.now));
    CHECK_FALSE(f.layer.answer_menu(2, 1, f.now));
    CHECK_FALSE(f.layer.answer_enquiry(1, "1", f.now));
    CHECK_FALSE(f.layer.answer_enquiry(1, std::nullopt, f.now));
    CHECK(f.sent().empty());
    const auto choice = GENERATE(0U, 1U, 2U);
    CHECK(f.layer.answer_menu(1, choice, f.now));
    CHECK(f.sent() == lines{"1: 9f 88 0b 01 0" + std::to_string(choice)});
    CHECK(f.layer.owed());
    CHECK_FALSE(f.layer.answer_menu(1, choice, f.now));
    CHECK(f.sent().empty());
    CHECK(f.quiet());
    // the same menu once more
    f.show(menu);
    CHECK(f.layer.answer_menu(1, 1, f.now));
    CHECK(f.sent() == lines{"1: 9f 88 0b 01 01"});
}

TEST_CASE("mmi: a menu without choices, and a list, can only be left") {
    fixture f;
    f.show(GENERATE(as<std::string>{}, "9F880C 0E FF 9F880301 4C 9F880300 9F880300",
                    "9F8809 0D 00 9F880300 9F880300 9F880300"));
    CHECK_FALSE(f.layer.answer_menu(1, 1, f.now));
    CHECK(f.layer.answer_menu(1, 0, f.now));
    CHECK(f.sent() == lines{"1: 9f 88 0b 01 00"});
}

TEST_CASE("mmi: a list's lines are no choices") {
    fixture f;
    f.show("9F880C 13 01 9F880301 4C 9F880300 9F880300 9F880301 31");
    CHECK_FALSE(f.layer.answer_menu(1, 1, f.now));
    CHECK(f.layer.answer_menu(1, 0, f.now));
}

TEST_CASE("mmi: choices beyond what a menu_answ can say are not to be had") {
    fixture f;
    std::string texts;
    for (int i = 0; i < 300; ++i)
        texts += "9F880300";
    f.show("9F8809 8204BD FF 9F880300 9F880300 9F880300" + texts);
    CHECK_FALSE(f.layer.answer_menu(1, 256, f.now));
    CHECK(f.layer.answer_menu(1, 255, f.now));
    CHECK(f.sent() == lines{"1: 9f 88 0b 01 ff"});
}

TEST_CASE("mmi: an enquiry is answered in writing, or cancelled") {
    fixture f;
    CHECK(f.say(pin).empty());
    const auto shown = f.next<mmi_shown>();
    CHECK(shown.display.shape == mmi_display::form::enquiry);
    CHECK(shown.display.blind);
    CHECK(shown.display.answer_length == 4);
    f.wait(1s);
    CHECK_FALSE(f.layer.answer_menu(1, 0, f.now));
    CHECK_FALSE(f.layer.answer_enquiry(1, "\xFF", f.now));
    CHECK_FALSE(f.layer.answer_enquiry(1, std::string(121, '1'), f.now));
    SECTION("digits") {
        CHECK(f.layer.answer_enquiry(1, "0000", f.now));
        CHECK(f.sent() == lines{"1: 9f 88 08 05 01 30 30 30 30"});
        CHECK_FALSE(f.layer.answer_enquiry(1, "0000", f.now));
    }
    SECTION("nothing, and more than the module expects") {
        CHECK(f.layer.answer_enquiry(1, "", f.now));
        CHECK(f.sent() == lines{"1: 9f 88 08 01 01"});
        f.show(pin);
        CHECK(f.layer.answer_enquiry(1, std::string(120, '1'), f.now));
        CHECK(f.sent().size() == 1);
    }
    SECTION("cancelled") {
        CHECK(f.layer.answer_enquiry(1, std::nullopt, f.now));
        CHECK(f.sent() == lines{"1: 9f 88 08 01 00"});
    }
    SECTION("in the character table of the question") {
        f.show("9F8807 05 00 FF 05 FD 3F");
        CHECK(f.layer.answer_enquiry(1, "ışık", f.now));
        CHECK(f.sent() == lines{"1: 9f 88 08 06 01 05 fd fe fd 6b"});
    }
}

TEST_CASE("mmi: an answer leaves the module time to expect it") {
    fixture f;
    CHECK(f.say(menu).empty());
    f.next<mmi_shown>();
    CHECK(f.wait(40ms).empty());
    CHECK(f.layer.answer_menu(1, 2, f.now));
    CHECK_FALSE(f.layer.answer_menu(1, 1, f.now));
    CHECK(f.wait(59ms).empty());
    SECTION("then it goes out") { CHECK(f.wait(1ms) == lines{"1: 9f 88 0b 01 02"}); }
    SECTION("unless the module shows something else meanwhile") {
        CHECK(f.say(pin).empty());
        CHECK(f.wait(10s).empty());
        CHECK(f.layer.answer_enquiry(1, "1", f.now));
    }
    SECTION("unless the module closes meanwhile") {
        CHECK(f.say("9F8800 01 00").empty());
        CHECK(f.wait(10s) == lines{"close 1"});
    }
    SECTION("unless the session is gone meanwhile") {
        f.layer.session_closed(1);
        CHECK(f.wait(10s).empty());
    }
    SECTION("also when the host takes leave") {
        CHECK(f.layer.close_mmi(1, f.now));
        CHECK(f.wait(1ms) == lines{"1: 9f 88 0b 01 02", "1: 9f 88 00 01 00"});
    }
}

TEST_CASE("mmi: the module closes, and the session is closed if it does not do so") {
    fixture f;
    f.show(menu);
    const auto how = GENERATE(as<std::string>{}, "9F8800 00", "9F8800 01 00", "9F8800 01 01",
                              "9F8800 02 00 09", "9F8800 02 01 00", "9F8800 01 77");
    CAPTURE(how);
    CHECK(f.say(how).empty());
    CHECK(f.next<mmi_closed>().session_nb == 1);
    CHECK_FALSE(f.layer.answer_menu(1, 1, f.now));
    CHECK(f.layer.owed());
    SECTION("by nobody else") {
        CHECK(f.wait(mmi::close_pause - 1ms).empty());
        CHECK(f.wait(1ms) == lines{"close 1"});
        f.layer.session_closed(1);
    }
    SECTION("by itself") {
        f.layer.session_closed(1);
        CHECK(f.wait(10s).empty());
    }
    SECTION("unless it comes again") {
        f.show(menu);
        CHECK(f.wait(10s).empty());
        f.layer.session_closed(1);
        f.next<mmi_closed>();
    }
    CHECK(f.quiet());
}

TEST_CASE("mmi: close_mmi with delay leaves the display where it is for so long") {
    fixture f;
    f.show(one_list);
    CHECK(f.say("9F8800 02 01 05").empty());
    CHECK_FALSE(f.layer.answer_menu(1, 0, f.now)); // nobody waits for it
    CHECK(f.wait(4999ms).empty());
    CHECK(f.quiet());
    SECTION("then it goes, and the session with it") {
        CHECK(f.wait(1ms).empty());
        f.next<mmi_closed>();
        CHECK(f.wait(10s) == lines{"close 1"});
    }
    SECTION("the session goes before") {
        f.layer.session_closed(1);
        CHECK(f.quiet());
        CHECK(f.wait(1ms).empty());
        CHECK(f.next<mmi_closed>().session_nb == 1);
        CHECK(f.layer.deadline() == never);
    }
    SECTION("the connection goes before") {
        f.layer.session_closed(1);
        f.layer.disconnected();
        CHECK(f.next<mmi_closed>().session_nb == 1);
    }
    SECTION("unless there is something new to show") {
        f.show(menu);
        CHECK(f.wait(10s).empty());
        CHECK(f.layer.answer_menu(1, 1, f.now));
    }
    SECTION("unless a new dialogue begins") {
        f.layer.session_closed(1);
        f.layer.session_opened(2, mmi_v1, f.now);
        CHECK(f.next<mmi_closed>().session_nb == 1);
        f.show(menu, 2);
        CHECK(f.wait(10s).empty());
    }
    SECTION("unless the host is done with it") {
        CHECK(f.layer.close_mmi(1, f.now));
        CHECK(f.sent() == lines{"1: 9f 88 00 01 00"});
        f.next<mmi_closed>();
        CHECK(f.wait(10s) == lines{"close 1"});
    }
    CHECK(f.quiet());
}

TEST_CASE("mmi: a session that goes takes its display with it") {
    fixture f;
    f.show(menu);
    f.layer.session_closed(1);
    CHECK(f.next<mmi_closed>().session_nb == 1);
    CHECK(f.quiet());
    CHECK_FALSE(f.layer.answer_menu(1, 1, f.now));
    CHECK_FALSE(f.layer.close_mmi(1, f.now));
}

TEST_CASE("mmi: the host takes leave") {
    fixture f;
    SECTION("of a menu") {
        f.show(menu);
        CHECK(f.layer.close_mmi(1, f.now));
        CHECK(f.sent() == lines{"1: 9f 88 0b 01 00", "1: 9f 88 00 01 00"});
        f.next<mmi_closed>();
    }
    SECTION("of an enquiry") {
        f.show(pin);
        CHECK(f.layer.close_mmi(1, f.now));
        CHECK(f.sent() == lines{"1: 9f 88 08 01 00", "1: 9f 88 00 01 00"});
        f.next<mmi_closed>();
    }
    SECTION("of what is answered") {
        f.show(menu);
        CHECK(f.layer.answer_menu(1, 1, f.now));
        CHECK(f.layer.close_mmi(1, f.now));
        CHECK(f.sent() == lines{"1: 9f 88 0b 01 01", "1: 9f 88 00 01 00"});
        f.next<mmi_closed>();
    }
    SECTION("of nothing") {
        CHECK(f.layer.close_mmi(1, f.now));
        CHECK(f.sent() == lines{"1: 9f 88 00 01 00"});
    }
    CHECK_FALSE(f.layer.close_mmi(1, f.now));
    // what the module still had under way
    CHECK(f.say(menu).empty());
    CHECK(f.quiet());
    CHECK_FALSE(f.layer.answer_menu(1, 1, f.now));
    CHECK(f.wait(10s) == lines{"close 1"});
    CHECK(f.quiet());
}

TEST_CASE("mmi: the newest dialogue has the screen") {
    fixture f;
    f.show(menu);
    f.layer.session_opened(2, mmi_v1, f.now);
    CHECK(f.sent() == lines{"close 1"});
    CHECK(f.next<mmi_closed>().session_nb == 1);
    CHECK(f.say(pin, 1).empty()); // too late
    CHECK(f.quiet());
    f.show(pin, 2);
    CHECK_FALSE(f.layer.answer_menu(1, 1, f.now));
    CHECK(f.layer.answer_enquiry(2, "1", f.now));
    f.layer.session_closed(1);
    CHECK(f.quiet());
    f.layer.session_closed(2);
    CHECK(f.next<mmi_closed>().session_nb == 2);
}

TEST_CASE("mmi: objects that are none of these are told") {
    fixture f;
    for (const char* object : {"9F8805 00", "9F8802 01 00", "9F8808 01 00", "9F880B 01 00",
                               "9F8803 00", "9F8809 00", "9F8807 01 00"}) {
        CHECK(f.say(object).empty());
        f.next<violation>();
        CHECK(f.quiet());
    }
}

TEST_CASE("mmi: enter_menu is repeated until there is a dialogue, or no hope") {
    resources layer;
    time_point now{1h};
    const auto sent = [&] {
        unsigned count = 0;
        while (const auto apdu = layer.next_apdu()) {
            CHECK(to_hex(apdu->data) == "9f 80 22 00");
            CHECK(apdu->session_nb == 2);
            ++count;
        }
        return count;
    };
    const auto wait_until = [&](time_point then) {
        for (; layer.deadline() <= then; layer.tick(now))
            now = layer.deadline();
        now = then;
    };
    CHECK_FALSE(layer.enter_menu(now));
    layer.session_opened(2, application_information_v1, now);
    layer.session_opened(5, application_information_v1, now);
    while (layer.next_apdu()) {
    }
    const auto begun = now;
    REQUIRE(layer.enter_menu(now));
    CHECK(sent() == 1);
    wait_until(begun + 2999ms);
    CHECK(sent() == 0);
    wait_until(begun + 3s);
    CHECK(sent() == 1);
    SECTION("nothing comes") {
        wait_until(begun + 9999ms);
        CHECK(sent() == 2);
        CHECK_FALSE(layer.next_event());
        wait_until(begun + 10s);
        REQUIRE(std::holds_alternative<menu_refused>(layer.next_event().value()));
    }
    SECTION("a dialogue begins") { layer.session_opened(6, mmi_v1, now); }
    SECTION("the module is gone") {
        layer.session_closed(2);
        CHECK_FALSE(layer.next_event()); // there is another to ask
        layer.session_closed(5);
        REQUIRE(std::holds_alternative<menu_refused>(layer.next_event().value()));
    }
    CHECK(layer.deadline() == never);
    wait_until(begun + 60s);
    CHECK(sent() == 0);
    CHECK_FALSE(layer.next_event());
}

TEST_CASE("mmi: a dialogue that is open goes on when its menu is asked for") {
    fixture f;
    f.layer.session_opened(2, application_information_v1, f.now);
    f.sent();
    REQUIRE(f.layer.enter_menu(f.now));
    f.sent();
    CHECK(f.layer.owed());
    f.show(menu);
    CHECK(f.layer.deadline() == never);
}

TEST_CASE("mmi: offered or not") {
    resource_settings settings;
    CHECK(offered_resources(settings).back().id == mmi_v1);
    settings.mmi = false;
    for (const auto& offer : offered_resources(settings))
        CHECK(offer.id != mmi_v1);
}
