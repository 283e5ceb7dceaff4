// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/report_json.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

using namespace cihost;
using namespace cihost::daemon;
namespace json = boost::json;

TEST_CASE("a service report keeps its members' names") {
    runtime::service_report r;
    r.program_number = 28106;
    r.name = "Das Erste HD";
    r.wanted = true;
    r.ca_system_ids = {0x0500, 0x1702};
    r.state = "clear";
    r.time_to_clear = 0.5;
    r.ecms = 12;
    r.ca_pmt_handed_at = 1.5;
    r.present_event = "Tagesschau";
    const auto o = to_json(r);
    CHECK(o.at("program_number") == json::value(28106));
    CHECK(o.at("ca_system_ids") == json::value({1280, 5890}));
    CHECK(o.at("time_to_clear") == json::value(0.5));
    CHECK(o.at("wanted_at").is_null());
    CHECK(o.at("wanted") == json::value(true));
    CHECK(o.at("ecms").as_uint64() == 12);
    CHECK(o.at("pmt_complete_at").is_null());
    CHECK(o.at("ca_pmt_handed_at") == json::value(1.5));
    CHECK(o.at("present_event") == json::value("Tagesschau"));
    CHECK(o.at("recovery").is_null());
}

TEST_CASE("a service report tells what was done because it stayed scrambled") {
    runtime::service_report r;
    r.recovery = {.state = "held",
                  .waits_for = "running_services",
                  .helped = "menu",
                  .steps = {{"resend", 2, 7.5, 2.0}, {"add_again", 1, 10.5, 5.0}}};
    CHECK(to_json(r).at("recovery") ==
          json::parse(R"({"state":"held","waits_for":"running_services","helped":"menu","steps":[
              {"name":"resend","times":2,"at":7.5,"scrambled_for":2.0},
              {"name":"add_again","times":1,"at":10.5,"scrambled_for":5.0}]})"));
    r.recovery = {.state = "none"};
    CHECK(to_json(r).at("recovery") ==
          json::parse(R"({"state":"none","waits_for":null,"helped":null,"steps":[]})"));
}

TEST_CASE("a receiver report holds its signal, CAMs and services") {
    runtime::receiver_report r;
    r.name = "roof";
    r.tuning.emplace().frequency_hz = 474'000'000;
    r.signal = {true, -45200, 31000};
    r.cams.resize(2);
    r.cams[1].slot = 1;
    r.cams[1].application = en50221::application_info{1, 0x02CA, 0x3000, "Alpha"};
    r.cams[1].reason = "It does not answer.";
    using en50221::mmi_display;
    r.cams[0].menu = {7, 5, {.shape = mmi_display::form::enquiry, .title = "PIN?"}, true};
    r.cams[0].menu->display.blind = true;
    r.cams[0].menu->display.answer_length = 4;
    r.cams[1].menu = {8, 5, {mmi_display::form::list, "Card", "", "OK", {"valid"}}, false};
    r.cams[1].menu_request = policy::module_menu::request::refused;
    r.cams.resize(3);
    r.cams[2].menu_request = policy::module_menu::request::waiting;
    r.services.resize(1);
    const auto o = to_json(r);
    CHECK(o.at("frequency_hz").as_uint64() == 474'000'000);
    CHECK(o.at("signal") == json::parse(R"({"locked":true,"strength_mdbm":-45200,"cnr_mdb":31000,
                          "strength_relative":null,"cnr_relative":null,
                          "bit_error_rate":null,"uncorrected_blocks":null})"));
    CHECK(o.at("transport_stream_id").is_null());
    CHECK(o.at("cams").at(0).at("application").is_null());
    CHECK(o.at("cams").at(1).at("application") ==
          json::parse(R"({"application_type":1,"manufacturer":714,"manufacturer_code":12288,
                          "menu_string":"Alpha"})"));
    CHECK(o.at("cams").at(0).at("menu") ==
          json::parse(R"({"id":7,"form":"enquiry","title":"PIN?","subtitle":"","bottom":"",
                          "choices":[],"blind":true,"answer_length":4,"answered":true})"));
    CHECK(o.at("cams").at(0).at("menu_request").is_null());
    CHECK(o.at("cams").at(2).at("menu").is_null());
    CHECK(o.at("cams").at(2).at("menu_request") == json::value("waiting"));
    CHECK(o.at("cams").at(1).at("menu_request") == json::value("refused"));
    CHECK(o.at("cams").at(0).at("reason") == json::value(""));
    CHECK(o.at("cams").at(1).at("reason") == json::value("It does not answer."));
    CHECK(o.at("cams").at(1).at("menu") ==
          json::parse(R"({"id":8,"form":"list","title":"Card","subtitle":"","bottom":"OK",
                          "choices":["valid"],"blind":false,"answer_length":null,
                          "answered":false})"));
    CHECK(o.at("services").as_array().size() == 1);
    CHECK(o.at("led_by_slot").is_null());
}

TEST_CASE("recordings and traces name their receiver") {
    set_recording recording{"roof", {}};
    recording.report.id = 3;
    recording.report.bytes = 1'000'000'000'000;
    CHECK(to_json(recording).at("receiver") == json::value("roof"));
    CHECK(to_json(recording).at("bytes").as_uint64() == 1'000'000'000'000);
    CHECK(to_json(set_trace{"roof", "/t", 5}) ==
          json::parse(R"({"receiver":"roof","file":"/t","bytes":5})"));
}
