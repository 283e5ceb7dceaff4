// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/key_schedule.hpp"

#include "support/catch.hpp"

#include <set>

using namespace cihost;
using namespace cihost::sim;
using namespace std::chrono_literals;

namespace {

constexpr aes_key card_key{1, 2, 3};

key_schedule schedule(std::size_t groups) { return key_schedule{{10s, 30s, card_key, 5}, groups}; }

emm_content opened(const bytes& emm) {
    const auto content = open_emm(emm, card_key);
    REQUIRE(content.has_value());
    return *content;
}

} // namespace

TEST_CASE("key_schedule: crypto periods of the groups are staggered") {
    const auto keys = schedule(4);
    CHECK(keys.next_crypto_period(0, 0s) == 10s);
    CHECK(keys.next_crypto_period(1, 0s) == 7500ms);
    CHECK(keys.next_crypto_period(3, 0s) == 2500ms);
    CHECK(keys.crypto_period_at(3, 2499ms) == 0);
    CHECK(keys.crypto_period_at(3, 2500ms) == 1);
    CHECK(keys.next_crypto_period(3, 2500ms) == 12500ms);
}

TEST_CASE("key_schedule: the ECM of a period has its word and the next one's") {
    auto keys = schedule(2);
    std::set<control_word> used;
    control_word promised{};
    for (unsigned period = 0; period < 6; ++period) {
        const auto t = 10s * period + 1s;
        const auto word = keys.word_at(0, t);
        CHECK(used.insert(word).second);
        if (period > 0)
            CHECK(word == promised);
        const auto service_key = opened(keys.emms_at(t).at(0));
        const auto& ecm = keys.ecm_at(0, t);
        CHECK(ecm[0] == (period % 2 == 0 ? 0x80 : 0x81));
        CHECK(ecm_key_number(ecm).value() == service_key.service_key_number);
        const auto content = open_ecm(ecm, service_key.service_key);
        REQUIRE(content.has_value());
        CHECK((period % 2 == 0 ? content->even : content->odd) == word);
        promised = period % 2 == 0 ? content->odd : content->even;
        CHECK(keys.word_at(1, t) != word);
        // nobody's key opens the other system's
        CHECK(keys.foreign_ecm_at(0, t)[0] == ecm[0]);
        CHECK(open_ecm(keys.foreign_ecm_at(0, t), service_key.service_key).has_error());
    }
    CHECK(open_emm(keys.foreign_emm(), card_key).has_error());
}

TEST_CASE("key_schedule: a service key comes half its period ahead") {
    auto keys = schedule(1);
    CHECK(keys.emms_at(0s).size() == 1);
    CHECK(keys.emms_at(14999ms).size() == 1);
    const auto emms = keys.emms_at(15s);
    REQUIRE(emms.size() == 2);
    CHECK(opened(emms[0]).service_key_number == 1);
    CHECK(opened(emms[1]).service_key_number == 2);
    CHECK(opened(emms[0]).service_key != opened(emms[1]).service_key);
    CHECK(keys.service_key_number_at(29999ms) == 1);
    CHECK(keys.service_key_number_at(30s) == 2);
    CHECK(keys.emms_at(30s).at(0) == emms[1]);
}

TEST_CASE("key_schedule: a card is authorised for this service key and the next") {
    auto keys = schedule(1);
    for (const auto t : {0s, 45s}) {
        const auto number = keys.service_key_number_at(t);
        const auto emms = keys.authorisation_at(t);
        REQUIRE(emms.size() == 2);
        CHECK(emms[0] == keys.emms_at(t).at(0));
        CHECK(opened(emms[0]).service_key_number == number);
        CHECK(opened(emms[1]).service_key_number == number + 1);
    }
}

TEST_CASE("key_schedule: an ECM stays the same section until period or service key change") {
    auto keys = schedule(1);
    const auto first = keys.ecm_at(0, 21s);
    CHECK(keys.ecm_at(0, 29s) == first);
    CHECK(keys.next_ecm(0, 21s) == 30s);
    // both change at 30 s; a key change alone leaves the words
    key_schedule short_keys{{10s, 4s, card_key, 5}, 1};
    const auto before = short_keys.ecm_at(0, 3s);
    CHECK(short_keys.next_ecm(0, 3s) == 4s);
    const auto after = short_keys.ecm_at(0, 4s);
    CHECK(after[0] == before[0]);
    CHECK(ecm_key_number(before).value() == 1);
    CHECK(ecm_key_number(after).value() == 2);
    const auto key_1 = opened(short_keys.emms_at(0s)[0]).service_key;
    const auto key_2 = opened(short_keys.emms_at(4s)[0]).service_key;
    CHECK(open_ecm(before, key_1)->even == open_ecm(after, key_2)->even);
    CHECK(open_ecm(before, key_1)->odd == open_ecm(after, key_2)->odd);
}

TEST_CASE("key_schedule: without a seed no two runs are alike") {
    key_schedule one{{10s, 30s, card_key, {}}, 1};
    key_schedule another{{10s, 30s, card_key, {}}, 1};
    CHECK(one.word_at(0, 0s) != another.word_at(0, 0s));
}
