// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/mmi.hpp"

#include "en50221/apdu.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <string_view>

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

} // namespace

TEST_CASE("a menu: title, subtitle, bottom line and choices") {
    mmi_reader reader;
    CHECK_FALSE(reader.shown());
    CHECK(reader.take(apdu::write_object(
        apdu::menu_last,
        joined({{2}, text("Main"), text("Pick"), text(""), text("Card"), text("\xC4rger")}))));
    CHECK(reader.shown() == mmi_display{.shape = mmi_display::form::menu,
                                        .title = "Main",
                                        .subtitle = "Pick",
                                        .bottom = "",
                                        .choices = {"Card", "r\xCC\x83ger"}});
    CHECK(reader.take(apdu::write_object(apdu::close_mmi, "00"_hex)));
    CHECK_FALSE(reader.shown());
    CHECK_FALSE(reader.take(apdu::write_object(apdu::close_mmi, "00"_hex)));
}

TEST_CASE("a list whose module does not count its lines, in several objects and text parts") {
    mmi_reader reader;
    CHECK_FALSE(reader.take(
        apdu::write_object(apdu::list_more, joined({{0xFF}, text("Ent", apdu::text_more)}))));
    CHECK_FALSE(reader.shown());
    CHECK(reader.take(apdu::write_object(
        apdu::list_last,
        joined({text("itlements"), text(""), text("OK"), text("2026"), text("2027")}))));
    CHECK(reader.shown() == mmi_display{.shape = mmi_display::form::list,
                                        .title = "Entitlements",
                                        .subtitle = "",
                                        .bottom = "OK",
                                        .choices = {"2026", "2027"}});
    // parts of a list are none of a menu
    CHECK_FALSE(reader.take(apdu::write_object(apdu::list_more, "FF"_hex)));
    CHECK(reader.take(
        apdu::write_object(apdu::menu_last, joined({{0}, text("A"), text("B"), text("C")}))));
    CHECK(reader.shown()->title == "A");
    CHECK(reader.shown()->choices.empty());
}

TEST_CASE("fewer choices than announced are those that came; an enquiry is its question") {
    mmi_reader reader;
    CHECK(reader.take(apdu::write_object(
        apdu::menu_last, joined({{9}, text("A"), text("B"), text("C"), text("only")}))));
    CHECK(reader.shown()->choices == std::vector<std::string>{"only"});
    CHECK(reader.take(apdu::write_object(apdu::enq, "01 04 50494e3f"_hex)));
    CHECK(reader.shown()->shape == mmi_display::form::enquiry);
    CHECK(reader.shown()->title == "PIN?");
    reader.clear();
    CHECK_FALSE(reader.shown());
}

TEST_CASE("what is no menu changes nothing that is shown") {
    mmi_reader reader;
    REQUIRE(reader.take(
        apdu::write_object(apdu::menu_last, joined({{0}, text("A"), text("B"), text("C")}))));
    const auto before = reader.shown();
    for (const auto& object :
         {""_hex, "9f88"_hex, "9f8809 00"_hex, "9f8809 01 00"_hex, "9f8809 7f 00"_hex,
          "9f8807 01 01"_hex, "9f8801 01 01"_hex, "9f8809 06 00 9f8805 0141"_hex,
          "9f8809 05 00 9f8803 05"_hex, "9f880c 80"_hex,
          apdu::write_object(apdu::menu_last,
                             joined({{1}, text("x"), text("y"), text("z"), "9f"_hex}))}) {
        CAPTURE(object.size());
        CHECK_FALSE(reader.take(object));
        CHECK(reader.shown() == before);
    }
}

TEST_CASE("a module that sends parts without end gets no memory for them") {
    mmi_reader reader;
    const bytes part(1000, 0x55);
    for (int i = 0; i < 1000; ++i)
        CHECK_FALSE(reader.take(apdu::write_object(apdu::menu_more, part)));
    REQUIRE_FALSE(reader.take(apdu::write_object(apdu::menu_last, "00"_hex)));
    CHECK(reader.take(
        apdu::write_object(apdu::menu_last, joined({{0}, text("A"), text("B"), text("C")}))));
}
