// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/report_view.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

using namespace cihost::cli;

namespace {

/// As the daemon answers `status`.
const auto status = boost::json::parse(R"({
  "program": "cihostd", "version": "0.1.0", "protocol": 1, "uptime": 3723.4,
  "receivers": [{
    "name": "roof", "state": "locked", "reason": "", "frequency_hz": 474000000,
    "signal": {"locked": true, "strength_mdbm": -45200, "cnr_mdb": 31040},
    "transport_stream_id": 1101, "packets": 1234567, "continuity_errors": 0, "transport_errors": 1,
    "overflows": 0, "emm_sections": 12, "trace": "/t.pcapng",
    "cams": [
      {"slot": 0, "state": "ready",
       "application": {"application_type": 1, "manufacturer": 714, "manufacturer_code": 12288,
                       "menu_string": "Alpha\u001b[2J"},
       "ca_system_ids": [1280, 65535], "ready_to_ca_info": 1.204,
       "tpdus_sent": 1234, "tpdus_received": 1230, "restarts": 1, "resets": 3, "resets_by_order": 2,
       "spoken_to_slowly": true},
      {"slot": 1, "state": "empty", "application": null, "ca_system_ids": [],
       "ready_to_ca_info": null, "tpdus_sent": 0, "tpdus_received": 0, "restarts": 0}],
    "services": [
      {"program_number": 28106, "name": "Das Erste HD", "wanted": true, "state": "clear",
       "reason": "", "time_to_clear": 0.421, "ecms": 120, "crypto_periods": 12,
       "scrambled_after_clear": 0, "continuity_errors": 0},
      {"program_number": 7, "name": "WDR Köln", "wanted": true, "state": "refused",
       "reason": "The card has no right to it.", "time_to_clear": null, "ecms": 3,
       "crypto_periods": 0, "scrambled_after_clear": 5, "continuity_errors": 2},
      {"program_number": 9, "name": "arte", "wanted": false, "state": "idle",
       "reason": "Nobody wants it.", "time_to_clear": null, "ecms": 0, "crypto_periods": 0,
       "scrambled_after_clear": 0, "continuity_errors": 0}]}],
  "recordings": [
    {"id": 3, "receiver": "roof", "program_number": 28106, "file": "/rec/a.ts",
     "state": "recording", "reason": "", "bytes": 12900000, "packets": 68617,
     "dropped_packets": 0, "scrambled_packets": 0, "continuity_errors": 0, "started_at": 5.5},
    {"id": 4, "receiver": "roof", "program_number": 7, "file": "/rec/b.ts", "state": "failed",
     "reason": "The disk is full.", "bytes": 0, "packets": 0, "dropped_packets": 9,
     "scrambled_packets": 0, "continuity_errors": 0, "started_at": null}]
})");

} // namespace

TEST_CASE("what a module shows, and why it cannot be asked, is part of its status") {
    const auto text = status_text(boost::json::parse(R"({"receivers":[{"cams":[
        {"slot": 0, "state": "ready", "reason": "", "application": null, "ca_system_ids": [],
         "menu": {"form": "menu", "title": "Main", "subtitle": "", "bottom": "Press OK",
                  "choices": ["Card", "Info\u001b"]}},
        {"slot": 1, "state": "ready", "menu": {"form": "list", "title": "T", "choices": ["x"]}},
        {"slot": 2, "state": "empty", "reason": "ca0: no answer."}]}]})"),
                                  style{});
    CHECK(text.find("    menu        Main\n"
                    "                1  Card\n"
                    "                2  Info?\n"
                    "                Press OK\n") != std::string::npos);
    CHECK(text.find("    menu        T\n                x\n") != std::string::npos);
    CHECK(text.find("CAM slot 2  empty\n    ca0: no answer.\n") != std::string::npos);
}

TEST_CASE("why there are no streams is part of the status") {
    CHECK(status_text(boost::json::parse(R"({"program": "cihostd", "version": "1", "uptime": 0,
        "http": null, "http_problem": "The port is in use."})"),
                      style{}) == "cihostd 1, up for 0:00:00\nThe port is in use.\n");
}

TEST_CASE("scrambling bits that a module leaves are part of the status once there are some") {
    const auto text = [](const char* receiver) {
        return status_text(boost::json::parse(receiver), style{});
    };
    CHECK(
        text(R"({"receivers":[{"stale_scrambling_bits": 1200}]})")
            .find("              the module leaves scrambling bits on clear packets: 1,200 packets "
                  "so far\n") != std::string::npos);
    CHECK(text(R"({"receivers":[{"stale_scrambling_bits": 0}]})").find("bits") ==
          std::string::npos);
}

TEST_CASE("status is one screen for people") {
    CHECK(status_text(status, style{}) ==
          R"(cihostd 0.1.0, up for 1:02:03

receiver roof: locked, 474 MHz, transport stream 1101
  signal      -45.2 dBm, C/N 31.0 dB
  stream      1,234,567 packets, 0 continuity errors, 1 transport error, 0 overflows, 12 EMM sections
  trace       /t.pcapng
  CAM slot 0  ready, "Alpha?[2J" (manufacturer 02CA, code 3000)
    CA systems  0500 Viaccess, FFFF, known 1.20 s after the CAM was ready
    TPDUs       1,234 sent, 1,230 received, 1 restart, 3 resets (2 by order)
    It did not bear the usual pace, and is spoken to more slowly.
  CAM slot 1  empty

  number  service       state    to clear  ECMs  crypto periods  scrambled  CC errors
   28106  Das Erste HD  clear      0.42 s   120              12          0          0
       7  WDR Köln      refused         -     3               0          5          2
       9  arte          idle            -     0               0          0          0
  WDR Köln: The card has no right to it.

  recording  number  state          size  dropped  scrambled  CC errors  file
          3   28106  recording  12.3 MiB        0          0          0  /rec/a.ts
          4       7  failed      0 bytes        9          0          0  /rec/b.ts
  4: The disk is full.
)");
}

TEST_CASE("a receiver without a device says why") {
    const auto absent = boost::json::parse(R"({"program":"cihostd","version":"0.1.0","uptime":1,
      "receivers":[{"name":"roof","state":"absent","reason":"There is no device.",
                    "frequency_hz":474000000,"signal":{"locked":false}}],"recordings":[]})");
    CHECK(status_text(absent, style{}) ==
          R"(cihostd 0.1.0, up for 0:00:01

receiver roof: absent, 474 MHz
  There is no device.
  stream      - packets, - continuity errors, - transport errors, - overflows, - EMM sections
)");
}

TEST_CASE("colours are for those who want them, and take no room") {
    const auto coloured = status_text(status, style{true});
    CHECK(coloured.find("\x1b[32mclear\x1b[0m  ") != std::string::npos);
    CHECK(coloured.find("\x1b[31mrefused\x1b[0m") != std::string::npos);
    std::string plain;
    for (std::size_t i = 0; i < coloured.size(); ++i) {
        if (coloured[i] == '\x1b')
            i = coloured.find('m', i);
        else
            plain += coloured[i];
    }
    CHECK(plain == status_text(status, style{}));
}

TEST_CASE("configured services that the multiplex does not hold are told, each once") {
    const auto text = status_text(boost::json::parse(R"({"receivers":[{"name":"roof",
        "services":[
          {"program_number":5,"name":"","wanted":true,"state":"not_in_multiplex",
           "reason":"Service 5 is not in this multiplex."},
          {"program_number":6,"name":"","wanted":true,"state":"waiting_for_ecm",
           "reason":"No ECM came."}],
        "missing_services":[
          {"service":5,"reason":"The configured service 5 is not here."},
          {"service":"Zwei","reason":"The configured service 'Zwei' is not here."}]}]})"),
                                  style{});
    CHECK(text.find("not in multiplex") != std::string::npos);
    CHECK(text.find("waiting for ECM") != std::string::npos);
    CHECK(text.find("\n  6: No ECM came.\n"
                    "  The configured service 5 is not here.\n"
                    "  The configured service 'Zwei' is not here.\n") != std::string::npos);
    CHECK(text.find("Service 5 is") == std::string::npos);
    CHECK(status_text(boost::json::parse(R"({"receivers":[{"missing_services":[
                          {"service":"Zwei","reason":"It is not here."}]}]})"),
                      style{})
              .find("\n  It is not here.\n") != std::string::npos);
}

TEST_CASE("a profile that is not the one that was asked for is remarked") {
    CHECK(status_text(boost::json::parse(R"({"receivers":[{"cams":[{"slot":0,"state":"ready",
              "profile":"default","profile_remark":"It is gone."}]}]})"),
                      style{})
              .find("CAM slot 0  ready\n    It is gone.\n") != std::string::npos);
}

TEST_CASE("the plan says of a service that stays scrambled that it does, and why") {
    const auto plan = [](const char* wish) {
        return plan_text(boost::json::parse(R"({"wishes":[{"kind":"recording","recording":1,
            "name":"One","receiver":"roof","slot":0,"reason":"Slot 0 knows it.",)" +
                                            std::string(wish) + "}]}"),
                         style{});
    };
    CHECK(plan(R"("left_out":false,"state":"scrambled","state_reason":"The card has no right.")")
              .find("scrambled: Slot 0 knows it. The card has no right.") != std::string::npos);
    CHECK(plan(R"("left_out":false,"state":"no_ca_support","state_reason":"It has none.")")
              .find("no CA support: Slot 0 knows it. It has none.") != std::string::npos);
    CHECK(plan(R"("left_out":false,"state":"clear","state_reason":"The service is clear.")")
              .find("clear") == std::string::npos);
    CHECK(plan(R"("left_out":true,"state":"scrambled","state_reason":"The card.")")
              .find("left out: Slot 0 knows it.\n") != std::string::npos);
    CHECK(plan(R"("left_out":false,"state":"excluded","state_reason":"A rule.")")
              .find("excluded: Slot 0 knows it.\n") != std::string::npos);
}

TEST_CASE("recordings alone") {
    CHECK(recordings_text(boost::json::parse(R"({"recordings":[]})"), style{}) ==
          "There are no recordings.\n");
}

TEST_CASE("a recording in one line") {
    const auto& list = status.at("recordings");
    CHECK(recording_line(list.at(0), style{}) ==
          "recording, 12.3 MiB, 68,617 packets, 0 scrambled, 0 dropped, 0 continuity errors");
    CHECK(recording_line(list.at(1), style{}) ==
          "failed, 0 bytes, 0 packets, 0 scrambled, 9 dropped, 0 continuity errors: The disk is "
          "full.");
}

TEST_CASE("any answer has a text") {
    for (const auto* text : {"null", "[]", "{}", "5", R"({"receivers":5,"recordings":{}})",
                             R"({"receivers":[5,null,[]],"recordings":[5]})",
                             R"({"receivers":[{"cams":[5],"services":[[]]}],"services":[null]})"}) {
        const auto value = boost::json::parse(text);
        CHECK_FALSE(status_text(value, style{}).empty());
        CHECK_FALSE(recordings_text(value, style{}).empty());
        CHECK_FALSE(recording_line(value, style{}).empty());
    }
}

TEST_CASE("the signal in the scale that the driver has; an idle receiver has none") {
    const auto text = [](const char* receiver) {
        return status_text(
            boost::json::parse(
                std::string(R"({"program":"cihostd","version":"1","uptime":1,"receivers":[)") +
                receiver + R"(],"recordings":[]})"),
            style{});
    };
    CHECK(text(R"({"name":"a","state":"locked","reason":"","tuning":"474 MHz, DVB-T",
                   "frequency_hz":474000000,
                   "signal":{"locked":true,"strength_mdbm":null,"cnr_mdb":null,
                             "strength_relative":65535,"cnr_relative":32768,
                             "uncorrected_blocks":1200}})")
              .find("receiver a: locked, 474 MHz, DVB-T\n  signal      100 %, C/N 50 %, 1,200 "
                    "uncorrected blocks\n") != std::string::npos);
    CHECK(text(R"({"name":"a","state":"locked","reason":"","signal":{"locked":true}})")
              .find("  signal      not measured\n") != std::string::npos);
    CHECK(text(R"({"name":"a","state":"idle","reason":"It waits.","tuning":null,
                   "frequency_hz":null,"signal":{"locked":false}})")
              .find("receiver a: idle\n  It waits.\n") != std::string::npos);
}
