// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/lab/lab_air.hpp"

#include "cam_bench.hpp"
#include "lab_bench.hpp"
#include "support/catch.hpp"

#include <cihost/ts/packet.hpp>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;
using sim::delivery_system;

namespace {

struct air_bench {
    std::vector<heard_record> turn() {
        subject.serve(now);
        return driver.hear_all();
    }
    void tune(delivery_system system, std::uint32_t frequency) const {
        driver.say_value(lab_tune, lab_tuning{.delivery_system = static_cast<std::uint32_t>(system),
                                              .frequency = frequency});
    }
    bytes packets(std::size_t count) const {
        bytes some(count * ts::packet_size);
        for (std::size_t i = 0; i < some.size(); ++i)
            some[i] = static_cast<std::uint8_t>(i % 251);
        return some;
    }

    time_point now{1000s};
    log_file file{now};
    sim::tuner_settings settings;
    fake_lab_node driver;
    sim::tuner reception{settings, file.log};
    sim::lab_air subject{driver.channel(), reception, file.log};
};

lab_signal_state signal_of(const heard_record& record) {
    lab_signal_state state{};
    REQUIRE(record.type == lab_signal);
    REQUIRE(record.payload.size() == sizeof state);
    std::memcpy(&state, record.payload.data(), sizeof state);
    return state;
}

} // namespace

TEST_CASE("lab_air: lock and level are told when they change") {
    air_bench at;
    auto said = at.turn();
    REQUIRE(said.size() == 1);
    CHECK(signal_of(said[0]).locked == 0);
    CHECK(signal_of(said[0]).strength_mdbm < -90'000);
    CHECK(at.turn().empty());

    at.tune(delivery_system::dvbt, 474'000'000);
    said = at.turn();
    REQUIRE(said.size() == 1);
    CHECK(signal_of(said[0]).locked == 0);
    CHECK(signal_of(said[0]).strength_mdbm > -90'000);
    CHECK(at.subject.deadline(at.now) == at.now + 150ms);
    at.now += 150ms;
    said = at.turn();
    REQUIRE(said.size() == 1);
    CHECK(signal_of(said[0]).locked == 1);
    CHECK(signal_of(said[0]).cnr_mdb > 0);
    CHECK(at.turn().empty());

    at.driver.say(lab_sleep);
    said = at.turn();
    REQUIRE(said.size() == 1);
    CHECK(signal_of(said[0]).locked == 0);
}

TEST_CASE("lab_air: a tuner that locks at once is told again to a driver that forgot") {
    air_bench at;
    sim::tuner quick{{.lock_time = 0ms}, at.file.log};
    fake_lab_node driver;
    sim::lab_air subject{driver.channel(), quick, at.file.log};
    for (int i = 0; i < 2; ++i) {
        driver.say_value(lab_tune, lab_tuning{.delivery_system = 3, .frequency = 474'000'000});
        subject.serve(at.now);
        const auto said = driver.hear_all();
        REQUIRE(said.size() == 1);
        CHECK(signal_of(said[0]).locked == 1);
    }
}

TEST_CASE("lab_air: satellite frequencies are kHz, all others Hz") {
    air_bench at;
    sim::tuner dish{
        {.frequency_hz = 1'236'000'000, .system = delivery_system::dvbs2, .lock_time = 0ms},
        at.file.log};
    fake_lab_node driver;
    sim::lab_air subject{driver.channel(), dish, at.file.log};
    const auto locks = [&](delivery_system system, std::uint32_t frequency) {
        lab_tuning wanted{.delivery_system = static_cast<std::uint32_t>(system),
                          .frequency = frequency,
                          .symbol_rate = 27'500'000,
                          .diseqc_length = 4,
                          .diseqc = {0xE0, 0x10, 0x38, 0xF0}};
        driver.say_value(lab_tune, wanted);
        subject.serve(at.now);
        return dish.locked(at.now);
    };
    CHECK(locks(delivery_system::dvbs2, 1'236'000));
    CHECK_FALSE(locks(delivery_system::dvbs, 1'236'000)); // another system
    CHECK_FALSE(locks(delivery_system::dvbt, 1'236'000'000));
    CHECK_FALSE(locks(delivery_system::dvbs2, 1'336'000));
    CHECK_FALSE(locks(delivery_system::dvbs2, 0xFFFFFFFF));
    const auto events = at.file.events("satellite");
    REQUIRE(events.size() == 4);
    CHECK(events[0].at("symbol_rate") == 27'500'000);
    CHECK(events[0].at("diseqc") == "e0 10 38 f0");
}

TEST_CASE("lab_air: packets go in records of a bounded size, behind the lock they belong to") {
    air_bench at;
    at.turn();
    at.reception.tune(474'000'000, at.now);
    at.now += 150ms;
    const auto packets = at.packets(lab_max_packets + 5);
    at.subject.deliver(packets, at.now);
    const auto said = at.driver.hear_all();
    REQUIRE(said.size() == 3);
    CHECK(signal_of(said[0]).locked == 1);
    CHECK(said[1].type == lab_packets);
    CHECK(said[1].payload.size() == lab_max_packets * ts::packet_size);
    auto all = said[1].payload;
    all.insert(all.end(), said[2].payload.begin(), said[2].payload.end());
    CHECK(all == packets);
}

TEST_CASE("lab_air: a driver that takes nothing costs packets, not time, and the log counts them") {
    air_bench at;
    std::size_t sent = 0;
    while (at.file.events("overflow").empty()) {
        at.subject.deliver(at.packets(10), at.now);
        sent += 10;
        REQUIRE(sent < 100'000);
    }
    at.subject.deliver(at.packets(7), at.now);
    CHECK(at.file.events("overflow").size() == 1); // told once
    std::size_t arrived = 0;
    for (const auto& record : at.driver.hear_all())
        arrived += record.type == lab_packets ? record.payload.size() / ts::packet_size : 0;
    CHECK(arrived == sent - 10);
    at.subject.deliver(at.packets(3), at.now);
    const auto ends = at.file.events("overflow_end");
    REQUIRE(ends.size() == 1);
    CHECK(ends[0].at("packets") == 17);
    CHECK(at.driver.hear_all().back().payload.size() == 3 * ts::packet_size);
}

TEST_CASE("lab_air: records that make no sense are noted and do nothing") {
    air_bench at;
    at.driver.say(lab_tune);
    at.driver.say(lab_tune, bytes(sizeof(lab_tuning) + 1));
    at.driver.say(0);
    at.driver.say(lab_host_fragment, {1, 0, 1});
    at.driver.say_raw({1, 2, 3});
    at.turn();
    CHECK(at.file.events("lab_garbage").size() == 5);
    CHECK(at.file.events("tune").empty());

    std::mt19937 random{9};
    for (int i = 0; i < 500; ++i) {
        bytes payload(random() % 2 == 0 ? sizeof(lab_tuning) : random() % 80);
        for (auto& byte : payload)
            byte = static_cast<std::uint8_t>(random());
        at.driver.say(static_cast<std::uint16_t>(lab_tune + random() % 2), payload);
        at.turn();
    }
    CHECK(at.subject.failure().empty());
    at.tune(delivery_system::dvbc, 474'000'000);
    at.turn();
    CHECK(at.reception.locked(at.now + 150ms));
}

TEST_CASE("lab_air: a module that is unloaded ends it with a sentence") {
    air_bench at;
    at.driver.vanish();
    at.subject.deliver(at.packets(1), at.now);
    CHECK(at.subject.failure().rfind("the lab's module is gone: /dev/fake: ", 0) == 0);
}
