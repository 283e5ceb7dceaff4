// SPDX-License-Identifier: LGPL-2.1-or-later

/// Menus through a whole host, on both interfaces.

#include "base/hex.hpp"
#include "policy/module_host.hpp"
#include "policy/talking_module.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

using namespace cihost;
using namespace cihost::policy;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

using blocks = std::vector<std::string>;

const auto menu = "9F8809 19 02 9F880301 41 9F880301 42 9F880300 9F880301 31 9F880301 32"_hex;
const auto pin = "9F8807 06 01 04 50494E3F"_hex;

/// A host on a high-level device, whose module is ready.
struct fixture {
    module_host host;
    time_point now{1h};
    std::vector<std::string> logged;

    explicit fixture(const cam_profile& profile = {})
        : host{profile} {
        host.device_opened(en50221::ca_interface::high_level, now);
        host.reset_done(now);
        CHECK(host.enter_menu(now).value() == EAGAIN);
        introduce_module(host, now);
        written();
    }
    blocks written() {
        blocks all;
        while (const auto output = host.next()) {
            if (const auto* write = std::get_if<write_block>(&*output)) {
                all.push_back(to_hex(write->block));
                host.write_done(write->conversation, now);
            } else if (const auto* line = std::get_if<log_line>(&*output)) {
                logged.push_back(line->message);
            } else if (std::holds_alternative<ask_status>(*output)) {
                host.status_came(true, true, now);
            }
        }
        return all;
    }
    void wait(duration d) {
        now += d;
        host.tick(now);
    }
    /// Its number.
    std::uint64_t show(const bytes& apdu) {
        host.received(apdu, now);
        REQUIRE(host.menu().current());
        wait(100ms);
        CHECK(written().empty());
        return host.menu().current()->id;
    }
    int answer(std::uint64_t id, const menu_answer& with) {
        return host.answer_menu(id, with, now).value();
    }
    bool has_logged(std::string_view part) const {
        for (const auto& line : logged)
            if (line.find(part) != std::string::npos)
                return true;
        return false;
    }
};

} // namespace

TEST_CASE("a module's menu is answered by its number, once") {
    fixture f;
    REQUIRE_FALSE(f.host.enter_menu(f.now));
    CHECK(f.written() == blocks{"9f 80 22 00"});
    CHECK(f.host.menu().asked_for() == module_menu::request::waiting);
    const auto first = f.show(menu);
    CHECK(f.has_logged("shows \"A\""));
    CHECK(f.answer(first + 1, 1U) == ESTALE);
    CHECK(f.answer(first, 0U) == EINVAL);
    CHECK(f.answer(first, 3U) == EINVAL);
    CHECK(f.answer(first, std::string{"1"}) == EINVAL);
    CHECK(f.written().empty());
    CHECK(f.answer(first, 2U) == 0);
    CHECK(f.written() == blocks{"9f 88 0b 01 02"});
    CHECK(f.host.menu().current()->answered);
    CHECK(f.answer(first, 2U) == ESTALE);
    const auto second = f.show(menu);
    CHECK(second != first);
    CHECK(f.answer(first, 1U) == ESTALE);
    CHECK(f.answer(second, menu_cancel{}) == 0);
    CHECK(f.written() == blocks{"9f 88 0b 01 00"});
}

TEST_CASE("a module waits for an answer while a service that it was asked for stays scrambled") {
    fixture f;
    ts::pmt table;
    table.program_number = 7;
    table.streams.push_back({.stream_type = 2, .elementary_pid = 0x100, .descriptors = {}});
    table.program_info.push_back({0x09, "0500 E500"_hex});
    f.host.plan().pmt_received(table, f.now);
    f.host.plan().want(7, f.now);
    f.wait(0s);
    REQUIRE(f.written().size() == 1);
    const auto see = [&](service_sight sight) {
        f.host.see(7, sight);
        f.wait(100ms);
    };
    see({true, true, 1});
    CHECK_FALSE(f.host.waits_for_answer());
    const auto id = f.show(pin);
    CHECK(f.host.waits_for_answer());
    see({true, false, 2}); // somebody looks around in it
    CHECK_FALSE(f.host.waits_for_answer());
    see({false, true, 2});
    CHECK_FALSE(f.host.waits_for_answer());
    see({true, true, 3});
    CHECK(f.host.waits_for_answer());
    CHECK(f.answer(id, std::string{"4711"}) == 0);
    CHECK_FALSE(f.host.waits_for_answer());
    f.written();
    f.show(menu);
    CHECK(f.host.waits_for_answer());
    f.host.plan().unwant(7, f.now);
    f.wait(0s);
    CHECK_FALSE(f.host.waits_for_answer());
}

TEST_CASE("a PIN goes to the module, and nowhere else") {
    fixture f;
    const auto id = f.show(pin);
    CHECK(f.answer(id, 1U) == EINVAL);
    CHECK(f.answer(id, std::string{"\xFF"}) == EINVAL);
    CHECK(f.answer(id, std::string(200, '1')) == EINVAL);
    CHECK(f.answer(id, std::string{"4711"}) == 0);
    CHECK(f.written() == blocks{"9f 88 08 05 01 34 37 31 31"});
    CHECK_FALSE(f.has_logged("4711"));
    CHECK(to_hex(f.host.traced("9F8808 05 01 34373131"_hex)) ==
          "01 a0 0e 01 90 02 00 03 9f 88 08 05 01 2a 2a 2a 2a");
    const auto again = f.show(pin);
    CHECK(f.answer(again, menu_cancel{}) == 0);
    CHECK(f.written() == blocks{"9f 88 08 01 00"});
}

TEST_CASE("a menu that is closing is not answered") {
    fixture f;
    const auto id = f.show(menu);
    f.host.received("9F8800 02 01 05"_hex, f.now);
    REQUIRE(f.host.menu().current()); // for five seconds
    CHECK(f.answer(id, 1U) == ESTALE);
    f.wait(5s);
    CHECK_FALSE(f.host.menu().current());
    CHECK(f.answer(id, 1U) == ESTALE);
}

TEST_CASE("a menu is closed when nobody wants it") {
    fixture f;
    CHECK(f.host.close_menu(f.now).value() == ESTALE);
    f.show(menu);
    REQUIRE_FALSE(f.host.close_menu(f.now));
    CHECK(f.written() == blocks{"9f 88 0b 01 00", "9f 88 00 01 00"});
    CHECK_FALSE(f.host.menu().current());
    CHECK(f.has_logged("menu is closed"));
    CHECK(f.host.close_menu(f.now).value() == ESTALE);
}

TEST_CASE("a menu that nobody asked for is closed by a profile, one that was asked for is not") {
    cam_profile profile;
    profile.close_unasked_menu_after = 3s;
    fixture f{profile};
    SECTION("nobody") {
        f.show(menu);
        CHECK(f.host.deadline() <= f.now + 2900ms);
        f.wait(2899ms);
        CHECK(f.host.menu().current());
        f.wait(1ms);
        CHECK_FALSE(f.host.menu().current());
        CHECK(f.written() == blocks{"9f 88 0b 01 00", "9f 88 00 01 00"});
        CHECK(f.has_logged("nobody asked for it"));
    }
    SECTION("somebody") {
        REQUIRE_FALSE(f.host.enter_menu(f.now));
        f.written();
        f.show(menu);
        f.wait(1h);
        CHECK(f.host.menu().current());
    }
}

TEST_CASE("a menu that does not come is said, and goes with its module") {
    fixture f;
    REQUIRE_FALSE(f.host.enter_menu(f.now));
    for (int i = 0; i < 10; ++i)
        f.wait(1s);
    f.written();
    CHECK(f.host.menu().asked_for() == module_menu::request::refused);
    CHECK(f.has_logged("shows none"));
    f.show(menu);
    f.host.status_came(false, false, f.now);
    CHECK_FALSE(f.host.menu().current());
    CHECK(f.host.enter_menu(f.now).value() == EAGAIN);
}

TEST_CASE("a link-level module has no menu before its Application Information") {
    module_host host;
    const time_point now{1h};
    host.device_opened(en50221::ca_interface::link, now);
    host.reset_done(now);
    host.status_came(true, true, now);
    host.set_time({}, 0min, now);
    CHECK(host.enter_menu(now).value() == EAGAIN);
    host.received("01 83 01 01 80 02 01 00"_hex, now);
    CHECK(host.enter_menu(now).value() == EAGAIN);
    host.received("01 A0 07 01 91 04 00020041 80 02 01 00"_hex, now);
    CHECK_FALSE(host.enter_menu(now));
}
