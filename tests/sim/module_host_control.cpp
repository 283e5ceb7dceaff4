// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/cam/module_host_control.hpp"

#include "cam_bench.hpp"
#include "support/catch.hpp"

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

struct fixture : cam_bench {
    explicit fixture(unsigned application_information = 1)
        : cam_bench{{.boot_time = 1s,
                     .think_time = 0s,
                     .application_information = application_information}} {
        insert();
    }
    /// connect(), with Host Control in the host's profile from then on.
    void connect_with_host_control() {
        connect();
        ca_object(0x9F8030, {});
        receive(); // ca_info
        tell("01 A0 09 01 90 02 00 01 9F 80 12 00");
        receive(); // profile_enq
        tell("01 A0 15 01 90 02 00 01 9F 80 11 0C 00 02 00 41 00 03 00 41 00 20 00 41");
    }
};

} // namespace

TEST_CASE("Host Control is opened when the module has something to ask, and asks it then") {
    fixture f;
    f.connect_with_host_control();
    CHECK(f.poll() == "01 80 02 01 00");
    REQUIRE(f.cam.tune(1, 7, 0x201, f.now));
    REQUIRE(f.cam.replace(5, 0x101, 0x700, f.now));
    CHECK(f.receive() == "01 a0 07 01 91 04 00 20 00 41 80 02 01 00");
    f.tell("01 A0 0A 01 92 07 00 00 20 00 41 00 09");
    CHECK(f.receive() == "01 a0 11 01 90 02 00 09 9f 84 00 08 00 00 00 01 00 07 02 01 80 02 01 80");
    CHECK(f.receive() == "01 a0 0e 01 90 02 00 09 9f 84 01 05 05 e1 01 e7 00 80 02 01 00");
    REQUIRE(f.cam.clear_replace(5, f.now));
    CHECK(f.receive() == "01 a0 0a 01 90 02 00 09 9f 84 02 01 05 80 02 01 00");
    CHECK(f.violations() == 0);
}

TEST_CASE("Host Control: the module gives way when asked, or by itself, and may come back") {
    fixture f;
    f.connect_with_host_control();
    CHECK_FALSE(f.cam.release(f.now));
    f.cam.tune(1, 7, 0x201, f.now);
    f.receive();
    f.tell("01 A0 0A 01 92 07 00 00 20 00 41 00 09");
    f.receive();
    SECTION("asked") { f.tell("01 A0 09 01 90 02 00 09 9F 84 03 00"); }
    SECTION("by itself") { CHECK(f.cam.release(f.now)); }
    CHECK(f.receive() == "01 a0 05 01 95 02 00 09 80 02 01 00");
    f.tell("01 A0 09 01 90 02 00 09 9F 84 03 00"); // too late, and no harm
    f.tell("01 A0 06 01 96 03 00 00 09");
    CHECK_FALSE(f.cam.release(f.now));
    CHECK(f.violations() == 0);
    f.tell("01 A0 06 01 96 03 00 00 09");
    CHECK(f.violations() == 1);
    REQUIRE(f.cam.clear_replace(1, f.now));
    CHECK(f.receive() == "01 a0 07 01 91 04 00 20 00 41 80 02 01 00");
}

TEST_CASE("Host Control: without the offer, and after a refusal, nothing is asked") {
    fixture f;
    CHECK_FALSE(f.cam.tune(1, 7, 0x201, f.now));
    f.connect();
    CHECK_FALSE(f.cam.tune(1, 7, 0x201, f.now));
    fixture g;
    g.connect_with_host_control();
    CHECK(g.cam.tune(1, 7, 0x201, g.now));
    g.receive();
    CHECK(g.tell("01 A0 0A 01 92 07 F3 00 20 00 41 00 00") == "01 80 02 01 00");
    CHECK(g.cam.tune(1, 7, 0x202, g.now)); // tries again
    CHECK(g.receive() == "01 a0 07 01 91 04 00 20 00 41 80 02 01 00");
}

TEST_CASE("a reset is asked for in Application Information from version 3 on") {
    fixture f{3};
    for (const auto* block :
         {"01 82 01 01", "01 81 01 01", "01 A0 0A 01 92 07 00 00 01 00 41 00 01",
          "01 A0 09 01 90 02 00 01 9F 80 12 00", "01 81 01 01"})
        f.tell(block);
    f.tell("01 A0 11 01 90 02 00 01 9F 80 11 08 00 02 00 41 00 02 00 43");
    CHECK(f.receive() == "01 a0 07 01 91 04 00 02 00 43 80 02 01 00");
    CHECK_FALSE(f.cam.request_reset(f.now));
    f.tell("01 A0 0A 01 92 07 00 00 02 00 43 00 02");
    f.tell("01 A0 0A 01 90 02 00 02 9F 80 24 01 01");
    CHECK(f.file.events("data_rate_info").at(0).at("rate") == 1);
    REQUIRE(f.cam.request_reset(f.now));
    CHECK(f.receive() == "01 a0 09 01 90 02 00 02 9f 80 23 00 80 02 01 00");
    CHECK(f.violations() == 0);
    fixture old;
    old.connect();
    CHECK_FALSE(old.cam.request_reset(old.now));
}
