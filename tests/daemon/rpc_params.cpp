// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/rpc_params.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

#include <functional>

using namespace cihost::daemon;
namespace json = boost::json;

namespace {

std::string fault(const char* text, const std::function<void(const rpc_params&)>& read) {
    const auto value = json::parse(text);
    try {
        read(rpc_params{value.get_object(), {"service", "file", "id", "from_start"}});
    } catch (const rpc_error& e) {
        CHECK(e.code() == rpc_code::invalid_params);
        return e.message();
    }
    return "none";
}

} // namespace

TEST_CASE("parameters that fit are read") {
    const auto value = json::parse(R"({"service":28106,"file":"x","id":18446744073709551615,
                                      "from_start":true})");
    const rpc_params p{value.get_object(), {"service", "file", "id", "from_start"}};
    CHECK(p.required_service("service") == service_ref{std::uint16_t{28106}});
    CHECK(p.text("file") == "x");
    CHECK(p.required_text("file") == "x");
    CHECK(p.required_number("id") == 18446744073709551615U);
    CHECK(p.flag("from_start") == true);
    CHECK_FALSE(p.text("none"));
    CHECK_FALSE(p.flag("none"));
}

TEST_CASE("parameters that do not fit say so") {
    const auto service = [](const rpc_params& p) { p.required_service("service"); };
    const auto file = [](const rpc_params& p) { p.text("file"); };
    const auto must_file = [](const rpc_params& p) { p.required_text("file"); };
    const auto id = [](const rpc_params& p) { p.required_number("id"); };
    const auto flag = [](const rpc_params& p) { p.flag("from_start"); };
    const std::string service_allowed =
        ". Allowed: a program number from 1 to 65535, or the name of a service";
    const std::string id_fault =
        "'id' is not a whole number from 0. Allowed: a whole number from 0";

    CHECK(fault("{}", service) == "'service' is missing" + service_allowed);
    CHECK(fault(R"({"service":0})", service) == "'service' is no service" + service_allowed);
    CHECK(fault(R"({"service":65536})", service) == "'service' is no service" + service_allowed);
    CHECK(fault(R"({"service":1.5})", service) == "'service' is no service" + service_allowed);
    CHECK(fault(R"({"service":""})", service) == "'service' is empty" + service_allowed);
    CHECK(fault(R"({"file":5})", file) == "'file' is not text. Allowed: text");
    CHECK(fault(R"({"file":"a\u0000b"})", file) == "'file' holds a NUL character. Allowed: text");
    CHECK(fault("{}", must_file) == "'file' is missing. Allowed: text");
    CHECK(fault("{}", id) == "'id' is missing. Allowed: a whole number from 0");
    CHECK(fault(R"({"id":-1})", id) == id_fault);
    CHECK(fault(R"({"id":"1"})", id) == id_fault);
    CHECK(fault(R"({"id":1e3})", id) == id_fault);
    CHECK(fault(R"({"from_start":1})", flag) ==
          "'from_start' is neither true nor false. Allowed: true, false");
}

TEST_CASE("parameters nobody asked for are refused") {
    CHECK(fault(R"({"servcie":1})", [](const rpc_params&) {}) ==
          "'servcie' is not a parameter of this method; did you mean 'service'? Allowed: service, "
          "file, id, from_start");
    const auto value = json::parse(R"({"x":1})");
    CHECK_THROWS_WITH((rpc_params{value.get_object(), {}}),
                      "'x' is not a parameter of this method. Allowed: none");
}
