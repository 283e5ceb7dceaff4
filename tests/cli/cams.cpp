// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/cams.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

using namespace cihost::cli;

TEST_CASE("the CAMs in the slots, what they do, and what to do next") {
    const auto status = boost::json::parse(R"({"receivers":[
        {"name":"the roof","cams":[
            {"slot":0,"state":"ready","application":{"menu_string":"Alpha\u001b"},
             "ca_system_ids":[1280],"profile":"default",
             "menu":{"form":"enquiry","title":"PIN?","answered":false}},
            {"slot":1,"state":"empty","reason":"ca0: no answer."},
            {"slot":2,"state":"ready","takes_all":true,"menu":{"form":"menu","answered":true}}],
         "services":[{"program_number":7,"name":"ZDF","wanted":true,"slot":0,"state":"clear"},
                     {"program_number":8,"name":"","wanted":true,"slot":0,"state":"no_ecm"},
                     {"program_number":9,"name":"x","wanted":false,"slot":0,"state":"clear"}]}]})");
    const auto cams = cams_in_slots(status);
    CHECK(cams.at("cams").at(0).at("receiver") == "the roof");
    CHECK(cams.at("cams").at(0).at("services").as_array().size() == 2);
    CHECK(cams_in_slots_text(cams, style{}) ==
          "  slot        state  CAM     CA systems     profile  descrambles      menu\n"
          "  the roof:0  ready  Alpha?  0500 Viaccess  default  ZDF, 8 (no ECM)  asks something\n"
          "  the roof:1  empty  -       -              -        -                -\n"
          "  the roof:2  ready  -       any            -        -                answered\n"
          "  the roof:0 shows \"PIN?\"; answer it with 'cihost menu \"the roof:0\"'.\n"
          "  the roof:1: ca0: no answer.\n");
    CHECK(cams_in_slots_text(cams_in_slots(boost::json::parse("[]")), style{}) ==
          "No receiver has a CAM slot; 'cihost devices' shows what is in /dev/dvb.\n");
}
