// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/length.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;

namespace {

std::size_t length_of(bytes data, bool well_formed = true) {
    cursor c{data};
    const auto length = read_length(c);
    CHECK(c.ok() == well_formed);
    CHECK(c.empty());
    return length;
}

bytes written(std::size_t length) {
    writer w;
    write_length(w, length);
    return w.take();
}

} // namespace

TEST_CASE("length: all forms are read") {
    CHECK(length_of("00"_hex) == 0);
    CHECK(length_of("7F"_hex) == 0x7F);
    CHECK(length_of("81 05"_hex) == 5);
    CHECK(length_of("82 01 00"_hex) == 0x100);
    CHECK(length_of("83 00 00 05"_hex) == 5);
    CHECK(length_of("84 00 01 00 00"_hex) == 0x10000);
}

TEST_CASE("length: the indefinite, the oversized and the cut form are none") {
    length_of("80"_hex, false);
    length_of("85 00 00 00 00 01"_hex, false);
    length_of("82 01"_hex, false);
    length_of({}, false);
}

TEST_CASE("length: the shortest form is written") {
    CHECK(written(0x7F) == "7F"_hex);
    CHECK(written(0x80) == "81 80"_hex);
    CHECK(written(0xFF) == "81 FF"_hex);
    CHECK(written(0x100) == "82 01 00"_hex);
}
