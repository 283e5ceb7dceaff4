// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/rule_watch.hpp"

#include "daemon/fake_receiver.hpp"
#include "support/catch.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;

namespace {

struct fixture {
    receiver_set set;
    fake_receiver* roof = nullptr;
    std::vector<std::string> log;

    fixture() {
        auto receiver = std::make_unique<fake_receiver>();
        roof = receiver.get();
        set.add("roof", std::move(receiver));
    }
    rule_watch watch(policy::assignment_rules rules) {
        return {set, std::move(rules), [this](const auto& record) {
                    CHECK(record.level == severity::warning);
                    log.push_back(record.message);
                }};
    }
    void open_device(unsigned slots) {
        roof->now.ca_interface = device::ca_interface{};
        for (unsigned slot = 0; slot < slots; ++slot)
            roof->now.cams.push_back({.slot = slot});
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "a slot that there is not is told once, as soon as its device tells") {
    auto rules = watch({{.only = {{"roof", 0}, {"roof", 5}}, .line = 7},
                        {.avoid = {{"roof", 6}, {"roof", std::nullopt}}, .line = 9}});
    rules.look();
    CHECK(log.empty()); // nobody knows yet
    open_device(2);
    rules.look();
    rules.look();
    CHECK(log ==
          std::vector<std::string>{
              "The rule in line 7 of the configuration names slot 5 of 'roof', which it does "
              "not have. Its slots: 0, 1.",
              "The rule in line 9 of the configuration names slot 6 of 'roof', which it does "
              "not have. Its slots: 0, 1."});
}

TEST_CASE_METHOD(fixture, "a receiver that there is not is told once") {
    auto rules = watch({{.only = {{"adapter7", 0}}, .line = 7}});
    rules.look();
    rules.look();
    CHECK(log == std::vector<std::string>{"The rule in line 7 of the configuration names the "
                                          "receiver 'adapter7', which is not there."});
}

TEST_CASE_METHOD(fixture, "a device without a slot has none that a rule could name") {
    auto rules = watch({{.only = {{"roof", 0}}}});
    open_device(0);
    rules.look();
    CHECK(log ==
          std::vector<std::string>{"A rule of the configuration names slot 0 of 'roof', which "
                                   "it does not have. It has none."});
}
