// SPDX-License-Identifier: LGPL-2.1-or-later

/// A receiver whose CAM sits behind a high-level driver, end to end.

#include "driven_receiver.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/high_level_driver.hpp"

#include <cihost/en50221/ca_pmt.hpp>

#include <algorithm>
#include <cerrno>
#include <linux/dvb/ca.h>
#include <sys/ioctl.h>

using namespace cihost;
using namespace cihost::test;
using model = high_level_driver::model;

namespace {

constexpr auto one = fake_receiver::first_service;
constexpr auto two = fake_receiver::second_service;

struct fixture : driven_receiver {
    explicit fixture(model which)
        : driver{which, nodes.ca.string()} {
        driver.taken = [this](const bytes& apdu) { world.module_heard(apdu); };
        use(driver);
    }
    // before the driver
    ~fixture() { r.reset(); }

    void pull_out() {
        driver.with([](auto& module) { module.present = module.ready = false; });
        world.module_gone();
    }
    void put_in() {
        driver.with([](auto& module) { module.present = module.ready = true; });
    }
    std::vector<std::uint16_t> systems_asked_for() const {
        std::vector<std::uint16_t> all;
        const auto asked = world.ca_pmts().back();
        for (const auto& d : asked.ca_descriptors)
            all.push_back(d.ca_system_id);
        return all;
    }

    high_level_driver driver;
};

} // namespace

TEST_CASE("behind a high-level driver services come clear, and a recording is whole") {
    const auto which = GENERATE(model::firedtv, model::dst_ca);
    fixture f{which};
    f.world.simulcrypt = true;
    f.begin();
    const auto id = f.record(one, "one.ts");
    REQUIRE(f.until_state(one, "clear"));
    f.r->want(two);
    REQUIRE(f.until_state(two, "clear"));
    const auto report = f.r->report();
    REQUIRE(report.cams.size() == 1);
    CHECK(report.cams[0].state == "ready");
    CHECK(report.cams[0].reason.empty());
    CHECK(report.cams[0].ca_system_ids == std::vector<std::uint16_t>{0x4AFE});
    REQUIRE(report.cams[0].application);
    CHECK(report.cams[0].application->menu_string == "CAM");
    CHECK(report.cams[0].restarts == 0);
    CHECK_FALSE(report.cams[0].menu);
    CHECK(f.logged("the driver holds the conversation"));

    const auto asked = f.world.ca_pmts();
    REQUIRE(asked.size() == 2);
    CHECK(asked[0].program_number == one);
    CHECK(asked[0].list == en50221::list_management::only);
    CHECK(asked[0].command == en50221::ca_pmt_command::ok_descrambling);
    CHECK(asked[1].program_number == two);
    CHECK(asked[1].list == en50221::list_management::add);
    const auto final = f.stop(id);
    CHECK(final.packets > 0);
    CHECK(final.scrambled_packets == 0);
    CHECK(final.continuity_errors == 0);
    REQUIRE(run_until(f.context, [&] { return f.world.ca_pmts().size() == 3; }));
    CHECK(f.world.ca_pmts()[2].command == en50221::ca_pmt_command::not_selected);
    f.r.reset();
    CHECK(f.driver.nothing_leaked());
}

TEST_CASE("a high-level module gets the descriptors of its CA systems alone") {
    fixture f{GENERATE(model::firedtv, model::dst_ca)};
    f.world.simulcrypt = true;
    f.begin();
    f.r->want(one);
    REQUIRE(f.until_state(one, "clear"));
    CHECK(f.systems_asked_for() == std::vector<std::uint16_t>{0x4AFE});
    CHECK_FALSE(f.logged("told no CA systems"));
}

TEST_CASE("a high-level module that never tells its CA systems gets all descriptors, and it is "
          "said") {
    fixture f{model::firedtv};
    f.world.simulcrypt = true;
    SECTION("no ca_info") {
        f.driver.with([](auto& module) { module.ca_info.clear(); });
    }
    SECTION("a driver without the call for it") { f.driver.fail(CA_GET_MSG, EOPNOTSUPP); }
    f.begin();
    f.r->want(one);
    REQUIRE(run_until(
        f.context, [&] { return f.until_state(one, "clear"); }, std::chrono::seconds{60}));
    CHECK(f.systems_asked_for() == std::vector<std::uint16_t>{0x4AFE, 0x0500});
    CHECK(f.logged("every CA descriptor is passed to it"));
    CHECK(f.r->report().cams[0].ca_system_ids.empty());
}

TEST_CASE("either flag of dst_ca is a module that can be asked") {
    fixture f{model::dst_ca};
    f.driver.with([](auto& module) { module.ready = false; });
    f.begin();
    f.r->want(one);
    REQUIRE(f.until_state(one, "clear"));
    // from one flag to the other and back is no removal
    f.driver.with([](auto& module) { module.ready = true; });
    REQUIRE_FALSE(run_until(
        f.context, [&] { return f.service(one).state != "clear"; }, std::chrono::seconds{1}));
    CHECK(f.r->report().cams[0].restarts == 0);
    CHECK_FALSE(f.logged("taken out"));
}

TEST_CASE("a CA_PMT too large for the driver is said by its service; the others go on") {
    fixture f{model::firedtv};
    f.world.more_streams = 60;
    f.begin();
    f.r->want(one);
    f.r->want(two);
    REQUIRE(f.until_state(one, "too_large"));
    REQUIRE(f.until_state(two, "clear"));
    CHECK(f.service(one).reason.find("256 bytes") != std::string::npos);
    CHECK(f.logged("too large for this interface"));
    f.world.more_streams = 0;
    REQUIRE(f.until_state(one, "clear"));
    CHECK(f.r->report().cams[0].restarts == 0);
}

TEST_CASE("a high-level module pulled out and put in again gets its services back") {
    fixture f{GENERATE(model::firedtv, model::dst_ca)};
    f.begin();
    f.r->want(one);
    REQUIRE(f.until_state(one, "clear"));
    f.pull_out();
    REQUIRE(f.until_state(one, "no_module"));
    CHECK(f.r->report().cams[0].state == "empty");
    CHECK_FALSE(f.r->report().cams[0].application);
    f.put_in();
    REQUIRE(f.until_state(one, "clear"));
    CHECK(f.world.ca_pmts().back().list == en50221::list_management::only);
    CHECK(f.r->report().cams[0].restarts == 0);
}

TEST_CASE("the menu of a high-level module comes into the report") {
    fixture f{model::firedtv};
    f.driver.with([](auto& module) {
        module.menu = {"9f8809 1e 02 9f8803 04 4d61696e 9f8803 00 9f8803 00 9f8803 04 43617264"
                       "9f8803 01 58"_hex};
    });
    f.begin();
    CHECK(f.r->enter_menu(0).value() == ENOENT); // not open yet
    REQUIRE(f.until_cam("ready"));
    CHECK(f.r->enter_menu(1).value() == ENOENT);
    f.r->want(one);
    REQUIRE(f.until_state(one, "clear"));
    REQUIRE_FALSE(f.r->enter_menu(0));
    REQUIRE(f.until([](const receiver_report& r) { return r.cams[0].menu.has_value(); }));
    const auto menu = *f.r->report().cams[0].menu;
    CHECK(menu.display.title == "Main");
    CHECK(menu.display.choices == std::vector<std::string>{"Card", "X"});
    CHECK(f.logged("shows \"Main\""));
    CHECK(f.service(one).state == "clear");
    SECTION("it is answered, as far as the driver takes answers") {
        CHECK(f.r->answer_menu(1, menu.id, 1U).value() == ENOENT);
        CHECK(f.r->close_menu(1).value() == ENOENT);
        CHECK(f.r->answer_menu(0, menu.id + 1, 1U).value() == ESTALE);
        CHECK(f.r->answer_menu(0, menu.id, 3U).value() == EINVAL);
        REQUIRE_FALSE(f.r->answer_menu(0, menu.id, 2U));
        CHECK(f.r->report().cams[0].menu->answered);
        REQUIRE(run_until(f.context, [&] {
            return std::ranges::count(f.driver.sent(), "9f880b 01 02"_hex) == 1;
        }));
        REQUIRE(run_until(f.context, [&] { return f.logged("does not take this kind"); }));
        REQUIRE_FALSE(f.r->close_menu(0));
        CHECK_FALSE(f.r->report().cams[0].menu);
        CHECK(f.r->close_menu(0).value() == ESTALE);
        CHECK(f.service(one).state == "clear");
    }
    SECTION("it goes with its module") {
        f.pull_out();
        REQUIRE(f.until_cam("empty"));
        CHECK_FALSE(f.r->report().cams[0].menu);
        CHECK(f.r->enter_menu(0).value() == EAGAIN);
    }
    SECTION("the module closes it") {
        f.driver.with([](auto& module) { module.menu = {"9f8800 01 00"_hex}; });
        REQUIRE_FALSE(f.r->enter_menu(0));
        REQUIRE(f.until([](const receiver_report& r) { return !r.cams[0].menu; }));
    }
}
