// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/frequency.hpp"

#include "support/catch.hpp"

using namespace cihost::daemon;

TEST_CASE("frequencies are read exactly") {
    CHECK(parse_frequency("474000000") == 474'000'000U);
    CHECK(parse_frequency("474 MHz") == 474'000'000U);
    CHECK(parse_frequency("474mhz") == 474'000'000U);
    CHECK(parse_frequency(" 474.166667 MHz ") == 474'166'667U);
    CHECK(parse_frequency("11954000 kHz") == 11'954'000'000U);
    CHECK(parse_frequency("11.9540 GHz") == 11'954'000'000U);
    CHECK(parse_frequency("474000000.0 Hz") == 474'000'000U);
}

TEST_CASE("what is no frequency is refused") {
    for (const auto* text :
         {"", "MHz", "474 MHzz", "474,5 MHz", "4.7.4 MHz", "-474 MHz", ".", "0x10", "1.5 Hz",
          "474.1666667 MHz", "99999999999999999999", "99999999999999 GHz"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_frequency(text));
    }
}

TEST_CASE("frequencies are written with the digits that matter") {
    CHECK(format_frequency(474'000'000) == "474 MHz");
    CHECK(format_frequency(474'166'667) == "474.166667 MHz");
    CHECK(format_frequency(11'954'000'000) == "11.954 GHz");
    CHECK(format_frequency(500) == "0.0005 MHz");
}
