// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <cihost/en50221/ca_pmt_reply.hpp>

#include <string>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;

TEST_CASE("ca_pmt_reply: both levels, with reserved bits of either value") {
    // Irdeto, in the field: flags at programme level alone
    const auto field = parse_ca_pmt_reply("54 4F 11 81 0A 29 00 0A 33 00"_hex);
    REQUIRE(field.has_value());
    CHECK(field->program_number == 0x544F);
    CHECK(field->version == 8);
    CHECK(field->current_next);
    CHECK(field->enable == ca_enable::possible);
    CHECK(field->streams ==
          std::vector<ca_pmt_reply::stream>{{0x0A29, std::nullopt}, {0x0A33, std::nullopt}});

    const auto body = "11 22 CB 7F E1 01 F1 E1 02 F3"_hex;
    const auto reply = parse_ca_pmt_reply(body);
    REQUIRE(reply.has_value());
    CHECK_FALSE(reply->enable);
    CHECK(reply->streams ==
          std::vector<ca_pmt_reply::stream>{{0x101, ca_enable::no_entitlement},
                                            {0x102, ca_enable::technical_reasons}});
    CHECK(serialize(*reply) == body);
}

TEST_CASE("ca_pmt_reply: AlphaCrypt's extra length is skipped") {
    const auto plain = parse_ca_pmt_reply("11 22 CB 81 E1 01 81 E1 02 81"_hex);
    const auto alphacrypt = parse_ca_pmt_reply("11 22 CB 00 07 81 E1 01 81 E1 02 81"_hex);
    REQUIRE(plain.has_value());
    REQUIRE(alphacrypt.has_value());
    CHECK(*alphacrypt == *plain);
    CHECK(parse_ca_pmt_reply("11 22 CB 00 01 81"_hex).value().enable == ca_enable::possible);
    // the same size with another length in it is no such thing
    CHECK(parse_ca_pmt_reply("11 22 CB 00 08 81 E1 01 81 E1 02 81"_hex).error() ==
          errc::bad_length);
}

TEST_CASE("ca_pmt_reply: ends only where an entry ends") {
    const auto body = "11 22 CB 81 E1 01 81 E1 02 81"_hex;
    for (std::size_t size = 0; size <= body.size(); ++size) {
        const auto reply = parse_ca_pmt_reply(bytes_view{body}.first(size));
        CHECK(reply.has_value() == (size >= 4 && size % 3 == 1));
    }
    CHECK(parse_ca_pmt_reply({}).error() == errc::truncated);
}

TEST_CASE("ca_pmt_reply: values unknown to the standard mean no") {
    const auto reply = parse_ca_pmt_reply("11 22 CB A5"_hex);
    REQUIRE(reply.has_value());
    CHECK(reply->enable == static_cast<ca_enable>(0x25));
    CHECK(describe(*reply->enable) == std::string{"descrambling not possible"});
    CHECK(describe(ca_enable::no_entitlement) == std::string{"no entitlement"});
}

TEST_CASE("ca_pmt_reply: each answer in words of its own") {
    const std::string refused = describe(static_cast<ca_enable>(0x72));
    CHECK(refused == "descrambling not possible");
    std::vector<std::string> words{refused};
    for (const auto value :
         {ca_enable::possible, ca_enable::possible_purchase, ca_enable::possible_technical,
          ca_enable::no_entitlement, ca_enable::technical_reasons}) {
        for (const auto& other : words)
            CHECK(describe(value) != other);
        words.emplace_back(describe(value));
    }
}
