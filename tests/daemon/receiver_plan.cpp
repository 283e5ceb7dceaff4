// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/receiver_plan.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
using device::delivery_system;

namespace {

surroundings around() {
    surroundings value;
    value.read_channels = [](const channels_config&) {
        device::channel_list list;
        list.channels = {{"ZDF", 7, {.frequency_hz = 474'000'000}}};
        list.remarks = {"/l:3: no channel."};
        return list;
    };
    value.find_adapters = [] {
        device::adapter_entry adapter;
        device::frontend_entry frontend;
        frontend.path = "/dev/dvb/adapter0/frontend0";
        frontend.systems = {delivery_system::dvbt};
        adapter.frontends = {frontend};
        device::linux_nodes nodes;
        nodes.frontend = frontend.path;
        auto second = nodes;
        second.frontend = "/dev/dvb/adapter0/frontend1";
        adapter.receivers = {nodes, second};
        return std::vector{adapter};
    };
    return value;
}

bool remarked(const receiver_plan& plan, const std::string& part) {
    for (const auto& r : plan.remarks)
        if (r.message.find(part) != std::string::npos)
            return true;
    return false;
}

} // namespace

TEST_CASE("without a [[receiver]] every receiver found is used, with what it can receive") {
    config settings;
    settings.channels.emplace().file = "/l";
    const auto plan = plan_receivers(settings, around());
    REQUIRE(plan.receivers.size() == 2);
    CHECK(plan.receivers[0].settings.name == "adapter0");
    CHECK(plan.receivers[0].systems == std::vector{delivery_system::dvbt});
    CHECK(plan.receivers[1].settings.name == "adapter0/frontend1");
    CHECK(plan.receivers[1].systems.empty());
    CHECK_FALSE(plan.receivers[0].settings.tuning);
    CHECK(plan.channels.size() == 1);
    CHECK(remarked(plan, "/l:3: no channel."));
    CHECK(remarked(plan, "The channel list /l has 1 channel."));
}

TEST_CASE("a receiver's channel is its place; one that is not listed is told") {
    config settings;
    settings.channels.emplace().file = "/l";
    settings.receivers.resize(2);
    settings.receivers[0].virtual_device = "/v";
    settings.receivers[0].channel = "ZDF";
    settings.receivers[1].channel = "ZFD";
    const auto plan = plan_receivers(settings, around());
    REQUIRE(plan.receivers.size() == 2);
    CHECK(plan.receivers[0].settings.tuning.value().frequency_hz == 474'000'000);
    CHECK_FALSE(plan.receivers[1].settings.tuning);
    CHECK(remarked(plan, "did you mean 'ZDF'?"));
}

TEST_CASE("no adapters and no list: it is said, nothing fails") {
    const auto plan = plan_receivers({}, {});
    CHECK(plan.receivers.empty());
    CHECK(remarked(plan, "No adapter was found"));
}

TEST_CASE("a configured receiver's frontend is there, or is absent and waited for") {
    const temporary_folder folder;
    config settings;
    settings.receivers.resize(4);
    const auto on = [&](std::size_t index, const std::filesystem::path& frontend) {
        settings.receivers[index].nodes.emplace().frontend = frontend;
    };
    on(0, "/dev/dvb/adapter0/frontend0");
    on(1, "/dev/dvb/adapter7/frontend0");
    on(2, folder.path()); // outside /dev/dvb
    settings.receivers[3].virtual_device = "/v";
    auto there = around();
    there.list_nodes = [] { return std::string{"listing"}; };
    const auto plan = plan_receivers(settings, there);
    REQUIRE(plan.receivers.size() == 4);
    CHECK(plan.receivers[0].present);
    CHECK(plan.receivers[0].systems == std::vector{delivery_system::dvbt});
    CHECK_FALSE(plan.receivers[1].present);
    CHECK(plan.receivers[2].present);
    CHECK(plan.receivers[3].present);
    CHECK(plan.listing == "listing" + folder.path().string() + "\n");
    CHECK(configured_frontends(settings).size() == 3);
}

TEST_CASE("the reason is told when there are no adapters") {
    surroundings none;
    none.explain_no_adapters = [] { return std::string{"There is no /dev/dvb."}; };
    CHECK(remarked(plan_receivers({}, none), "There is no /dev/dvb."));
}
