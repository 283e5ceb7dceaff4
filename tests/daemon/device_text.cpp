// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/device_text.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

using namespace cihost::daemon;
namespace json = boost::json;

TEST_CASE("people get a table for each adapter, and below it what is wrong") {
    const auto report = json::parse(R"({"adapters": [{
        "number": 0, "driver": "cx23885",
        "frontends": [{"path": "/dev/dvb/adapter0/frontend0", "makes": ["adapter0"],
            "receivers": ["roof"], "problem": "", "held": true, "name": "Tuner",
            "delivery_systems": ["DVB-T", "DVB-T2"],
            "holders": [{"pid": 77, "program": "cihostd"}]}],
        "demuxes": [{"path": "/dev/dvb/adapter0/demux0", "makes": ["adapter0"],
            "receivers": ["roof"], "holders": [], "problem": "", "held": true}],
        "dvrs": [{"path": "/dev/dvb/adapter0/dvr0", "makes": ["adapter0"],
            "receivers": ["roof"], "holders": [], "problem": "The dvr may not be opened.", "held": true}],
        "ca_devices": [
            {"path": "/dev/dvb/adapter0/ca0", "makes": ["adapter0"], "receivers": ["roof"],
             "kind": "link", "slots": [{"slot": 0, "state": "ready"}, {"slot": 1, "state": "empty"}],
             "holders": [{"pid": 77, "program": "cihostd"}, {"pid": 78, "program": "a\u001b[2J"}],
             "problem": "", "held": true},
            {"path": "/dev/dvb/adapter0/ca1", "makes": [], "receivers": [], "kind": "descrambler",
             "slots": [], "holders": [], "problem": "", "held": true}],
        "makes": [{"name": "adapter0"}]
    }, {
        "number": 3, "driver": "", "frontends": [], "demuxes": [], "dvrs": [],
        "ca_devices": [{"path": "/dev/dvb/adapter3/ca0", "makes": [], "receivers": [],
            "kind": null, "slots": [], "holders": [], "problem": "", "held": true},
           {"path": "/dev/dvb/adapter3/ca1", "makes": [], "receivers": [],
            "kind": "high_level", "slots": [], "holders": [], "problem": "", "held": true}], "makes": []
    }],
    "absent": [{"receiver": "attic", "frontend": "/f", "reason": "It is unplugged."}],
    "problem": ""})")
                            .as_object();
    CHECK(
        device_text(report) ==
        "adapter0, driver cx23885\n"
        "  node       what                            belongs to  receiver  in use by\n"
        "  frontend0  Tuner: DVB-T, DVB-T2            adapter0    roof      cihostd (process 77)\n"
        "  demux0     -                               adapter0    roof      -\n"
        "  dvr0       -                               adapter0    roof      -\n"
        "  ca0        CI, slot 0 ready, slot 1 empty  adapter0    roof      cihostd (process 77), "
        "a?[2J (process 78)\n"
        "  ca1        descrambler, no CI              -           -         -\n"
        "  The dvr may not be opened.\n"
        "\n"
        "adapter3\n"
        "  node  what           belongs to  receiver  in use by\n"
        "  ca0   CA device      -           -         -\n"
        "  ca1   high-level CI  -           -         -\n"
        "  It makes no receiver: that takes a frontend, and a demux and a dvr of the same number.\n"
        "\n"
        "What belongs together is one receiver: device = \"NAME\" in cihostd's configuration, with "
        "NAME as under \"belongs to\".\n"
        "\n"
        "Receiver 'attic' is absent. It is unplugged.\n");
}

TEST_CASE("without adapters people get the reason") {
    const auto report =
        json::parse(R"({"adapters": [], "absent": [], "problem": "There is no /dev/dvb."})")
            .as_object();
    CHECK(device_text(report) == "There is no /dev/dvb.\n");
}

namespace {

json::object with_dvr_and_demux(const std::string& dvr, const std::string& demux,
                                const std::string& program) {
    const auto node = [&](const char* name, const std::string& problem) {
        return json::object{{"path", std::string("/dev/dvb/adapter0/") + name},
                            {"makes", json::array{}},
                            {"receivers", json::array{}},
                            {"holders", json::array{{{"pid", 5}, {"program", program}}}},
                            {"held", false},
                            {"problem", problem}};
    };
    return {{"adapters", json::array{{{"number", 0},
                                      {"driver", ""},
                                      {"frontends", json::array{}},
                                      {"demuxes", json::array{node("demux0", demux)}},
                                      {"dvrs", json::array{node("dvr0", dvr)}},
                                      {"ca_devices", json::array{}},
                                      {"makes", json::array{json::object{{"name", "adapter0"}}}}}}},
            {"absent", json::array{}},
            {"problem", ""}};
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("what is wrong with several nodes in the same way is said once") {
    const std::string wrong = " may not be opened. Ask root.";
    const auto same = device_text(with_dvr_and_demux("/dev/dvb/adapter0/dvr0" + wrong,
                                                     "/dev/dvb/adapter0/demux0" + wrong, "vdr"));
    CHECK(has(same, "\n  demux0, dvr0: may not be opened. Ask root.\n"));
    const auto differing = device_text(with_dvr_and_demux(
        "/dev/dvb/adapter0/dvr0" + wrong, "/dev/dvb/adapter0/demux0 is something else.", "vdr"));
    CHECK(has(differing, "\n  /dev/dvb/adapter0/demux0 is something else.\n"
                         "  /dev/dvb/adapter0/dvr0 may not be opened. Ask root.\n"));
    CHECK_FALSE(has(same, "receiver  "));
}

TEST_CASE("without the daemon that holds the devices, who knows more is named") {
    CHECK(has(device_text(with_dvr_and_demux("", "", "cihostd")), "\"cihost devices\" shows"));
    CHECK_FALSE(has(device_text(with_dvr_and_demux("", "", "vdr")), "\"cihost devices\" shows"));
}
