// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/dvb_text_writer.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "ts/dvb_charset.hpp"
#include "ts/dvb_text.hpp"

#include <string>

using namespace cihost;
using namespace cihost::test;
using ts::dvb_text;
using ts::to_dvb_text;

TEST_CASE("dvb_text_writer: ASCII is itself, whatever the other one writes in") {
    CHECK(to_dvb_text("").value().empty());
    CHECK(to_dvb_text("0000") == "30 30 30 30"_hex);
    for (const auto& like : {""_hex, "01 C0"_hex, "11 00 41"_hex, "15 41"_hex, "10 00 02 A3"_hex})
        CHECK(to_dvb_text("Abc 12~", like) == "41 62 63 20 31 32 7E"_hex);
    CHECK(to_dvb_text("a\nb") == "61 8A 62"_hex);
}

TEST_CASE("dvb_text_writer: the table of the other one first") {
    CHECK(to_dvb_text("ş", "05 41"_hex) == "05 FE"_hex);
    CHECK(to_dvb_text("ş", "10 00 02 41"_hex) == "10 00 02 BA"_hex);
    CHECK(to_dvb_text("ş", "11 00 41"_hex) == "11 01 5F"_hex);
    CHECK(to_dvb_text("ş\n", "15 41"_hex) == "15 C5 9F EE 82 8A"_hex);
    CHECK(to_dvb_text("ş\n", "11 00 41"_hex) == "11 01 5F E0 8A"_hex);
    // what it does not have
    CHECK(to_dvb_text("ş", "01 C0"_hex) == "CB 73"_hex);
    CHECK(to_dvb_text("😀", "11 00 41"_hex) == "15 F0 9F 98 80"_hex);
    // none
    CHECK(to_dvb_text("ş", "13 B0 A1"_hex) == "CB 73"_hex);
    CHECK(to_dvb_text("ş", "10"_hex) == "CB 73"_hex);
    CHECK(to_dvb_text("ş", "10 00 0C"_hex) == "CB 73"_hex);
}

TEST_CASE("dvb_text_writer: without such a table the first that has it all") {
    CHECK(to_dvb_text("Planète €") == "50 6C 61 6E C1 65 74 65 20 A4"_hex);
    CHECK(to_dvb_text("Россия") == "01 C0 DE E1 E1 D8 EF"_hex);
    CHECK(to_dvb_text("ไทย") == "07 E4 B7 C2"_hex);
    CHECK(to_dvb_text("Россия ไทย").value() == [] {
        const std::string text = "\x15Россия ไทย";
        return bytes{text.begin(), text.end()};
    }());
}

TEST_CASE("dvb_text_writer: what is no text") {
    CHECK_FALSE(to_dvb_text("\xFF"));
    CHECK_FALSE(to_dvb_text("a\xC3"));
    CHECK_FALSE(to_dvb_text("a\tb"));
    CHECK_FALSE(to_dvb_text("\x1B[2J"));
    CHECK_FALSE(to_dvb_text("\x7F"));
    CHECK_FALSE(to_dvb_text("\xC2\x85"));
    CHECK_FALSE(to_dvb_text(std::string(1, '\0')));
    CHECK(to_dvb_text("\uFFFD")); // a character like any other
}

TEST_CASE("dvb_text_writer: what it writes reads as it was, in every table") {
    for (int part = 1; part <= 15; ++part) {
        if (!ts::has_iso_8859(part))
            continue;
        bytes source{0x10, 0, static_cast<std::uint8_t>(part)};
        for (unsigned code = 0xA1; code < 0x100; ++code)
            if (ts::from_iso_8859(part, static_cast<std::uint8_t>(code)) != 0)
                source.push_back(static_cast<std::uint8_t>(code));
        const auto text = dvb_text(source);
        CAPTURE(part, text);
        CHECK(dvb_text(to_dvb_text(text).value()) == text);
        CHECK(dvb_text(to_dvb_text(text, source).value()) == text);
    }
    bytes latin;
    for (unsigned code = 0xA1; code < 0x100; ++code) {
        const auto byte = static_cast<std::uint8_t>(code);
        if (!ts::is_mark(byte) && ts::from_iso_6937(byte) != 0)
            latin.push_back(byte);
    }
    CHECK(to_dvb_text(dvb_text(latin)) == latin);
}
