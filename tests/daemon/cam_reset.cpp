// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/cam_reset.hpp"

#include "daemon/fake_receiver.hpp"
#include "support/catch.hpp"

#include <boost/json/parse.hpp>

#include <memory>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
namespace json = boost::json;

namespace {

struct fixture {
    receiver_set receivers;
    fake_receiver* roof = nullptr;

    fixture() {
        auto made = std::make_unique<fake_receiver>();
        roof = made.get();
        roof->now.cams.resize(2);
        receivers.add("roof", std::move(made));
    }
    json::value reset(const std::string& params) {
        return reset_cam(receivers, json::parse(params).as_object());
    }
    /// "-32001 There is no …"
    std::string refusal(const std::string& params) {
        try {
            reset(params);
        } catch (const rpc_error& e) {
            return std::to_string(static_cast<int>(e.code())) + " " + e.message();
        }
        return "none";
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "the module in a slot is reset") {
    CHECK(reset(R"({"receiver":"roof","slot":1})") ==
          json::parse(R"({"receiver":"roof","slot":1})"));
    CHECK(roof->now.cams[1].resets == 1);
    reset("{}");
    CHECK(roof->now.cams[0].resets == 1);
}

TEST_CASE_METHOD(fixture, "what is in the way of a reset is said, with what to do") {
    CHECK(refusal(R"({"slot":2})").find("-32001 There is no slot 2 of receiver 'roof'") == 0);
    CHECK(refusal(R"({"slot":4294967296})").find("-32001 ") == 0);
    roof->reset_failure = ENODEV;
    CHECK(refusal("{}").find("-32002 The CA device of receiver 'roof' is not open") == 0);
    roof->reset_failure = EAGAIN;
    CHECK(refusal("{}").find("-32002 ") == 0);
    roof->reset_failure = EBUSY;
    CHECK(refusal("{}").find("force it: 'cihost cam reset --force', or 'force' in a request.") !=
          std::string::npos);
    CHECK(refusal(R"({"force":true})") == "none");
}

TEST_CASE_METHOD(fixture, "an empty slot has nothing to reset") {
    roof->now.cams[0].state = "empty";
    roof->now.cams[1].state = "ready";
    const auto nothing = "-32002 There is no CAM in slot 0 of receiver 'roof'; nothing was reset. "
                         "'cihost cams' shows what is in the slots.";
    CHECK(refusal("{}") == nothing);
    CHECK(refusal(R"({"force":true})") == nothing);
    CHECK(roof->now.cams[0].resets == 0);
    CHECK(refusal(R"({"slot":1})") == "none");
    // the device does not tell what is in there
    roof->now.cams[0].reason = "The CA device is not open.";
    roof->reset_failure = ENODEV;
    CHECK(refusal("{}").find("-32002 The CA device of receiver 'roof' is not open") == 0);
}

TEST_CASE_METHOD(fixture, "what a reset would disturb is named, and spared without force") {
    const auto add = [&](std::uint16_t number, const char* name, const char* state) {
        roof->add_service(number, name);
        roof->now.services.back().slot = 0;
        roof->now.services.back().state = state;
    };
    add(1, "Docu Three", "clear");
    add(2, "", "scrambled_again");
    add(3, "Sport Two", "clear");
    add(4, "Dark", "scrambled");
    const auto record = [&](std::uint16_t number) {
        return receivers.start_recording(receivers.find(service_ref{number}, "roof"),
                                         "/no/such/folder/" + std::to_string(number));
    };
    // nothing is lost of what is not clear; what nobody records or watches is not missed
    record(4);
    CHECK(refusal("{}") == "none");
    record(1);
    auto& member = receivers.only_or_named("roof");
    receiver_set::note_viewers(member, 1, 1);
    receiver_set::note_viewers(member, 2, 2);
    CHECK(refusal(R"({"slot":1})") ==
          "-32002 A reset of slot 1 of receiver 'roof' would disturb recording 2 of Docu Three, 1 "
          "viewer of Docu Three, 2 viewers of 2. End that first, or force it: 'cihost cam reset "
          "--force', or 'force' in a request.");
    CHECK(roof->now.cams[1].resets == 0);
    CHECK(refusal(R"({"slot":2})").find("-32001 There is no slot 2") == 0);
    CHECK(refusal(R"({"slot":1,"force":true})") == "none");
    receivers.stop_recording(2, [](const set_recording&) {});
    receiver_set::note_viewers(member, 1, 0);
    receiver_set::note_viewers(member, 2, 0);
    CHECK(refusal("{}") == "none");
    // in the clear by itself: no module's matter
    roof->now.services[2].slot.reset();
    record(3);
    CHECK(refusal("{}") == "none");
}
