// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/mmi_reader.hpp"

#include "en50221/apdu.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;

namespace {

bytes text(std::string_view words, std::uint32_t tag = apdu::text_last) {
    return apdu::write_object(tag, bytes{words.begin(), words.end()});
}

bytes joined(std::initializer_list<bytes> parts) {
    bytes all;
    for (const auto& part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

using outcome = mmi_reader::outcome;
using form = mmi_display::form;
using list = std::vector<std::string>;

outcome take(mmi_reader& reader, const bytes& apdu) {
    cursor c{apdu};
    return reader.take(apdu::read_object(c));
}

bytes menu(std::uint32_t tag, std::initializer_list<bytes> parts) {
    return apdu::write_object(tag, joined(parts));
}

} // namespace

TEST_CASE("mmi_reader: a menu has title, subtitle, bottom line and choices") {
    mmi_reader reader;
    CHECK(take(reader,
               menu(apdu::menu_last,
                    {{2}, text("Main"), text("Pick"), text(""), text("Card"), text("\xC4rger")})) ==
          outcome::complete);
    CHECK(reader.display() == mmi_display{.shape = form::menu,
                                          .title = "Main",
                                          .subtitle = "Pick",
                                          .bottom = "",
                                          .choices = {"Card", "r\xCC\x83ger"}});
    CHECK(take(reader, menu(apdu::list_last, {{0}, text("A"), text("B"), text("C")})) ==
          outcome::complete);
    CHECK(reader.display() ==
          mmi_display{
              .shape = form::list, .title = "A", .subtitle = "B", .bottom = "C", .choices = {}});
}

TEST_CASE("mmi_reader: objects and texts in several parts, split anywhere") {
    const auto whole = joined({{0xFF},
                               text("Ent", apdu::text_more),
                               text("itle", apdu::text_more),
                               text("ments"),
                               text(""),
                               text("OK"),
                               text("20", apdu::text_more),
                               text("26"),
                               text("2027")});
    const auto tags = GENERATE(std::vector<std::uint32_t>{apdu::menu_more, apdu::menu_last, 0},
                               std::vector<std::uint32_t>{apdu::list_more, apdu::list_last, 1});
    for (std::size_t first = 0; first <= whole.size(); ++first)
        for (std::size_t second = first; second <= whole.size(); second += 7) {
            mmi_reader reader;
            const auto at = [&](std::size_t n) {
                return whole.begin() + static_cast<std::ptrdiff_t>(n);
            };
            CHECK(take(reader, apdu::write_object(tags[0], bytes(at(0), at(first)))) ==
                  outcome::part);
            CHECK(take(reader, apdu::write_object(tags[0], bytes(at(first), at(second)))) ==
                  outcome::part);
            CHECK(take(reader, apdu::write_object(tags[1], bytes(at(second), whole.end()))) ==
                  outcome::complete);
            CHECK(reader.display() == mmi_display{.shape = tags[2] == 0 ? form::menu : form::list,
                                                  .title = "Entitlements",
                                                  .subtitle = "",
                                                  .bottom = "OK",
                                                  .choices = {"2026", "2027"}});
        }
}

TEST_CASE("mmi_reader: parts of a list are none of a menu, nor of what comes after an enquiry") {
    mmi_reader reader;
    CHECK(take(reader, menu(apdu::list_more, {{9}, text("x")})) == outcome::part);
    CHECK(take(reader, menu(apdu::menu_last, {{0}, text("A"), text("B"), text("C")})) ==
          outcome::complete);
    CHECK(reader.display().title == "A");
    CHECK(take(reader, menu(apdu::menu_more, {{9}, text("x")})) == outcome::part);
    CHECK(take(reader, "9f8807 03 00 ff 3f"_hex) == outcome::complete);
    CHECK(take(reader, menu(apdu::menu_last, {{0}, text("D"), text("B"), text("C")})) ==
          outcome::complete);
    CHECK(reader.display().title == "D");
    CHECK(take(reader, menu(apdu::menu_more, {{9}, text("x")})) == outcome::part);
    reader.clear();
    CHECK(take(reader, menu(apdu::menu_last, {{0}, text("E")})) == outcome::complete);
    CHECK(reader.display().title == "E");
}

TEST_CASE("mmi_reader: texts are read to the end, whatever the number of choices says") {
    const auto said = GENERATE(0x00, 0x01, 0x02, 0x03, 0x7F, 0xFF);
    CAPTURE(said);
    mmi_reader reader;
    CHECK(take(reader, menu(apdu::menu_last, {{static_cast<std::uint8_t>(said)},
                                              text("A"),
                                              text("B"),
                                              text("C"),
                                              text("one"),
                                              text("")})) == outcome::complete);
    CHECK(reader.display().choices == list{"one", ""});
}

TEST_CASE("mmi_reader: a menu cut off anywhere is what there is of it") {
    const auto whole =
        joined({{2}, text("Title"), text("Sub"), text("Foot"), text("one"), text("two")});
    // a part of a text counts, a part of its header does not
    constexpr std::size_t header = 4;
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        CAPTURE(size);
        mmi_reader reader;
        const bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const auto got = take(reader, apdu::write_object(apdu::menu_last, cut));
        if (size < 1 + header) {
            CHECK(got == outcome::malformed);
            continue;
        }
        REQUIRE(got == outcome::complete);
        const auto part = [&](std::size_t& at, const std::string& text) {
            const auto begin = at + header;
            at = begin + text.size();
            return size < begin ? std::string{} : text.substr(0, size - begin);
        };
        std::size_t at = 1;
        CHECK(reader.display().title == part(at, "Title"));
        CHECK(reader.display().subtitle == part(at, "Sub"));
        CHECK(reader.display().bottom == part(at, "Foot"));
        list choices;
        for (const char* choice : {"one", "two"}) {
            const bool begun = size >= at + header;
            if (const auto text = part(at, choice); begun)
                choices.push_back(text);
        }
        CHECK(reader.display().choices == choices);
    }
}

TEST_CASE("mmi_reader: texts have line breaks, character tables and garbage in front") {
    mmi_reader reader;
    CHECK(take(reader, menu(apdu::menu_last, {{0},
                                              text("one\x8Atwo"),
                                              text("\x05\xDD\xFE"),
                                              text(std::string_view{"\x00\x08\x0E\x1Dplain", 9}),
                                              text("\x0C"),
                                              text("\x15\xE2\x82\xAC")})) == outcome::complete);
    CHECK(reader.display().title == "one\ntwo");
    CHECK(reader.display().subtitle == "İş");
    CHECK(reader.display().bottom == "plain");
    CHECK(reader.display().choices == list{"", "€"});
}

TEST_CASE("mmi_reader: an enquiry is its question, and how to answer") {
    mmi_reader reader;
    CHECK(take(reader, "9f8807 06 01 04 50494e3f"_hex) == outcome::complete);
    CHECK(reader.display() ==
          mmi_display{.shape = form::enquiry, .title = "PIN?", .blind = true, .answer_length = 4});
    CHECK(reader.question() == "50494e3f"_hex);
    CHECK(take(reader, "9f8807 03 fe ff 3f"_hex) == outcome::complete);
    CHECK_FALSE(reader.display().blind);
    CHECK(reader.display().answer_length == 0);
    CHECK(take(reader, "9f8807 02 ff 00"_hex) == outcome::complete);
    CHECK(reader.display() ==
          mmi_display{.shape = form::enquiry, .blind = true, .answer_length = 0});
}

TEST_CASE("mmi_reader: what is no menu changes nothing that is shown") {
    mmi_reader reader;
    REQUIRE(take(reader, menu(apdu::menu_last, {{0}, text("A"), text("B"), text("C")})) ==
            outcome::complete);
    const auto before = reader.display();
    for (const auto& object :
         {"9f8809 00"_hex, "9f8809 01 00"_hex, "9f8809 02 00 9f"_hex, "9f8807 01 01"_hex,
          "9f8809 06 00 9f8805 0141"_hex, "9f880c 05 00 9f8803 80"_hex}) {
        CAPTURE(object.size());
        CHECK(take(reader, object) == outcome::malformed);
        CHECK(reader.display() == before);
    }
    for (const auto& object : {"9f8801 01 01"_hex, "9f8800 01 00"_hex, "9f8805 00"_hex}) {
        CHECK(take(reader, object) == outcome::unknown);
        CHECK(reader.display() == before);
    }
}

TEST_CASE("mmi_reader: a module that sends parts without end gets no memory for them") {
    mmi_reader reader;
    const bytes part(1000, 0x55);
    unsigned dropped = 0;
    for (int i = 0; i < 1000; ++i)
        dropped += take(reader, apdu::write_object(apdu::menu_more, part)) == outcome::malformed;
    CHECK(dropped == 15);
    CHECK(take(reader, apdu::write_object(apdu::menu_last, "00"_hex)) == outcome::malformed);
    CHECK(take(reader, menu(apdu::menu_last, {{0}, text("A"), text("B"), text("C")})) ==
          outcome::complete);
}
