// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/ca_system.hpp"

#include "support/catch.hpp"

#include <algorithm>

using namespace cihost;
using namespace cihost::sim;

namespace {

aes_key key_of(std::uint8_t seed) {
    aes_key key{};
    for (std::size_t i = 0; i < key.size(); ++i)
        key[i] = static_cast<std::uint8_t>(seed + i * 13);
    return key;
}

const ecm_content content{{1, 2, 3, 6, 4, 5, 6, 15}, {9, 8, 7, 24, 6, 5, 4, 15}};

} // namespace

TEST_CASE("ca_system: a control word carries its checksums") {
    std::uint8_t next = 200;
    const auto word = make_control_word([&] { return next += 31; });
    CHECK(word[3] == static_cast<std::uint8_t>(word[0] + word[1] + word[2]));
    CHECK(word[7] == static_cast<std::uint8_t>(word[4] + word[5] + word[6]));
    CHECK(word[0] == 231);
    CHECK(word[1] != word[0]);
}

TEST_CASE("ca_system: an ECM opens under its service key alone") {
    const auto section = make_ecm(0x81, 7, key_of(1), content, 0x1122334455667788);
    CHECK(section[0] == 0x81);
    CHECK((section[1] & 0x80) == 0); // short form
    CHECK(((section[1] & 0x0F) << 8 | section[2]) + 3U == section.size());
    CHECK(section.size() <= 256); // ETR 289 limit of a CA_message_section
    REQUIRE(ecm_key_number(section).has_value());
    CHECK(*ecm_key_number(section) == 7);

    const auto opened = open_ecm(section, key_of(1));
    REQUIRE(opened.has_value());
    CHECK(opened->even == content.even);
    CHECK(opened->odd == content.odd);
    CHECK(open_ecm(section, key_of(2)).error() == errc::bad_value);
    // what is in it must not be readable from outside
    CHECK(std::search(section.begin(), section.end(), content.even.begin(), content.even.end()) ==
          section.end());
}

TEST_CASE("ca_system: any changed byte closes a message") {
    const auto ecm = make_ecm(0x80, 1, key_of(1), content, 5);
    const auto emm = make_emm(key_of(3), {2, key_of(1)}, 6);
    for (std::size_t i = 0; i < ecm.size(); ++i) {
        auto changed = ecm;
        changed[i] ^= 1;
        CHECK_FALSE(open_ecm(changed, key_of(1)).has_value());
    }
    for (std::size_t i = 0; i < emm.size(); ++i) {
        auto changed = emm;
        changed[i] ^= 1;
        CHECK_FALSE(open_emm(changed, key_of(3)).has_value());
    }
}

TEST_CASE("ca_system: every truncation is an error, and so is the wrong table") {
    const auto ecm = make_ecm(0x80, 1, key_of(1), content, 5);
    const auto emm = make_emm(key_of(3), {2, key_of(1)}, 6);
    for (std::size_t size = 0; size < ecm.size(); ++size) {
        CHECK(open_ecm(bytes_view{ecm}.first(size), key_of(1)).error() == errc::truncated);
        CHECK(ecm_key_number(bytes_view{ecm}.first(size)).error() == errc::truncated);
    }
    for (std::size_t size = 0; size < emm.size(); ++size)
        CHECK(open_emm(bytes_view{emm}.first(size), key_of(3)).error() == errc::truncated);
    CHECK(open_ecm(emm, key_of(3)).error() == errc::wrong_tag);
    CHECK(ecm_key_number(emm).error() == errc::wrong_tag);
    CHECK(open_emm(ecm, key_of(1)).error() == errc::wrong_tag);
    auto longer = emm;
    longer.push_back(0);
    CHECK(open_emm(longer, key_of(3)).error() == errc::bad_length);
    const bytes empty_ecm{0x80, 0x70, 0x02, 0, 0};
    CHECK(open_ecm(empty_ecm, key_of(1)).error() == errc::truncated);
}

TEST_CASE("ca_system: an EMM brings a service key to the card that has the card key") {
    const auto emm = make_emm(key_of(3), {42, key_of(9)}, 6);
    CHECK(emm[0] == 0x82);
    const auto opened = open_emm(emm, key_of(3));
    REQUIRE(opened.has_value());
    CHECK(opened->service_key_number == 42);
    CHECK(opened->service_key == key_of(9));
    CHECK(open_emm(emm, key_of(4)).error() == errc::bad_value);
    // same content, new nonce: another message
    CHECK(make_emm(key_of(3), {42, key_of(9)}, 7) != emm);
}
