// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/receiver/host_control_commands.hpp"

#include "receiver_bench.hpp"
#include "sim/receiver/control_commands.hpp"
#include "support/catch.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <string>

using namespace cihost;
using namespace cihost::test;
namespace json = boost::json;

TEST_CASE("what a module is to ask of its host is checked before it is tried") {
    receiver_bench at;
    const auto answer = [&](const char* request) {
        return json::serialize(sim::obey(at.subject, json::parse(request).as_object(), at.now));
    };
    for (const auto* wrong :
         {R"({"command":"tune"})", R"({"command":"tune","service":70000})",
          R"({"command":"tune","service":1,"stream":"x"})", R"({"command":"replace","pid":257})",
          R"({"command":"replace","pid":257,"by":8192})",
          R"({"command":"replace","pid":1.5,"by":2})",
          R"({"command":"clear-replace","reference":256})"}) {
        INFO(wrong);
        CHECK(answer(wrong).find("not offer") == std::string::npos);
        CHECK(answer(wrong).find("error") != std::string::npos);
    }
    // nobody talks to the module
    for (const auto* right : {R"({"command":"tune","service":1,"network":1,"stream":7})",
                              R"({"command":"replace","pid":257,"by":512,"reference":9})",
                              R"({"command":"clear-replace","slot":1})"}) {
        INFO(right);
        CHECK(answer(right).find("does not offer Host Control") != std::string::npos);
    }
    CHECK(answer(R"({"command":"release"})").find("no session") != std::string::npos);
    CHECK(answer(R"({"command":"request-reset"})").find("no session") != std::string::npos);
    CHECK(answer(R"({"command":"tune","service":1,"slot":7})").find("no such slot") !=
          std::string::npos);
}
