// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/text.hpp"

#include "support/catch.hpp"

using namespace cihost::cli;
using s = std::chrono::seconds;

TEST_CASE("figures have their units") {
    CHECK(count(0) == "0");
    CHECK(count(999) == "999");
    CHECK(count(1000) == "1,000");
    CHECK(count(1234567) == "1,234,567");
    CHECK(size(17) == "17 bytes");
    CHECK(size(1024) == "1.0 KiB");
    CHECK(size(12'900'000) == "12.3 MiB");
    CHECK(size(18446744073709551615U) == "16777216.0 TiB");
    CHECK(seconds(0.4249) == "0.42 s");
    CHECK(frequency(474'000'000) == "474 MHz");
    CHECK(frequency(474'166'667) == "474.166667 MHz");
    CHECK(frequency(11'954'000'000) == "11.954 GHz");
    CHECK(frequency(0) == "0 MHz");
    CHECK(hex16(0x2CA) == "02CA");
    CHECK(elapsed(s{3723}) == "1:02:03");
}

TEST_CASE("durations are read") {
    CHECK(parse_duration("10s") == s{10});
    CHECK(parse_duration("2m") == s{120});
    CHECK(parse_duration("1h30m") == s{5400});
    CHECK(parse_duration("1h1m1s") == s{3661});
    CHECK(parse_duration("45") == s{45});
    CHECK(parse_duration("240h") == s{864000});
    for (const auto* text : {"", "s", "0", "0s", "-1s", "10x", "1m1h", "1m2m", "1h30", "1.5h",
                             "241h", "10 s", "99999999999999999999999s"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text));
    }
}
