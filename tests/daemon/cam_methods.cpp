// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/cam_methods.hpp"

#include "daemon/fake_receiver.hpp"
#include "support/catch.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::policy;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

const cam_identity alpha{0x4A20, 0x4A20, "AlphaCrypt"};
const cam_identity light{0x4A20, 0x4A21, "AlphaCrypt Light"};
const cam_identity other{0x1234, 0x0001, "AlphaCrypt"};

struct method_bench {
    cam_knowledge cams{{}, [](const auto&) {}};
    receiver_set receivers;
    cam_methods methods{cams, receivers};
    rpc_dispatcher dispatcher;

    method_bench() {
        methods.add_to(dispatcher);
        cams.memory().started(alpha, "default", 2s, std::chrono::sys_seconds{1'800'000'000s});
        cams.memory().started(light, "alphacrypt-light", 1s, {});
        cams.memory().seen_in("roof:0", alpha);
    }
    /// The result, or the error.
    json::value call(const std::string& method, const json::object& params = {}) {
        json::value answer;
        dispatcher.handle(
            json::serialize(json::object{
                {"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}),
            [&](const std::string& line) { answer = json::parse(line); });
        const auto* const error = answer.as_object().if_contains("error");
        return error != nullptr ? *error : answer.at("result");
    }
    std::string refusal(const std::string& method, const json::object& params, int code) {
        const auto answer = call(method, params);
        REQUIRE(answer.as_object().contains("message"));
        CHECK(answer.at("code") == code);
        return std::string(answer.at("message").as_string());
    }
};

} // namespace

TEST_CASE("cam.list has all that was learned, and where it was last") {
    method_bench b;
    const auto list = b.call("cam.list");
    CHECK(list.at("learning") == true);
    CHECK(list.at("profiles").at(0) == "default");
    REQUIRE(list.at("cams").as_array().size() == 2);
    const auto& first = list.at("cams").at(0);
    CHECK(first.at("id") == "4A20:4A20 AlphaCrypt");
    CHECK(first.at("name") == "AlphaCrypt");
    CHECK(first.at("manufacturer") == 0x4A20);
    CHECK(first.at("usual_start_ms") == 2000);
    CHECK(first.at("usual_clear_ms").is_null());
    CHECK(first.at("slots") == json::array{"roof:0"});
    CHECK(first.at("last_seen") == 1'800'000'000);
    CHECK(list.at("cams").at(1).at("slots").as_array().empty());
    b.refusal("cam.list", {{"cam", "x"}}, -32602);
}

TEST_CASE("a CAM is named by its name, its codes, or both") {
    method_bench b;
    for (const auto* cam :
         {"AlphaCrypt", "alphacrypt", "4A20:4A20", "4a20:4a20", "4A20:4A20 AlphaCrypt"})
        CHECK(b.call("cam.show", {{"cam", cam}}).at("id") == "4A20:4A20 AlphaCrypt");
    // or by the slot that it was in last, as lists show it
    CHECK(b.call("cam.show", {{"cam", "roof:0"}}).at("id") == "4A20:4A20 AlphaCrypt");
    b.refusal("cam.show", {{"cam", "roof:1"}}, -32001);
    CHECK(b.refusal("cam.show", {{"cam", "AlphaCript"}}, -32001) ==
          "Nothing is known of a CAM 'AlphaCript'; did you mean 'AlphaCrypt'? Known: '4A20:4A20 "
          "AlphaCrypt', '4A20:4A21 AlphaCrypt Light'");
    b.refusal("cam.show", {}, -32602);
    b.cams.memory().started(other, "default", 1s, {});
    CHECK(b.refusal("cam.show", {{"cam", "AlphaCrypt"}}, -32002) ==
          "Several CAMs are called 'AlphaCrypt'; say which. Allowed: '1234:0001 AlphaCrypt', "
          "'4A20:4A20 AlphaCrypt'");
    CHECK(b.call("cam.show", {{"cam", "1234:0001 alphacrypt"}}).at("manufacturer") == 0x1234);
}

TEST_CASE("cam.show says how a CAM is dealt with from its next start on") {
    method_bench b;
    b.cams.memory().strategy_worked(light, {.change = ca_pmt_change::add});
    const auto shown = b.call("cam.show", {{"cam", "AlphaCrypt Light"}});
    CHECK(shown.at("next_profile") == "alphacrypt-light");
    CHECK(shown.at("next_values") == json::object{{"change", "add"}, {"max_services", 1}});
    CHECK(shown.at("next_text") ==
          json::array{"changes are told by ADD", "CAMs are asked for 1 service at most"});
    CHECK(shown.at("strategies").at(0).at("worked") == 1);
    CHECK(b.call("cam.show", {{"cam", "AlphaCrypt"}}).at("next_values") == json::object{});
}

TEST_CASE("a CAM is pinned, with a profile or without, and let go again") {
    method_bench b;
    auto pinned = b.call("cam.pin", {{"cam", "4A20:4A20"}, {"profile", "cautious"}});
    CHECK(pinned.at("pinned") == true);
    CHECK(pinned.at("pinned_profile") == "cautious");
    CHECK(b.call("cam.show", {{"cam", "AlphaCrypt"}}).at("next_profile") == "cautious");
    pinned = b.call("cam.pin", {{"cam", "4A20:4A20"}, {"pinned", false}});
    CHECK(pinned.at("pinned") == false);
    CHECK(pinned.at("pinned_profile").is_null());
    CHECK(b.call("cam.show", {{"cam", "AlphaCrypt"}}).at("next_profile") == "default");
    CHECK(b.refusal("cam.pin", {{"cam", "AlphaCrypt"}, {"profile", "cautius"}}, -32602)
              .find("did you mean 'cautious'?") != std::string::npos);
    b.refusal("cam.pin", {{"cam", "AlphaCrypt"}, {"profile", "cautious"}, {"pinned", false}},
              -32602);
    CHECK_FALSE(b.cams.memory().find(alpha)->pinned);
    b.refusal("cam.pin", {{"cam", "nobody"}}, -32001);
}

TEST_CASE("a CAM that is in use is learned of anew from the moment it is forgotten") {
    method_bench b;
    auto receiver = std::make_unique<test::fake_receiver>();
    receiver->now.cams.resize(2);
    receiver->now.cams[1].application = en50221::application_info{1, 0x4A20, 0x4A20, "AlphaCrypt"};
    receiver->now.cams[1].profile = "alphacrypt-3.09";
    b.receivers.add("roof", std::move(receiver));
    b.cams.memory().strategy_failed(alpha, {});
    b.cams.memory().pin(alpha, true, "cautious");
    const auto forgotten = b.call("cam.forget", {{"cam", "AlphaCrypt"}});
    CHECK(forgotten.at("in_use") == true);
    CHECK(forgotten.at("pinned") == true);
    CHECK(forgotten.at("pinned_profile") == "cautious");
    const auto list = b.call("cam.list");
    REQUIRE(list.at("cams").as_array().size() == 2);
    const auto& cam = list.at("cams").at(0);
    CHECK(cam.at("id") == "4A20:4A20 AlphaCrypt");
    CHECK(cam.at("profile") == "alphacrypt-3.09");
    CHECK(cam.at("slots") == json::array{"roof:0"});
    CHECK(cam.at("last_seen").to_number<std::int64_t>() > 1'800'000'000 - 365 * 86400);
    CHECK(cam.at("pinned") == false);
    CHECK(cam.at("starts") == 0);
    CHECK(cam.at("usual_start_ms").is_null());
    CHECK(cam.at("strategies").as_array().empty());
}

TEST_CASE("a pin to a profile that is gone is of no effect, which is said") {
    method_bench b;
    CHECK(b.call("cam.show", {{"cam", "AlphaCrypt"}}).at("pin_remark") == "");
    b.cams.memory().pin(alpha, true, "mine");
    const auto* const sentence = "The profile 'mine' that is pinned to it does not exist any more; "
                                 "it is dealt with as one without a pin.";
    const auto shown = b.call("cam.show", {{"cam", "AlphaCrypt"}});
    CHECK(shown.at("pin_remark") == sentence);
    CHECK(shown.at("next_profile") == "default");
    CHECK(b.call("cam.list").at("cams").at(0).at("pin_remark") == sentence);
    CHECK(b.cams.remarks() ==
          std::vector<std::string>{"CAM \"AlphaCrypt\": " + std::string{sentence}});
    auto& adviser = b.cams.adviser("roof", {});
    CHECK(adviser.choose(0, {.who = alpha}).remark == sentence);
    CHECK(adviser.choose(0, {.who = light}).remark.empty());
}

TEST_CASE("a CAM is forgotten") {
    method_bench b;
    const auto forgotten = b.call("cam.forget", {{"cam", "4A20:4A20"}});
    CHECK(forgotten.at("id") == "4A20:4A20 AlphaCrypt");
    CHECK(forgotten.at("in_use") == false);
    CHECK(forgotten.at("pinned") == false);
    CHECK(forgotten.at("pinned_profile").is_null());
    CHECK(b.cams.memory().find(alpha) == nullptr);
    b.refusal("cam.forget", {{"cam", "4A20:4A20"}}, -32001);
    b.call("cam.forget", {{"cam", "4A20:4A21"}});
    CHECK(b.refusal("cam.forget", {{"cam", "x"}}, -32001) ==
          "Nothing is known of a CAM 'x'. No CAM was met yet.");
}
