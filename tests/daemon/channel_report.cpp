// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/channel_report.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

using namespace cihost;

TEST_CASE("the channel list is told in its order, and what it does not say is null") {
    device::tuning cable;
    cable.system = device::delivery_system::dvbc;
    cable.frequency_hz = 346'000'000;
    device::tuning unknown;
    unknown.frequency_hz = 474'000'000;
    const boost::json::value report =
        daemon::channel_report({{"ZDF", 7, cable}, {"arte", 9, unknown}});
    CHECK(report == boost::json::parse(R"({"channels":[
        {"name":"ZDF","program_number":7,"delivery_system":"DVB-C","frequency_hz":346000000,
         "tuning":"346 MHz, DVB-C"},
        {"name":"arte","program_number":9,"delivery_system":null,"frequency_hz":474000000,
         "tuning":"474 MHz"}]})"));
    CHECK(daemon::channel_report({}).at("channels").as_array().empty());
}
