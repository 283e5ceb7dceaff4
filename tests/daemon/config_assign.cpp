// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/config_assign.hpp"

#include "daemon/config.hpp"
#include "support/catch.hpp"

#include <string>

using namespace cihost;
using namespace cihost::daemon;

namespace {

const std::string roof =
    "[[receiver]]\nname = \"roof\"\ndevice = \"virtual:/v\"\nfrequency = 474000000\n";

config_outcome parse(const std::string& text) { return parse_config(text, "/etc/c.toml"); }

std::string error_of(const std::string& rule) {
    const auto out = parse(roof + "[[assign]]\n" + rule + "\n");
    REQUIRE(out.problems.size() == 1);
    return out.problems[0].text();
}

} // namespace

TEST_CASE("rules say who is meant, and where it belongs") {
    const auto out = parse(roof + "[[assign]]\nservice = \"Cinema One\"\nprovider = \"TV\"\n"
                                  "ca_system = 0x4AFE\nonly = \"roof:1\"\n"
                                  "[[assign]]\nservice = 7\navoid = [\"roof\", \"roof:0\"]\n"
                                  "prefer = [0x500, 0x100]\ndescramble = true\n"
                                  "[[assign]]\ndescramble = false\n");
    REQUIRE(out.ok());
    const auto& rules = out.value.rules;
    REQUIRE(rules.size() == 3);
    CHECK(rules[0].service_name == "Cinema One");
    CHECK(rules[0].provider == "TV");
    CHECK(rules[0].ca_system_id == 0x4AFE);
    CHECK(rules[0].only == std::vector<policy::assignment_target>{{"roof", 1}});
    CHECK(rules[1].program_number == 7);
    CHECK(rules[1].avoid ==
          std::vector<policy::assignment_target>{{"roof", std::nullopt}, {"roof", 0}});
    CHECK(rules[1].prefer == std::vector<std::uint16_t>{0x500, 0x100});
    CHECK_FALSE(rules[1].never_descramble);
    CHECK(rules[2].never_descramble);
    CHECK(rules[0].line == 5);
    CHECK(rules[2].line == 15);
    CHECK(describe(rules) == "service 'Cinema One' of 'TV' by CA system 4AFE: only on roof:1\n"
                             "service 7: not on roof, roof:0\n"
                             "service 7: preferred CA systems 0500, 0100\n"
                             "services: never descrambled\n");
}

TEST_CASE("priorities have their numbers") {
    CHECK(parse(roof).value.priorities == policy::assignment_priorities{});
    const auto out = parse(roof + "[priorities]\nviewer = 50\n");
    CHECK(out.value.priorities == policy::assignment_priorities{30, 50, 10});
    CHECK(parse(roof + "[priorities]\nviewer = -1\n").problems.at(0).text() ==
          "/etc/c.toml:6:10: priorities.viewer is -1, which is out of range. Allowed: 0 to 1000; "
          "the greater goes first");
}

TEST_CASE("a rule that makes no sense is refused with its place") {
    CHECK(error_of("service = 7") == "/etc/c.toml:5:1: assign.only is missing. Allowed: 'only', "
                                     "'avoid', 'prefer', 'descramble = false'");
    CHECK(error_of("only = \"rof:1\"") ==
          "/etc/c.toml:6:8: assign.only names 'rof', which is no receiver; did you mean 'roof'? "
          "Allowed: roof");
    // names that are there twice are another fault
    const auto twice = parse(roof + roof + "[[assign]]\nonly = \"rof\"\n").problems;
    REQUIRE_FALSE(twice.empty());
    CHECK(twice.back().text().ends_with("did you mean 'roof'? Allowed: roof"));
    CHECK(error_of("service = 0\nonly = \"roof\"") ==
          "/etc/c.toml:6:11: assign.service is no service. Allowed: a program number (1 to 65535), "
          "or the name of a service in quotes");
    CHECK(error_of("avoid = []").find("assign.avoid is empty.") != std::string::npos);
    CHECK(error_of("avoid = [3]").find("assign.avoid is a number") != std::string::npos);
    CHECK(error_of("prefer = 5").find("assign.prefer is a number") != std::string::npos);
    CHECK(error_of("prefer = [0]").find("no CA system") != std::string::npos);
    CHECK(error_of("onyl = \"roof\"\ndescramble = false").find("did you mean 'only'?") !=
          std::string::npos);
    CHECK(parse(roof + "[assign]\nonly = \"roof\"\n")
              .problems.at(0)
              .text()
              .find("[[assign]], in double brackets") != std::string::npos);
    CHECK(parse("[[receiver]]\nname = \"bare\"\ndevice = \"adapter0\"\nca = \"none\"\n"
                "frequency = \"474 MHz\"\ndelivery = \"DVB-T\"\n"
                "[[assign]]\nonly = \"bare:0\"\n")
              .problems.at(0)
              .text() == "/etc/c.toml:8:8: assign.only names slot 0 of 'bare', which is configured "
                         "without a CI slot. Allowed: \"bare\", or a receiver with a CI slot");
    // every adapter that is found may be named
    CHECK(parse("[channels]\nfile = \"c\"\n[[assign]]\nonly = \"adapter0\"\n").ok());
}
