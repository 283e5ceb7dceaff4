// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/dvb_text.hpp"

#include "base/utf8.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <cstdint>
#include <string>

using namespace cihost;
using namespace cihost::test;
using ts::dvb_text;

TEST_CASE("dvb_text: ASCII is itself in the default table") {
    CHECK(dvb_text({}).empty());
    CHECK(dvb_text("41 52 54 45 20 48 44"_hex) == "ARTE HD");
}

TEST_CASE("dvb_text: ISO 6937 with marks in front of their letters") {
    CHECK(dvb_text("50 6C 61 6E C1 65 74 65"_hex) == "Planète");
    CHECK(dvb_text("4D C8 75 6E 63 68 65 6E"_hex) == "München");
    CHECK(dvb_text("C2 41 C3 65 C4 6E C5 69 C6 67 C7 5A"_hex) == "ÁêñīğŻ");
    CHECK(dvb_text("C9 6F CA 61 CB 63 CD 6F CE 61 CF 73"_hex) == "öåçőąš");
    CHECK(dvb_text("A4 20 D0 E1 E8 F1 F8 FB"_hex) == "€ ―ÆŁæłß");
}

TEST_CASE("dvb_text: marks without such a letter") {
    CHECK(dvb_text("C2 20"_hex) == "´");                     // the mark itself
    CHECK(dvb_text("C8 71"_hex) == "q\xCC\x88");             // no character of its own: combined
    CHECK(dvb_text("61 C2"_hex) == "a´");                    // at the end
    CHECK(dvb_text("C1 C2 65"_hex) == "`é");                 // mark before mark
    CHECK(dvb_text("C1 8A 65"_hex) == "`\ne");               // mark before a control code
    CHECK(dvb_text("C0 CC A6"_hex) == "\uFFFD\uFFFD\uFFFD"); // no characters
}

TEST_CASE("dvb_text: control codes") {
    CHECK(dvb_text("41 86 42 87 43 8A 44 9F"_hex) == "ABC\nD");
    CHECK(dvb_text("41 0A 42 0D 43 00 7F 44"_hex) == "A\nBCD");
    CHECK(dvb_text("05 41 8A 42 80"_hex) == "A\nB");
    CHECK(dvb_text("11 00 41 E0 8A 00 42 E0 86"_hex) == "A\nB");
    CHECK(dvb_text("15 41 C2 8A 42 EE 82 8A 43 EE 82 86"_hex) == "A\nB\nC");
}

TEST_CASE("dvb_text: ISO 8859 by one byte") {
    CHECK(dvb_text("01 C0 DE E1 E1 D8 EF"_hex) == "Россия");
    CHECK(dvb_text("02 C7 E4 D9 D1 C8 EA C9"_hex) == "العربية");
    CHECK(dvb_text("03 C5 EB EB DC E4 E1"_hex) == "Ελλάδα");
    CHECK(dvb_text("04 F2 E1 F8 E9 FA"_hex) == "עברית");
    CHECK(dvb_text("05 54 FC 72 6B 69 79 65 20 FD F0 FE"_hex) == "Türkiye ığş");
    CHECK(dvb_text("06 53 E1 70 6D 69 20 BF B9"_hex) == "Sápmi ŋđ");
    CHECK(dvb_text("07 E4 B7 C2"_hex) == "ไทย");
    CHECK(dvb_text("09 4C 61 74 76 69 6A E2 20 EC EF"_hex) == "Latvijā ģļ");
    CHECK(dvb_text("0A A8 20 FE 20 A1"_hex) == "Ẁ ŷ Ḃ");
    CHECK(dvb_text("0B BD 75 76 72 65 20 A4"_hex) == "œuvre €");
}

TEST_CASE("dvb_text: ISO 8859 by three bytes") {
    CHECK(dvb_text("10 00 01 47 72 F6 DF 65 20 FF"_hex) == "Größe ÿ");
    CHECK(dvb_text("10 00 02 A3 F3 64 BC 20 E8 65 B9 74 69 6E 61"_hex) == "Łódź čeština");
    CHECK(dvb_text("10 00 03 4D 61 6C 74 61 20 B1 F5"_hex) == "Malta ħġ");
    CHECK(dvb_text("10 00 04 45 65 73 74 69 20 F5 FE"_hex) == "Eesti õū");
    CHECK(dvb_text("10 00 05 BA D8 F7 D2"_hex) == "Київ");
    CHECK(dvb_text("10 00 07 BF F1 E1"_hex) == "Ώρα");
    CHECK(dvb_text("10 00 09 DD 73 74 61 6E 62 75 6C"_hex) == "İstanbul");
    CHECK(dvb_text("10 00 0F B4 69 B8 65 6B 20 A4"_hex) == "Žižek €");
    CHECK(dvb_text("10 00 03 A5"_hex) == "\uFFFD"); // a place without character
}

TEST_CASE("dvb_text: every place of ISO 8859 stands where it should") {
    // sums of the code points A0 to FF, by another implementation
    const auto sum = [](std::uint8_t part) {
        std::uint32_t total = 0;
        for (unsigned code = 0xA0; code <= 0xFF; ++code) {
            const auto text = dvb_text(bytes{0x10, 0x00, part, static_cast<std::uint8_t>(code)});
            REQUIRE(text.size() >= 2);
            const auto at = [&](std::size_t i) {
                return static_cast<std::uint32_t>(static_cast<std::uint8_t>(text[i]));
            };
            const auto point = text.size() == 2
                                   ? (at(0) & 0x1FU) << 6 | (at(1) & 0x3FU)
                                   : (at(0) & 0x0FU) << 12 | (at(1) & 0x3FU) << 6 | (at(2) & 0x3FU);
            total += point * (code - 0x9F);
        }
        return total;
    };
    CHECK(sum(1) == 1039840);
    CHECK(sum(2) == 1362964);
    CHECK(sum(3) == 19865102);
    CHECK(sum(4) == 1304122);
    CHECK(sum(5) == 5557010);
    CHECK(sum(6) == 131952038);
    CHECK(sum(7) == 14921641);
    CHECK(sum(8) == 123486632);
    CHECK(sum(9) == 1074782);
    CHECK(sum(10) == 1445270);
    CHECK(sum(11) == 55584500);
    CHECK(sum(13) == 2319500);
    CHECK(sum(14) == 5119035);
    CHECK(sum(15) == 1107594);
}

TEST_CASE("dvb_text: two-byte characters") {
    CHECK(dvb_text("11 00 41 20 AC 4E 2D"_hex) == "A€中");
    CHECK(dvb_text("11 D8 3D DE 00 00 41"_hex) == "\uFFFD\uFFFDA"); // surrogates are none
    CHECK(dvb_text("11 00 41 00"_hex) == "A");                      // half a character
}

TEST_CASE("dvb_text: Korean and Chinese tables") {
    CHECK(dvb_text("12 C7 D1 B1 B9 BE EE 20 31 8A 41"_hex) == "한국어 1\nA");
    CHECK(dvb_text("13 D6 D0 CE C4 20 43 43 54 56"_hex) == "中文 CCTV");
    CHECK(dvb_text("14 A4 A4 A4 E5 C1 63 C5 E9 20 54 56"_hex) == "中文繁體 TV");
    // the first and the last characters
    CHECK(dvb_text("12 A1 A2 B0 A1 C8 FE FD FE"_hex) == "、가힝詰");
    CHECK(dvb_text("13 A1 A2 B0 A1 F7 FE"_hex) == "、啊齄");
    CHECK(dvb_text("14 A1 41 A4 40 F9 D5"_hex) == "，一龘");
    // halves, and places without character
    CHECK(dvb_text("12 B0"_hex) == "\uFFFD");
    CHECK(dvb_text("13 B0 41"_hex) == "\uFFFDA");
    CHECK(dvb_text("14 A4 20"_hex) == "\uFFFD ");
    CHECK(dvb_text("13 FE FE 41"_hex) == "\uFFFDA");
}

TEST_CASE("dvb_text: every place of the Korean and Chinese tables stands where it should") {
    // by another implementation
    struct expected {
        std::uint8_t selector;
        unsigned count;
        std::uint64_t sum;
    };
    for (const auto& want :
         {expected{0x12, 8225, 15156908711210}, expected{0x13, 7445, 11418840460423},
          expected{0x14, 13710, 21731956808011}}) {
        unsigned count = 0;
        std::uint64_t sum = 0;
        for (unsigned lead = 0xA1; lead < 0xFF; ++lead)
            for (unsigned trail = 0x40; trail < 0xFF; ++trail) {
                const auto text = dvb_text(bytes{want.selector, static_cast<std::uint8_t>(lead),
                                                 static_cast<std::uint8_t>(trail)});
                const bytes raw{text.begin(), text.end()};
                cursor c{raw};
                const auto character = next_utf8(c);
                if (character == replacement_character)
                    continue;
                ++count;
                sum += (lead * 256 + trail) * std::uint64_t{character};
            }
        CAPTURE(want.selector);
        CHECK(count == want.count);
        CHECK(sum == want.sum);
    }
}

TEST_CASE("dvb_text: UTF-8 is checked") {
    CHECK(dvb_text("15 41 C3 A9 E2 82 AC F0 9F 98 80"_hex) == "Aé€😀");
    CHECK(dvb_text("15 C3"_hex) == "\uFFFD");
    CHECK(dvb_text("15 C3 41"_hex) == "\uFFFDA");
    CHECK(dvb_text("15 80 41"_hex) == "\uFFFDA");
    CHECK(dvb_text("15 C0 AF"_hex) == "\uFFFD\uFFFD");                   // overlong
    CHECK(dvb_text("15 E0 80 AF"_hex) == "\uFFFD\uFFFD\uFFFD");          // overlong
    CHECK(dvb_text("15 ED A0 80"_hex) == "\uFFFD\uFFFD\uFFFD");          // surrogate
    CHECK(dvb_text("15 F4 90 80 80"_hex) == "\uFFFD\uFFFD\uFFFD\uFFFD"); // above 10FFFF
}

TEST_CASE("dvb_text: unknown tables give '?' a byte") {
    CHECK(dvb_text("08 41 42"_hex) == "??");   // reserved
    CHECK(dvb_text("10 00 0C 41"_hex) == "?"); // ISO 8859-12 never came
    CHECK(dvb_text("10 00"_hex).empty());
    CHECK(dvb_text("1F 01 41 42"_hex) == "??"); // compressed
    CHECK(dvb_text("1F"_hex).empty());
}

TEST_CASE("dvb_text: any two bytes in any table give text of whole characters") {
    for (unsigned selector = 0; selector < 0x100; ++selector)
        for (unsigned a = 0; a < 0x100; ++a)
            for (const unsigned b : {0x00U, 0x20U, 0x65U, 0x8AU, 0xC2U, 0xFFU}) {
                auto text =
                    dvb_text(bytes{static_cast<std::uint8_t>(selector),
                                   static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b)});
                // read as UTF-8 once more nothing is replaced
                bytes again{0x15};
                again.insert(again.end(), text.begin(), text.end());
                if (dvb_text(again) != text)
                    FAIL(selector << " " << a << " " << b);
            }
    SUCCEED();
}
