// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/cam_place.hpp"

#include "cli/control_client.hpp"
#include "support/catch.hpp"

#include <boost/json/parse.hpp>

using namespace cihost::cli;

namespace {

const auto status = boost::json::parse(R"({"receivers":[
    {"name":"roof","cams":[{"slot":0,"state":"ready","menu":null},
                           {"slot":1,"state":"empty","menu":null}]},
    {"name":"attic","cams":[{"slot":0,"state":"ready","menu":{"id":3}}]},
    {"name":"bare","cams":[]}]})");

std::string found(const char* text) {
    try {
        return find_cam(status, parse_cam_place(text)).text();
    } catch (const cihost::control_refused& e) {
        return e.what();
    }
}

} // namespace

TEST_CASE("a slot is named with its receiver") {
    CHECK(parse_cam_place("roof:1").receiver == "roof");
    CHECK(parse_cam_place("roof:1").slot == 1U);
    CHECK(parse_cam_place("the roof").receiver == "the roof");
    CHECK_FALSE(parse_cam_place("roof").slot);
    CHECK(parse_cam_place("a:b").receiver == "a:b");
    CHECK(parse_cam_place("a:9999999999").receiver == "a:9999999999");
    CHECK_FALSE(parse_cam_place(":1").receiver);
    CHECK_FALSE(parse_cam_place("").receiver);
    CHECK(found_place{"the roof", 1}.word() == "\"the roof:1\"");
}

TEST_CASE("what is not said is the only one that it can be") {
    CHECK(found("roof:1") == "roof:1");
    CHECK(found("roof") == "roof:0"); // there is no module in the other
    CHECK(found("") == "attic:0");    // whose menu waits
    CHECK(found(":1") == "roof:1");
    CHECK(found(":0") == "attic:0");
    CHECK(found("roof:7") == "There is no such CAM slot. Allowed: roof:0, roof:1, attic:0");
    CHECK(found("bare") == "There is no such CAM slot. Allowed: roof:0, roof:1, attic:0");
    CHECK(found("rof") ==
          "There is no receiver 'rof'; did you mean 'roof'? Known: roof, attic, bare");
    const auto two = boost::json::parse(R"({"receivers":[
        {"name":"a","cams":[{"slot":0,"state":"ready"}]},
        {"name":"b","cams":[{"slot":0,"state":"ready"}]}]})");
    CHECK_THROWS_WITH(find_cam(two, {}),
                      "There are several CAM slots; say which. Allowed: a:0, b:0");
    CHECK_THROWS_WITH(find_cam(boost::json::parse("{}"), {}),
                      "No receiver has a CAM slot; 'cihost status' says what there is.");
    CHECK(cam_at(status, {"attic", 0}).at("menu").at("id") == 3);
    CHECK(cam_at(status, {"attic", 5}).is_null());
}
