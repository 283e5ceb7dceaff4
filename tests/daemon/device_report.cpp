// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/device_report.hpp"

#include "daemon/fake_receiver.hpp"
#include "support/catch.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <unistd.h>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
using device::delivery_system;
namespace json = boost::json;

namespace {

device::linux_nodes nodes_of(const std::string& folder) {
    return {.frontend = folder + "/frontend0",
            .demux = folder + "/demux0",
            .dvr = folder + "/dvr0",
            .ca = folder + "/ca0"};
}

template<class Entry>
Entry entry(const std::filesystem::path& path) {
    Entry made;
    made.path = path;
    return made;
}

device_inventory one_adapter() {
    const auto nodes = nodes_of("/dev/dvb/adapter0");
    device::adapter_entry adapter;
    adapter.driver = "cx23885";
    auto frontend = entry<device::frontend_entry>(nodes.frontend);
    frontend.name = "Tuner";
    frontend.systems = {delivery_system::dvbt, delivery_system::dvbt2};
    adapter.frontends = {frontend};
    adapter.demuxes = {entry<device::node_entry>(nodes.demux)};
    adapter.dvrs = {entry<device::node_entry>(nodes.dvr)};
    auto ca = entry<device::ca_entry>(nodes.ca);
    ca.kind = device::ca_kind::link;
    ca.slots = {{.present = true, .ready = true}, {.present = true}, {}};
    adapter.ca_devices = {ca};
    adapter.receivers = {nodes};
    device_inventory found;
    found.adapters = {adapter};
    return found;
}

} // namespace

TEST_CASE("an adapter that nobody uses, whole") {
    CHECK(device_report(one_adapter(), {}) == json::parse(R"({
        "adapters": [{
            "number": 0, "driver": "cx23885",
            "frontends": [{"path": "/dev/dvb/adapter0/frontend0", "holders": [], "held": false,
                "makes": ["adapter0"], "receivers": [], "problem": "",
                "name": "Tuner", "delivery_systems": ["DVB-T", "DVB-T2"]}],
            "demuxes": [{"path": "/dev/dvb/adapter0/demux0", "holders": [], "held": false,
                "makes": ["adapter0"], "receivers": [], "problem": ""}],
            "dvrs": [{"path": "/dev/dvb/adapter0/dvr0", "holders": [], "held": false,
                "makes": ["adapter0"], "receivers": [], "problem": ""}],
            "ca_devices": [{"path": "/dev/dvb/adapter0/ca0", "holders": [], "held": false,
                "makes": ["adapter0"], "receivers": [], "problem": "",
                "kind": "link", "slots": [{"slot": 0, "state": "ready"},
                    {"slot": 1, "state": "present"}, {"slot": 2, "state": "empty"}]}],
            "makes": [{"name": "adapter0", "frontend": "/dev/dvb/adapter0/frontend0",
                "demux": "/dev/dvb/adapter0/demux0", "dvr": "/dev/dvb/adapter0/dvr0",
                "ca": "/dev/dvb/adapter0/ca0", "receiver": null}]
        }],
        "absent": [], "problem": ""})"));
}

TEST_CASE("what this daemon holds is its receiver's, whose report says how the slots are") {
    auto found = one_adapter();
    auto& ca = found.adapters[0].ca_devices[0];
    ca.kind = device::ca_kind::unknown;
    ca.slots.clear();
    ca.holders = {{.pid = ::getpid(), .program = "cihostd"}};
    found.adapters[0].frontends[0].holders = {{.pid = 1, .program = "init"}};
    device_user user{"roof", nodes_of("/dev/dvb/adapter0"), true, {}};
    user.report.ca_interface = device::ca_interface::high_level;
    user.report.cams = {{.slot = 0, .state = "starting"}, {.slot = 1, .state = "silent"}};
    const auto report = device_report(found, {user});
    const auto& adapter = report.at("adapters").at(0);
    const auto& told = adapter.at("ca_devices").at(0);
    CHECK(told.at("held") == json::value(true));
    CHECK(told.at("problem") == json::value(""));
    CHECK(told.at("kind") == json::value("high_level"));
    CHECK(told.at("slots") ==
          json::parse(R"([{"slot":0,"state":"starting"},{"slot":1,"state":"silent"}])"));
    CHECK(told.at("receivers") == json::parse(R"(["roof"])"));
    CHECK(adapter.at("frontends").at(0).at("held") == json::value(false));
    CHECK(adapter.at("frontends").at(0).at("holders") ==
          json::parse(R"([{"pid":1,"program":"init"}])"));
    CHECK(adapter.at("demuxes").at(0).at("receivers") == json::parse(R"(["roof"])"));
    CHECK(adapter.at("makes").at(0).at("receiver") == json::value("roof"));

    // without the device open, what the kernel said stands
    user.report.ca_interface = std::nullopt;
    CHECK(device_report(one_adapter(), {user})
              .at("adapters")
              .at(0)
              .at("ca_devices")
              .at(0)
              .at("slots")
              .as_array()
              .size() == 3);
}

TEST_CASE("a frontend that nobody could ask is of no kind, and says why") {
    auto found = one_adapter();
    auto& ca = found.adapters[0].ca_devices[0];
    ca.kind = device::ca_kind::unknown;
    ca.slots.clear();
    ca.problem = "It may not be opened.";
    const auto told = device_report(found, {}).at("adapters").at(0).at("ca_devices").at(0);
    CHECK(told.at("kind").is_null());
    CHECK(told.at("problem") == json::value("It may not be opened."));
}

TEST_CASE("receivers whose frontend is not there are absent, those elsewhere are not") {
    auto found = one_adapter();
    found.others = {"/opt/stb/frontend0"};
    const auto users = std::vector<device_user>{
        {"roof", nodes_of("/dev/dvb/adapter0"), true, {}},
        {"attic", nodes_of("/dev/dvb/adapter1"), false, {}},
        {"box", nodes_of("/opt/stb"), true, {}},
    };
    const auto absent = device_report(found, users).at("absent");
    REQUIRE(absent.as_array().size() == 1);
    CHECK(absent.at(0).at("receiver") == json::value("attic"));
    CHECK(absent.at(0).at("frontend") == json::value("/dev/dvb/adapter1/frontend0"));
    CHECK(absent.at(0).at("reason").as_string().find("unplugged") != std::string::npos);
}

TEST_CASE("users are the receivers on the kernel's devices") {
    receiver_set set;
    set.add("virtual", std::make_unique<fake_receiver>());
    auto real = std::make_unique<fake_receiver>();
    real->now.state = "locked";
    set.add("roof", std::move(real), true, {}, nodes_of("/dev/dvb/adapter0"), false);
    const auto users = device_users(set);
    REQUIRE(users.size() == 1);
    CHECK(users[0].name == "roof");
    CHECK(users[0].report.state == "locked");
    CHECK_FALSE(users[0].present);
    CHECK(users[0].nodes == nodes_of("/dev/dvb/adapter0"));
}
