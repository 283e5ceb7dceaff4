// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/recording_file_name.hpp"

#include "support/catch.hpp"

#include <cstdlib>
#include <string>

using namespace cihost::daemon;

TEST_CASE("names off the air become harmless file names") {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    const auto name = [](std::string_view service) {
        return recording_file_name(service, 28106, 1'000'000'000).string();
    };
    CHECK(name("Das Erste HD") == "Das-Erste-HD_28106_20010909-014640.ts");
    CHECK(name("") == "service_28106_20010909-014640.ts");
    CHECK(name("../../etc/passwd") == "etc-passwd_28106_20010909-014640.ts");
    CHECK(name(std::string_view("a\0b\n\x1b[2Jc", 9)) == "a-b-2Jc_28106_20010909-014640.ts");
    CHECK(name("WDR Köln") == "WDR-Köln_28106_20010909-014640.ts");
    CHECK(name(std::string(1000, 'x')).size() < 128);
    // never cut inside a character
    const std::string umlauts = name("x" + std::string(79, 'y') + "ö");
    CHECK(umlauts.find("\xc3") == std::string::npos);
}
