// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/receiver/cam_slot.hpp"

#include "cam_bench.hpp"
#include "cam_broadcast.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <chrono>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

sim::cam_settings with_card() {
    sim::cam_settings settings;
    settings.think_time = 0ms;
    settings.card_key.assign(card_key.begin(), card_key.end());
    return settings;
}

sim::cam_settings without_card() {
    auto settings = with_card();
    settings.slot = 1;
    settings.card_key.clear();
    return settings;
}

const auto one_service = "03 1122 C1 F007 01 09 04 4AFE E500 02 E101 F000 04 E102 F000"_hex;

/// A slot whose CAM is asked for a service and has been given its keys.
struct slot_bench : cam_bench {
    explicit slot_bench(const sim::cam_settings& settings = with_card())
        : cam_bench{settings} {}

    void start() {
        slot.insert(now);
        now = cam.deadline();
        connect();
        ca_pmt(one_service);
        for (auto part : {air.cat(), air.emm(), air.ecm(ecm_pid, content)})
            slot.pass(part, now);
        now += 150ms;
    }
    bool descrambles() {
        const auto source = air.media({video_pid}, 40);
        auto packets = scrambled(source, content, sim::parity::even);
        const auto on_air = packets;
        slot.pass(packets, now);
        CHECK((packets == source || packets == on_air));
        return packets == source;
    }

    broadcast air;
    sim::ecm_content content = air.keys();
    sim::cam_slot slot{0, cam, file.log};
};

} // namespace

TEST_CASE("slot: the stream goes through the module, and past one without a card") {
    slot_bench at;
    at.start();
    CHECK(at.descrambles());

    slot_bench cardless{without_card()};
    cardless.start();
    CHECK_FALSE(cardless.descrambles());
    CHECK(cardless.file.events("service_enabled").size() ==
          at.file.events("service_enabled").size());
    for (const auto& event : cardless.file.events("ca_pmt"))
        CHECK(event.at("slot") == 1);
}

TEST_CASE("slot: in the lab the stream goes through the module while the host has enabled that") {
    slot_bench at;
    at.slot.attach_to_lab();
    at.slot.insert(at.now);
    at.slot.enable_ts(true, at.now);
    at.start();
    CHECK(at.descrambles());
    at.slot.enable_ts(false, at.now);
    CHECK_FALSE(at.descrambles());
    at.slot.enable_ts(true, at.now);
    CHECK(at.descrambles());

    // each of these takes the module off the stream until it is enabled again
    SECTION("reset") { at.slot.reset(at.now); }
    SECTION("power off") { at.slot.power_off(at.now); }
    SECTION("eject") { at.slot.eject(at.now); }
    at.start();
    CHECK_FALSE(at.descrambles());
    at.slot.enable_ts(true, at.now);
    at.start();
    CHECK(at.descrambles());
}

TEST_CASE("slot: a link reset ends connections and what they selected; the module stays ready") {
    slot_bench at;
    at.start();
    at.slot.interface_reset(at.now);
    CHECK(at.slot.ready(at.now));
    CHECK_FALSE(at.descrambles());
    CHECK(at.poll().empty()); // not connected
    at.connect();
    at.ca_pmt(one_service);
    CHECK(at.violations() == 0);
}

TEST_CASE("slot: without power the module is there, silent, until a reset") {
    slot_bench at;
    at.start();
    at.slot.power_off(at.now);
    CHECK(at.slot.present());
    CHECK_FALSE(at.slot.ready(at.now + 24h));
    CHECK_FALSE(at.descrambles());
    at.slot.reset(at.now);
    CHECK(at.slot.ready(at.cam.deadline()));

    at.slot.eject(at.now);
    at.slot.power_off(at.now); // an empty slot stays empty
    CHECK_FALSE(at.slot.present());
}
