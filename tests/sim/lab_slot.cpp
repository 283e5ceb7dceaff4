// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/lab/lab_slot.hpp"

#include "cam_bench.hpp"
#include "lab_bench.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

sim::cam_settings prompt_cam() {
    sim::cam_settings settings;
    settings.think_time = 0ms;
    return settings;
}

/// The driver of a slot and its host, scripted; the CAM behind the slot is the simulator's.
struct lab_bench : cam_bench {
    explicit lab_bench(std::uint16_t buffer = 256)
        : cam_bench{prompt_cam()}
        , buffer_size{buffer} {}

    std::vector<heard_record> turn() {
        subject.serve(now);
        return driver.hear_all();
    }
    void agree(std::uint16_t size) { driver.say_value(lab_buffer_size, size); }
    /// As the core does it: reset, READY, the interface's reset, the buffer's size.
    void bring_up() {
        slot.insert(now);
        turn();
        driver.say(lab_reset);
        turn();
        now = cam.deadline();
        driver.say(lab_interface_reset);
        agree(buffer_size);
        driver.say(lab_ts_enable, {1});
        turn();
    }
    void write(bytes_view block) const {
        auto left = block.subspan(1);
        do {
            const auto part = left.first(std::min<std::size_t>(left.size(), buffer_size - 2U));
            left = left.subspan(part.size());
            bytes fragment{block[0], static_cast<std::uint8_t>(left.empty() ? 0 : 0x80)};
            fragment.insert(fragment.end(), part.begin(), part.end());
            driver.say(lab_host_fragment, fragment);
        } while (!left.empty());
    }
    /// One TPDU, and what the host reads then; checks the link on the way.
    std::string exchange(bytes_view block) {
        write(block);
        bytes answer;
        for (;;) {
            const auto heard = turn();
            const heard_record* fragment = nullptr;
            for (const auto& record : heard) {
                if (record.type != lab_module_fragment)
                    continue;
                CHECK(fragment == nullptr); // one at a time
                fragment = &record;
            }
            if (fragment == nullptr)
                return to_hex(answer);
            REQUIRE(fragment->payload.size() >= 2);
            CHECK(fragment->payload.size() <= buffer_size);
            if (answer.empty())
                answer.push_back(fragment->payload[0]);
            answer.insert(answer.end(), fragment->payload.begin() + 2, fragment->payload.end());
            CHECK(turn().empty()); // nothing more before the host has read it
            driver.say(lab_fragment_read);
            if (fragment->payload[1] == 0) {
                CHECK(turn().empty());
                return to_hex(answer);
            }
        }
    }

    std::uint16_t buffer_size;
    fake_lab_node driver;
    sim::cam_slot slot{0, cam, file.log};
    sim::lab_slot subject{driver.channel(),
                          {.buffer_size = buffer_size,
                           .manufacturer_id = 0x1234,
                           .card_id = 0x5678,
                           .name = std::string(40, 'n')},
                          slot,
                          file.log};
};

/// The answer to Create_T_C.
const std::string created = "01 83 01 01 80 02 01 80";

const std::vector<bytes> script = {
    "01 82 01 01"_hex,
    "01 81 01 01"_hex,
    "01 A0 0A 01 92 07 00 00 01 00 41 00 01"_hex,
    "01 A0 09 01 90 02 00 01 9F 80 12 00"_hex,
    "01 81 01 01"_hex,
    "01 A0 15 01 90 02 00 01 9F 80 11 0C 00 01 00 41 00 02 00 41 00 03 00 41"_hex,
    "01 81 01 01"_hex,
    "01 A0 0A 01 92 07 00 00 02 00 41 00 02"_hex,
    "01 A0 09 01 90 02 00 02 9F 80 20 00"_hex,
    "01 81 01 01"_hex, // application_info, longer than 16 bytes
    "01 A0 01 01"_hex,
};

} // namespace

TEST_CASE("lab_slot: a module is put in, made ready, reset and pulled out") {
    lab_bench at;
    CHECK(at.turn().empty()); // an empty slot has nothing to say
    at.slot.insert(at.now);
    const auto said = at.turn();
    REQUIRE(said.size() == 2);
    CHECK(said[0].type == lab_insert);
    lab_module module{};
    REQUIRE(said[0].payload.size() == sizeof module);
    std::memcpy(&module, said[0].payload.data(), sizeof module);
    CHECK(module.buffer_size == 256);
    CHECK(module.manufacturer_id == 0x1234);
    CHECK(module.card_id == 0x5678);
    CHECK(std::string(module.manufacturer) == "cihost");
    CHECK(std::string(module.product) == std::string(31, 'n')); // cut, and still a string
    CHECK(said[1] == flag(lab_ready, false));

    CHECK(at.subject.deadline(at.now) == at.now + 1s);
    at.now += 1s;
    CHECK(at.turn() == std::vector{flag(lab_ready, true)});
    CHECK(at.subject.deadline(at.now) == never);

    at.driver.say(lab_reset);
    CHECK(at.turn() == std::vector{flag(lab_ready, false)});
    at.now += 999ms;
    CHECK(at.turn().empty());
    at.now += 1ms;
    CHECK(at.turn() == std::vector{flag(lab_ready, true)});
    at.driver.say(lab_interface_reset);
    CHECK(at.turn().empty());

    at.driver.say(lab_shutdown);
    CHECK(at.turn() == std::vector{flag(lab_ready, false)});
    at.now += 1h;
    CHECK(at.turn().empty());
    at.driver.say(lab_reset);
    at.turn();
    at.now += 1s;
    CHECK(at.turn() == std::vector{flag(lab_ready, true)});

    at.slot.eject(at.now);
    CHECK(at.turn() == std::vector{heard_record{lab_eject, {}}});
    at.driver.say(lab_reset); // of an empty slot
    CHECK(at.turn().empty());
}

TEST_CASE("lab_slot: a swap between two turns is told as one") {
    lab_bench at;
    at.slot.insert(at.now);
    at.turn();
    at.slot.eject(at.now);
    at.slot.insert(at.now);
    const auto said = at.turn();
    REQUIRE(said.size() == 3);
    CHECK(said[0].type == lab_eject);
    CHECK(said[1].type == lab_insert);
    CHECK(said[2] == flag(lab_ready, false));
}

TEST_CASE("lab_slot: the conversation is the CAM's own, whatever the fragment size") {
    cam_bench direct{prompt_cam()};
    direct.insert();
    std::vector<std::string> expected;
    for (const auto& block : script)
        expected.push_back(direct.tell(block));

    std::vector<std::uint16_t> sizes;
    for (std::uint16_t size = 16; size <= 48; ++size)
        sizes.push_back(size);
    sizes.insert(sizes.end(), {256, 512, 4096});
    for (const auto size : sizes) {
        lab_bench at{size};
        at.bring_up();
        std::vector<std::string> got;
        for (const auto& block : script)
            got.push_back(at.exchange(block));
        CHECK(got == expected);
        CHECK(at.violations() == 0);
        CHECK(at.file.events("link_error").empty());
    }
}

TEST_CASE("lab_slot: FR comes back for each fragment, and not from a hung module") {
    lab_bench at;
    at.bring_up();
    at.driver.say(lab_host_fragment, "01 80 82"_hex);
    CHECK(at.turn() == std::vector{flag(lab_free, true)}); // half a TPDU

    at.slot.hang(2s, at.now);
    CHECK(at.turn() == std::vector{faults(lab_fault_hang)});
    at.driver.say(lab_host_fragment, "01 00 01 01"_hex);
    CHECK(at.turn().empty());
    CHECK(at.subject.deadline(at.now) == at.now + 2s);
    at.now += 2s;
    const auto said = at.turn();
    REQUIRE(said.size() == 3);
    CHECK(said[0] == faults(0));
    CHECK(said[1] == flag(lab_free, true));
    CHECK(said[2].type == lab_module_fragment);
    CHECK(said[2].payload == "01 00 83 01 01 80 02 01 80"_hex);
}

TEST_CASE("lab_slot: faults are told before the module is put in; some once only") {
    lab_bench at;
    at.slot.set_faults(lab_fault_cis | lab_fault_read_once, at.now);
    at.slot.insert(at.now);
    const auto said = at.turn();
    REQUIRE(said.size() == 3);
    CHECK(said[0] == faults(lab_fault_cis | lab_fault_read_once));
    CHECK(said[1].type == lab_insert);
    CHECK(at.turn().empty());

    at.now += 1s;
    at.turn();
    at.slot.hang(1s, at.now); // the one that cleared itself does not come again
    CHECK(at.turn() == std::vector{faults(lab_fault_cis | lab_fault_hang)});
    at.now += 1s;
    CHECK(at.turn() == std::vector{faults(lab_fault_cis)});
    at.slot.set_faults(lab_fault_read_once, at.now);
    CHECK(at.turn() == std::vector{faults(lab_fault_read_once)});
    at.slot.set_faults(lab_fault_read_once, at.now); // asked for again: comes again
    CHECK(at.turn() == std::vector{faults(lab_fault_read_once)});
}

TEST_CASE("lab_slot: a link reset in the middle of an answer leaves nothing of it") {
    lab_bench at{16};
    at.bring_up();
    for (const auto& block : std::vector(script.begin(), script.end() - 2))
        at.exchange(block);
    at.write(script[9]);
    REQUIRE(at.turn().back().type == lab_module_fragment); // the first of several

    SECTION("the interface is reset") {
        at.driver.say(lab_interface_reset);
        at.agree(16);
        CHECK(at.turn().empty());
        CHECK(at.exchange("01 A0 01 01"_hex).empty()); // the connection is gone
    }
    SECTION("the host negotiates anew after an error") {
        at.agree(16);
        CHECK(at.turn().empty());
    }
    CHECK(at.exchange(script[0]) == created);
}

TEST_CASE("lab_slot: records that make no sense are noted and do nothing") {
    lab_bench at;
    at.bring_up();
    at.driver.say_raw({1});
    at.driver.say_raw(bytes(200, 0xFF));
    at.driver.say(0);
    at.driver.say(lab_insert);
    at.driver.say(lab_ts_enable);
    at.driver.say(lab_ts_enable, {1, 1});
    at.driver.say(lab_buffer_size, {16});
    at.agree(257); // more than the module has
    CHECK(at.turn().empty());
    CHECK(at.file.events("lab_garbage").size() == 8);
    CHECK(at.subject.failure().empty());
    CHECK(at.exchange(script[0]) == created);
}

TEST_CASE("lab_slot: random records never stop it") {
    std::mt19937 random{3};
    for (int round = 0; round < 50; ++round) {
        lab_bench at{16};
        at.bring_up();
        for (int i = 0; i < 40; ++i) {
            bytes payload(random() % 24);
            for (auto& byte : payload)
                byte = static_cast<std::uint8_t>(random() % 4 == 0 ? random() : random() % 3);
            if (random() % 8 == 0)
                at.driver.say_raw(bytes(1 + random() % 20, static_cast<std::uint8_t>(random())));
            else
                at.driver.say(static_cast<std::uint16_t>(random() % 40), payload);
            if (random() % 4 == 0) {
                at.now += 300ms;
                at.turn();
            }
        }
        at.turn();
        CHECK(at.subject.failure().empty());
        at.driver.say(lab_reset);
        at.turn();
        at.now = at.cam.deadline();
        at.driver.say(lab_interface_reset);
        at.agree(16);
        at.turn();
        CHECK(at.exchange(script[0]) == created);
    }
}

TEST_CASE("lab_slot: a module that is unloaded ends it with a sentence") {
    lab_bench at;
    at.bring_up();
    at.driver.vanish();
    at.turn();
    CHECK(at.subject.failure() == "the lab's module is gone: /dev/fake: No such device");
}

TEST_CASE("lab_slot: what the driver does not take now is said again later") {
    lab_bench at;
    at.bring_up();
    at.write(script[0]);
    // fill the way to the driver
    for (int i = 0; i < 5'000; ++i) {
        at.slot.set_faults(lab_fault_read_once, at.now);
        at.subject.serve(at.now);
    }
    at.slot.eject(at.now);
    at.subject.serve(at.now);
    const auto before = at.driver.hear_all();
    CHECK(std::count(before.begin(), before.end(), heard_record{lab_eject, {}}) == 0);
    CHECK(at.turn().back() == heard_record{lab_eject, {}});
}
