// SPDX-License-Identifier: LGPL-2.1-or-later
#include "receiver_fixture.hpp"
#include "runtime/device_factory.hpp"

#include <array>

using namespace cihost;
using namespace cihost::test;

namespace {

/// Receivers with a CAM each, on one control thread.
struct many_receivers {
    static constexpr std::size_t count = 12;

    std::array<fake_receiver, count> worlds;
    boost::asio::io_context context;
    std::array<std::unique_ptr<receiver>, count> receivers;

    many_receivers() {
        for (std::size_t i = 0; i < count; ++i) {
            receiver_settings settings;
            settings.name = "receiver " + std::to_string(i);
            settings.tuning.emplace().frequency_hz = 474'000'000;
            receivers[i] =
                std::make_unique<receiver>(context, settings, worlds[i].devices(), log_function{});
            receivers[i]->start();
            receivers[i]->want(fake_receiver::first_service);
        }
    }
    std::string state_of(std::size_t i) const {
        const auto report = receivers[i]->report();
        const auto* const s = receiver_fixture::service(report, fake_receiver::first_service);
        return s == nullptr ? "" : s->state;
    }
    bool until(const std::function<bool()>& condition) { return run_until(context, condition); }
    bool all_clear_but(std::size_t one) const {
        for (std::size_t i = 0; i < count; ++i)
            if (i != one && state_of(i) != "clear")
                return false;
        return true;
    }
};

} // namespace

TEST_CASE_METHOD(many_receivers, "receivers of one process keep out of each other's way") {
    REQUIRE(until([&] { return all_clear_but(count); }));
    std::array<std::size_t, count> asked{};
    for (std::size_t i = 0; i < count; ++i)
        asked[i] = worlds[i].ca_pmts().size();
    constexpr std::size_t unlucky = 5;
    worlds[unlucky].remove_module();
    REQUIRE(until([&] { return receivers[unlucky]->report().cams.at(0).state == "empty"; }));
    REQUIRE(until([&] { return state_of(unlucky) != "clear"; }));
    CHECK(all_clear_but(unlucky));
    worlds[unlucky].insert_module();
    REQUIRE(until([&] { return all_clear_but(count); }));
    // nobody else was asked anything anew
    for (std::size_t i = 0; i < count; ++i)
        if (i != unlucky)
            CHECK(worlds[i].ca_pmts().size() == asked[i]);
    // a receiver that goes takes its CAM along, and nothing else
    receivers[0].reset();
    receivers[0] = std::make_unique<receiver>(context, receiver_settings{}, worlds[0].devices(),
                                              log_function{});
    CHECK(all_clear_but(0));
}
