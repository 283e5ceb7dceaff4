// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/state_words.hpp"

#include "support/catch.hpp"

using namespace cihost;

TEST_CASE("words for machines become words for people") {
    CHECK(state_words("clear") == "clear");
    CHECK(state_words("no_ca_support") == "no CA support");
    CHECK(state_words("scrambled_without_ca") == "scrambled without CA");
    CHECK(state_words("waiting_for_ecm") == "waiting for ECM");
    CHECK(state_words("no_pmt") == "no PMT");
    CHECK(state_words("cam_away") == "CAM away");
    CHECK(state_words("no lock") == "no lock");
    CHECK(state_words("_") == "");
    CHECK(state_words("") == "");
}
