// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/receiver_set.hpp"

#include "daemon/fake_receiver.hpp"
#include "support/catch.hpp"

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;

namespace {

struct fixture {
    receiver_set set;
    fake_receiver* a = add("a");
    fake_receiver* b = add("b");

    fake_receiver* add(const std::string& name) {
        auto receiver = std::make_unique<fake_receiver>();
        auto* raw = receiver.get();
        set.add(name, std::move(receiver));
        return raw;
    }
    service_ref number(std::uint16_t n) const { return n; }
    service_ref name(const char* n) const { return std::string(n); }
};

} // namespace

TEST_CASE_METHOD(fixture, "a service is found on the receiver that has it") {
    a->add_service(1, "One");
    b->add_service(2, "Two");
    b->add_service(3, "Both");
    a->add_service(4, "Both");
    CHECK(set.find(number(2), {}).where->name == "b");
    CHECK(set.find(name("ONE"), {}).program_number == 1);
    CHECK(set.find(name("Both"), "a").program_number == 4);
    CHECK_THROWS_WITH(set.find(name("Both"), {}),
                      "The service 'Both' is there more than once: 4 on a, 3 on b. Say the number, "
                      "and the receiver with --receiver, or with 'receiver' in a request.");
}

TEST_CASE_METHOD(fixture, "services that two receivers have are listed once") {
    for (auto* r : {a, b}) {
        r->add_service(1, "One");
        r->add_service(2, "Two");
    }
    CHECK_THROWS_WITH(set.find(number(7), {}), "There is no service 7. Services: 1 One, 2 Two");
}

TEST_CASE_METHOD(fixture, "a number is taken at its word where services are not known yet") {
    CHECK(set.find(number(7), "a").program_number == 7);
    CHECK_THROWS_WITH(set.find(number(7), {}),
                      "There is no service 7. No receiver knows its services yet; see 'status' for "
                      "the reason.");
    CHECK_THROWS_AS(set.find(name("Seven"), "a"), rpc_error);
    runtime::service_report wanted; // as one that is recorded before its PAT came
    wanted.program_number = 6;
    wanted.wanted = true;
    a->now.services.push_back(wanted);
    CHECK(set.find(number(7), "a").program_number == 7);
    a->add_service(1, "One");
    CHECK_THROWS_AS(set.find(number(7), "a"), rpc_error);
}

TEST_CASE_METHOD(fixture, "recordings of all receivers have numbers of their own") {
    const auto first = set.start_recording(set.find(number(7), "a"), "/x/1");
    const auto second = set.start_recording(set.find(number(7), "b"), "/x/2");
    CHECK(first.report.id != second.report.id);
    REQUIRE(set.recordings().size() == 2);
    CHECK(set.recordings()[1].report.id == second.report.id);
    CHECK(set.recordings()[1].receiver == "b");

    std::string stopped;
    set.stop_recording(second.report.id, [&](const set_recording& r) {
        CHECK(r.report.id == second.report.id);
        stopped = r.report.file;
    });
    CHECK(stopped == "/x/2");
    CHECK(a->all[0].state == "recording");
    CHECK_THROWS_AS(set.stop_recording(1000, {}), rpc_error);
    CHECK_THROWS_AS(receiver_set{}.stop_recording(0, {}), rpc_error);
}

TEST_CASE_METHOD(fixture, "a receiver that comes later changes no recording's number") {
    const auto first = set.start_recording(set.find(number(7), "a"), "/x/1").report.id;
    const auto second = set.start_recording(set.find(number(7), "b"), "/x/2").report.id;
    auto* const c = add("c");
    const auto third = set.start_recording(set.find(number(7), "c"), "/x/3").report.id;
    CHECK(first == 1);
    CHECK(second == 2);
    CHECK(third == 3);
    const auto all = set.recordings();
    REQUIRE(all.size() == 3);
    CHECK(all[0].report.id == first);
    CHECK(all[1].report.id == second);
    CHECK(all[2].report.id == third);
    std::string stopped;
    set.stop_recording(second, [&](const set_recording& r) { stopped = r.report.file; });
    CHECK(stopped == "/x/2");
    CHECK(a->all[0].state == "recording");
    CHECK(c->all[0].state == "recording");
}

TEST_CASE_METHOD(fixture, "a number that its receiver has forgotten is not given again") {
    set.start_recording(set.find(number(7), "a"), "/x/1");
    set.stop_recording(1, [](const auto&) {});
    a->all.clear();
    CHECK(set.recordings().empty());
    CHECK_THROWS_AS(set.stop_recording(1, {}), rpc_error);
    CHECK(set.start_recording(set.find(number(7), "a"), "/x/2").report.id == 2);
}

TEST_CASE_METHOD(fixture, "a trace of one of several receivers must name it") {
    CHECK_THROWS_WITH(
        set.start_trace({}, "/t", false, {}),
        "There are several receivers; name one with --receiver, or with 'receiver' in "
        "a request. Allowed: a, b");
    std::filesystem::path started;
    set.start_trace("b", "/t", true,
                    [&](const set_trace& t, const std::string&) { started = t.file; });
    CHECK(started == "/t");
    CHECK(b->traced_from_start);
    CHECK_FALSE(a->tracing);
    std::filesystem::path stopped;
    set.stop_trace("b", [&](const set_trace& t) { stopped = t.file; });
    CHECK(stopped == "/t");
}

TEST_CASE("where there is no receiver at all, none need be named") {
    receiver_set none;
    CHECK_THROWS_WITH(none.start_trace({}, "/t", false, {}),
                      "There is no receiver at all: no adapter was found that makes one.");
}
