// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/service_list.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

using namespace cihost::cli;
namespace json = boost::json;

namespace {

const auto on_air = json::parse(R"({"services":[
    {"program_number":1,"name":"ZDF HD","receiver":"roof","ca_signalled":true,
     "scrambled_now":true,"ca_system_ids":[1280],"state":"clear","wanted":true},
    {"program_number":2,"name":"Sport","receiver":"roof","ca_signalled":true,
     "scrambled_now":null,"ca_system_ids":[9],"state":"refused","wanted":true,"reason":"No."},
    {"program_number":3,"name":"Free","receiver":"roof","ca_signalled":false,
     "scrambled_now":null,"pmt_complete_at":1.5,"ca_system_ids":[],"state":"not_wanted"},
    {"program_number":4,"name":"New","receiver":"roof","ca_signalled":false,
     "scrambled_now":null,"pmt_complete_at":null,"ca_system_ids":[],"state":"not_wanted"}]})");
const auto channels = json::parse(R"({"channels":[
    {"name":"zdf hd","program_number":1,"frequency_hz":1,"delivery_system":"DVB-T"},
    {"name":"Sports","program_number":2,"frequency_hz":474500000,"delivery_system":"DVB-T"},
    {"name":"Sports","program_number":2,"frequency_hz":600000000,"delivery_system":"DVB-T"},
    {"name":"arte","program_number":3,"frequency_hz":11494000000,"delivery_system":"DVB-S2"}]})");
const auto status = json::parse(R"({"receivers":[{"name":"roof","frequency_hz":474000000,"cams":[
    {"slot":0,"state":"ready","application":{"menu_string":"Alpha"},"ca_system_ids":[1280]},
    {"slot":1,"state":"starting","application":null,"ca_system_ids":[9]}]}]})");

json::value all() { return service_list(on_air, channels, status); }

std::size_t count(const services_command& wanted) {
    return filtered(all(), wanted).at("services").as_array().size();
}

} // namespace

TEST_CASE("the air and the channel list are one list, with the CAMs that could clear it") {
    CHECK(service_list_text(all(), style{}) ==
          "  number  service  receiver  scrambled  CA systems     CAM for it    state\n"
          "       1  ZDF HD   roof      yes        0500 Viaccess  roof:0 Alpha  clear\n"
          "       2  Sport    roof      yes        0009           none          refused\n"
          "       3  Free     roof      no         -              -             not wanted\n"
          "       4  New      roof      -          -              -             not wanted\n"
          "       2  Sports   -         -          -              -             not received, 600 "
          "MHz, DVB-T\n"
          "       3  arte     -         -          -              -             not received, "
          "11.494 GHz, DVB-S2\n"
          "  Sport: No.\n");
    const auto list = all();
    CHECK(list.at("services").at(0).at("channel").at("name") == "zdf hd");
    CHECK(list.at("services").at(0).at("cams").at(0).at("slot") == 0);
    CHECK(list.at("services").at(4).at("receiver").is_null());
    CHECK(list.at("services").at(4).at("scrambled").is_null());
}

TEST_CASE("which CAMs may descramble a service is the daemon's to say") {
    const auto told = json::parse(R"({"services":[
        {"program_number":1,"name":"One","receiver":"roof","ca_signalled":true,
         "ca_system_ids":[1280],"state":"not_wanted","ruled_out":false,
         "cams":[{"receiver":"attic","slot":1,"name":"Beta"}]},
        {"program_number":2,"name":"Two","receiver":"roof","ca_signalled":true,
         "ca_system_ids":[1280],"state":"not_wanted","ruled_out":true,"cams":[]}]})");
    const auto list = service_list(told, nullptr, status);
    CHECK(service_list_text(list, style{}) ==
          "  number  service  receiver  scrambled  CA systems     CAM for it       state\n"
          "       1  One      roof      yes        0500 Viaccess  attic:1 Beta     not wanted\n"
          "       2  Two      roof      yes        0500 Viaccess  none, by a rule  not wanted\n");
}

TEST_CASE("services are picked by what a person knows of them") {
    CHECK(count({}) == 6);
    CHECK(count({true, {}, {}}) == 2);
    CHECK(count({false, "roof", {}}) == 4);
    CHECK(count({false, "attic", {}}) == 0);
    CHECK(count({false, {}, "SPORT"}) == 2);
    CHECK(count({false, {}, "3"}) == 2);
    CHECK(count({true, {}, "zdf"}) == 1);
}

TEST_CASE("any answers make a list") {
    for (const auto* text : {"null", "[]", "{}", R"({"services":5,"channels":[5]})",
                             R"({"services":[5,null],"channels":{},"receivers":[5]})"}) {
        const auto value = json::parse(text);
        CHECK(service_list_text(service_list(value, value, value), style{}).empty());
    }
}
