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
    const auto name = [](std::string_view service, std::string title = {}) {
        return recording_file_name(standard_recording_pattern, {.service = std::string(service),
                                                                .program_number = 28106,
                                                                .title = std::move(title),
                                                                .when = 1'000'000'000})
            .string();
    };
    CHECK(name("Das Erste HD") == "Das-Erste-HD_28106_20010909-014640.ts");
    CHECK(name("Das Erste HD", "Tagesschau: 20 Uhr!") ==
          "Das-Erste-HD_28106_20010909-014640_Tagesschau-20-Uhr.ts");
    CHECK(name("") == "service_28106_20010909-014640.ts");
    CHECK(name("../../etc/passwd") == "etc-passwd_28106_20010909-014640.ts");
    CHECK(name(std::string_view("a\0b\n\x1b[2Jc", 9)) == "a-b-2Jc_28106_20010909-014640.ts");
    CHECK(name("WDR Köln") == "WDR-Köln_28106_20010909-014640.ts");
    CHECK(name(std::string(1000, 'x'), std::string(1000, 'y')).size() <= 203);
    // never cut inside a character
    const std::string umlauts = name("x" + std::string(79, 'y') + "ö");
    CHECK(umlauts.find("\xc3") == std::string::npos);
}

TEST_CASE("a pattern names recordings, and their folders") {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    recording_facts facts{.service = "One",
                          .provider = "P",
                          .program_number = 7,
                          .receiver = "roof",
                          .title = "../News",
                          .when = 1'000'000'000};
    const auto name = [&](std::string_view pattern) {
        CHECK(recording_pattern_fault(pattern).empty());
        return recording_file_name(pattern, facts).string();
    };
    CHECK(name("{service}/{date}_{title}") == "One/20010909_News.ts");
    CHECK(name("{provider} {receiver} {time}") == "P roof 014640.ts");
    CHECK(name("{number}") == "7.ts");
    CHECK(name("plain") == "plain.ts");
    facts.title.clear();
    facts.provider = "...";
    CHECK(name("{title}_{service}") == "One.ts");
    CHECK(name("{service}_{title}_{number}") == "One_7.ts");
    CHECK(name("{title}") == "recording.ts");
    CHECK(name(".{provider}.x") == "x.ts");
    CHECK(recording_part_name("/a/b.ts", 1) == "/a/b.ts");
    CHECK(recording_part_name("/a/b.ts", 2) == "/a/b_2.ts");
}

TEST_CASE("what is wrong with a pattern is told") {
    CHECK(recording_pattern_fault("{titel}") ==
          "has no such field as '{titel}'; did you mean '{title}'?");
    CHECK(recording_pattern_fault("{xyzzy}") == "has no such field as '{xyzzy}'.");
    for (const auto* const pattern : {"{title", "title}", "{ti{tle}", "{ser/vice}", "{", "}"}) {
        INFO(pattern);
        CHECK(recording_pattern_fault(pattern) == "has a brace without its other half.");
    }
    for (const auto* const pattern : {"/abs", "a//b", "../x", "a/.", "a/"}) {
        INFO(pattern);
        CHECK(recording_pattern_fault(pattern) ==
              "has an empty folder, or one that leads elsewhere.");
    }
    CHECK(recording_pattern_fault("a\nb") == "has a control character.");
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
