// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/cam_keys.hpp"

#include "daemon/read_text_file.hpp"
#include "support/catch.hpp"
#include "support/places.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace cihost;
using namespace cihost::daemon;

namespace {

/// Quirks of tests/QUIRKS.md that some modules have and others bear no cure for, and the keys by
/// which a profile cures them. The others are dealt with always.
struct cure {
    unsigned quirk;
    std::vector<std::string_view> keys;
};

const std::vector<cure> cures{
    {1, {"poll_floor_ms", "idle_poll_ms", "early_fetch"}},
    {2,
     {"status_empty_ms", "status_booting_ms", "status_starting_ms", "status_running_ms",
      "insertion_kick"}},
    {3, {"suspect_after_ms", "answer_patience_ms"}},
    {6, {"ready_patience_s", "renewal_patience_ms"}},
    {8, {"start_up_patience_s", "back_off_first_ms", "back_off_last_ms"}},
    {12, {"create_tries"}},
    {17, {"host_control"}},
    {18, {"repeated_session"}},
    {19, {"resource_manager", "application_information"}},
    {22, {"mmi", "close_unasked_menu_after_s"}},
    {35, {"ca_info_patience_s", "renewal_pause_ms"}},
    {41, {"settle_ms", "pace_ms"}},
    {42, {"listing", "change"}},
    {43, {"withdrawal"}},
    {44, {"listing"}},
    {47, {"raise_ca_descriptors"}},
    {53, {"change", "max_services"}},
    {55, {"max_streams", "presentation_streams_only"}},
    {57, {"needs_sdt", "needs_eit", "needs_tdt"}},
};

} // namespace

TEST_CASE("each quirk that only some modules have can be cured by keys of a profile") {
    std::string quirks;
    REQUIRE(read_text_file(test::source_file("tests/QUIRKS.md"), quirks) == 0);
    for (const auto& [quirk, keys] : cures) {
        INFO(quirk);
        const auto row = quirks.find("\n| " + std::to_string(quirk) + " | ");
        REQUIRE(row != std::string::npos);
        const auto end = quirks.find('\n', row + 1);
        CHECK(quirks.substr(row, end - row).find("not the host's") == std::string::npos);
        for (const auto name : keys) {
            INFO(name);
            CHECK(std::ranges::find(cam_keys(), name, &cam_key::name) != cam_keys().end());
        }
    }
}

TEST_CASE("each key of a profile sets its own value, and no other's") {
    std::set<std::string_view> names;
    for (const auto& key : cam_keys()) {
        INFO(key.name);
        CHECK(names.insert(key.name).second);
        const policy::cam_profile before;
        for (const auto value : {key.least, key.most}) {
            auto p = before;
            key.set(p, value);
            CHECK(key.get(p) == value);
            for (const auto& other : cam_keys())
                if (&other != &key)
                    CHECK(other.get(p) == other.get(before));
        }
        CHECK(key.get(before) >= (key.type == cam_key::kind::seconds_or_never ? -1 : key.least));
        CHECK(key.get(before) <= key.most);
    }
    // one each for the members of cam_profile and what it holds that are the module's
    CHECK(names.size() == 43);
}

TEST_CASE("each value of a key has a sentence, and says what is allowed") {
    for (const auto& key : cam_keys()) {
        INFO(key.name);
        CHECK_FALSE(key.allowed().empty());
        std::set<std::string> sentences;
        for (const auto value : {key.least, key.most}) {
            const auto text = key.describe(value);
            CHECK(text.find('%') == std::string::npos);
            sentences.insert(text);
        }
        CHECK(sentences.size() == 2);
    }
}

TEST_CASE("who gives an answer less time than it has until it is remarked means both") {
    for (const auto& key : cam_keys())
        if (key.name == "answer_patience_ms") {
            policy::cam_profile p;
            p.slot.suspect_after = std::chrono::seconds{4};
            p.slot.dead_after = std::chrono::seconds{10};
            put({{&key, 1000}}, p);
            CHECK(p.slot.dead_after == std::chrono::seconds{1});
            CHECK(p.slot.suspect_after == std::chrono::seconds{1});
        }
}
