// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/recording_file_name.hpp"

#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>

using namespace cihost::daemon;
using namespace cihost::test;

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

TEST_CASE("a name that is taken gets the time of day, and a number at need") {
    const temporary_folder folder;
    const auto file = folder.path() / "start.pcapng";
    std::tm local{};
    local.tm_year = 126;
    local.tm_mon = 10;
    local.tm_mday = 22;
    local.tm_hour = 20;
    local.tm_isdst = -1;
    const auto when = std::mktime(&local);
    CHECK(unused_file_name(file, when) == file);
    write_file(file, "x");
    const auto second = folder.path() / "start-20261122-200000.pcapng";
    CHECK(unused_file_name(file, when) == second);
    std::filesystem::create_symlink("nowhere", second);
    CHECK(unused_file_name(file, when) == folder.path() / "start-20261122-200000-2.pcapng");
}
