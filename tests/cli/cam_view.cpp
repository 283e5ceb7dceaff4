// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/cam_view.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

#include <string>

using namespace cihost::cli;
namespace json = boost::json;

namespace {

const char* const cam = R"({"id":"4A20:4A21 AlphaCrypt Light","name":"AlphaCrypt Light",
    "pinned":true,"pinned_profile":"cautious","profile":"alphacrypt-light","last_seen":0,
    "starts":3,"usual_start_ms":2500,"clears":2,"usual_clear_ms":700,"slowest_answer_ms":null,
    "most_services":1,"services_limit":1,"limit_met":2,"slots":["roof:0","roof:1"],
    "strategies":[{"listing":"add","change":"update","withdrawal":"not-selected",
                   "raise_ca_descriptors":true,"worked":2,"failed":1,"good":false}],
    "next_profile":"cautious","next_values":{"max_services":1},
    "next_text":["CAMs are asked for 1 service at most"]})";

} // namespace

TEST_CASE("CAMs are listed with what they can do") {
    CHECK(cams_text(json::parse(R"({"learning":true,"file":"/x","cams":[]})")) ==
          "No CAM was met yet.\n");
    CHECK(cams_text(json::parse(R"({"learning":false,"cams":[]})")) ==
          "cihostd is configured to learn nothing of CAMs.\nNo CAM was met yet.\n");
    const auto text =
        cams_text(json::parse(R"({"learning":true,"file":"/x","cams":[)" + std::string(cam) +
                              R"(,{"id":"1234:0001 X","profile":"default"}]})"));
    CHECK(text == "  CAM                         profile            starts  to start  to clear  "
                  "services           slots\n"
                  "  4A20:4A21 AlphaCrypt Light  cautious (pinned)       3    2.50 s    0.70 s  "
                  "1, no more than 1  roof:0, roof:1\n"
                  "  1234:0001 X                 default                 0         -         -  "
                  "-\n");
}

TEST_CASE("one CAM is shown with how it is dealt with") {
    CHECK(one_cam_text(json::parse(cam)) == R"(4A20:4A21 AlphaCrypt Light (pinned)
  profile         cautious
  last start      - in roof:0, roof:1
  starts          3, usually 2.50 s from ready to CA systems
  clear           2 times, usually 0.70 s after it was asked
  slowest answer  -
  services        1, no more than 1
  asked by        listing add, change update, withdrawal not-selected, CA descriptors raised: worked 2, failed 1, the last time too
From its next start on:
  CAMs are asked for 1 service at most
)");
}

TEST_CASE("what is not known of a CAM yet is not said") {
    const auto text = one_cam_text(json::parse(R"({"id":"X","starts":1,"clears":1})"));
    CHECK(text.find("  starts          1\n  clear           1 time\n") != std::string::npos);
}

TEST_CASE("a pin to a profile that does not exist any more is shown as what it is") {
    const auto lost = R"({"id":"1:2 X","pinned":true,"pinned_profile":"mine","profile":"default",
        "pin_remark":"It is gone.","next_profile":"default"})";
    CHECK(cams_text(json::parse(R"({"learning":true,"cams":[)" + std::string(lost) + "]}"))
              .find("mine (pinned, does not exist)") != std::string::npos);
    CHECK(one_cam_text(json::parse(lost))
              .find("  profile         default\n                  It is gone.\n") !=
          std::string::npos);
}

TEST_CASE("texts of a module cannot harm the terminal, and what is missing is no fault") {
    CHECK(
        cams_text(json::parse(R"({"learning":true,"cams":[{"id":"a\u001b[2Jb"}]})")).find('\x1b') ==
        std::string::npos);
    CHECK_FALSE(one_cam_text(json::parse("{}")).empty());
    CHECK_FALSE(cams_text(json::parse("null")).empty());
}
