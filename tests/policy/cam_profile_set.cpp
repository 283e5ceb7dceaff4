// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/cam_profile_set.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::policy;

namespace {

using ids = std::vector<std::uint16_t>;

const cam_identity who{0xDC01, 0x0001, "Dragon CAM 4.1"};

bool fits(const cam_match& match, const std::optional<ids>& systems = {}) {
    return match.fits(who, systems);
}

known_cam cam(const std::string& name, cam_match match) {
    known_cam k;
    k.profile.name = name;
    k.matches = {std::move(match)};
    return k;
}

} // namespace

TEST_CASE("a match fits if all that it gives holds") {
    CHECK(fits({}));
    CHECK(fits({.manufacturer = 0xDC01}));
    CHECK_FALSE(fits({.manufacturer = 0xDC02}));
    CHECK(fits({.manufacturer = 0xDC01, .code = 1}));
    CHECK_FALSE(fits({.manufacturer = 0xDC01, .code = 2}));
    CHECK_FALSE(fits({.manufacturer = 0xDC01, .name = "x"}));
}

TEST_CASE("names are matched by patterns as a whole, in any case") {
    for (const auto* pattern : {"*", "Dragon*", "dragon cam 4.?", "*CAM*", "*4.1", "**", "D*n*C*1",
                                "Dragon CAM 4.1*", "?ragon*"}) {
        INFO(pattern);
        CHECK(fits({.name = pattern}));
    }
    for (const auto* pattern :
         {"Dragon", "CAM*", "*4", "Dragon CAM 4.1?", "D*x*1", "?", "*dragon cam 4.11"}) {
        INFO(pattern);
        CHECK_FALSE(fits({.name = pattern}));
    }
    // a name is the module's own: it may be long, and made to be slow
    const cam_identity hostile{0, 0, std::string(100000, 'a')};
    CHECK_FALSE(cam_match{.name = "*a*a*a*a*a*a*b"}.fits(hostile, {}));
}

TEST_CASE("CA systems count once they are told") {
    const cam_match irdeto{.ca_systems = {{0x0600, 0x06FF}, {0x1702, 0x1702}}};
    CHECK_FALSE(fits(irdeto));
    CHECK_FALSE(fits(irdeto, ids{}));
    CHECK_FALSE(fits(irdeto, ids{0x0500, 0x0700, 0x05FF}));
    CHECK(fits(irdeto, ids{0x0500, 0x0604}));
    CHECK(fits(irdeto, ids{0x0600}));
    CHECK(fits(irdeto, ids{0x06FF}));
    CHECK(fits(irdeto, ids{0x1702}));
}

TEST_CASE("the most specific match wins, whatever the order") {
    const std::vector<known_cam> rising{
        cam("ca", {.ca_systems = {{0x0500, 0x0500}}}),
        cam("name", {.name = "*cam*"}),
        cam("longer-name", {.name = "dragon*cam*"}),
        cam("maker", {.manufacturer = 0xDC01}),
        cam("maker-and-name", {.manufacturer = 0xDC01, .name = "D*"}),
        cam("maker-and-code", {.manufacturer = 0xDC01, .code = 1})};
    const bool backwards = GENERATE(false, true);
    for (std::size_t most = 0; most < rising.size(); ++most) {
        cam_profile_set set;
        for (std::size_t i = 0; i <= most; ++i)
            set.add(rising[backwards ? most - i : i]);
        CHECK(set.choose(who, ids{0x0500}).name == rising[most].profile.name);
    }
}

TEST_CASE("who matches nothing gets the default") {
    cam_profile_set set;
    CHECK(set.choose(who, ids{0x0500}).name == "default");
    CHECK_FALSE(set.choose(who, {}).description.empty());
    set.add(cam("other", {.name = "other"}));
    CHECK(set.choose(who, ids{0x0500}).name == "default");
    known_cam nobody;
    nobody.profile.name = "by-name-only";
    set.add(nobody);
    CHECK(set.choose(who, ids{0x0500}).name == "default");
    CHECK(set.find("by-name-only") != nullptr);
    CHECK(set.find("no such module") == nullptr);
    CHECK(set.find("") == nullptr);
}

TEST_CASE("what is added later takes the place of its name, and goes before its equals") {
    cam_profile_set set;
    set.add(cam("a", {.name = "Dragon*"}));
    set.add(cam("b", {.name = "Dragon*"}));
    CHECK(set.choose(who, {}).name == "b");
    auto a = cam("a", {.name = "Dragon*"});
    a.profile.needs_sdt = false;
    set.add(a);
    CHECK(set.all().size() == 3);
    CHECK(set.choose(who, {}).name == "a");
    CHECK_FALSE(set.find("a")->profile.needs_sdt);
}
