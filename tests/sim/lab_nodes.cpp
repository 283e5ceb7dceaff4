// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/lab/lab_nodes.hpp"

#include "base/writer.hpp"
#include "lab_bench.hpp"
#include "receiver_bench.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <cihost/ts/packet.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

/// The whole virtual receiver behind a driver that is played by the test.
struct lab_receiver {
    void run(duration length) {
        for (const auto end = at.now + length; at.now < end;) {
            at.now += 5ms;
            at.subject.play(
                at.now, [&](bytes_view packets, time_point now) { subject.deliver(packets, now); });
            subject.serve(set, at.now);
            listen();
        }
    }
    void listen() {
        for (const auto& record : air.hear_all())
            if (record.type == lab_packets)
                received.insert(received.end(), record.payload.begin(), record.payload.end());
        for (std::size_t slot = 0; slot < slots.size(); ++slot)
            for (const auto& record : slots[slot].hear_all())
                if (record.type == lab_module_fragment) {
                    slots[slot].say(lab_fragment_read);
                    fragments.push_back(record.payload);
                } else if (record.type == lab_ready) {
                    ready[slot] = record.payload == bytes{1};
                }
    }
    /// One TPDU that fits into a fragment, to slot 0.
    void write(const bytes& block) {
        bytes fragment{block[0], 0};
        fragment.insert(fragment.end(), block.begin() + 1, block.end());
        slots[0].say(lab_host_fragment, fragment);
        run(50ms); // longer than the CAM thinks
    }
    /// As far as an open CA session.
    void connect() {
        for (const auto& block :
             {"01 82 01 01"_hex, "01 81 01 01"_hex, "01 A0 0A 01 92 07 00 00 01 00 41 00 01"_hex,
              "01 A0 09 01 90 02 00 01 9F 80 12 00"_hex, "01 81 01 01"_hex,
              "01 A0 15 01 90 02 00 01 9F 80 11 0C 00 01 00 41 00 02 00 41 00 03 00 41"_hex,
              "01 81 01 01"_hex, "01 A0 0A 01 92 07 00 00 02 00 41 00 02"_hex,
              "01 A0 09 01 90 02 00 02 9F 80 20 00"_hex, "01 81 01 01"_hex, "01 81 01 01"_hex,
              "01 A0 0A 01 92 07 00 00 03 00 41 00 03"_hex})
            write(block);
    }
    /// CA_PMT for all of a service.
    void select(const sim::broadcast_service& service) {
        writer body;
        body.u8(3).u16(service.program_number).u8(0xC1).u16(0xF007).u8(1);
        body.u8(9).u8(4).u16(0x4AFE).pid(service.ecm_pid);
        for (const auto pid : service.elementary_pids)
            body.u8(2).pid(pid).u16(0xF000);
        writer out;
        out.u8(1).u8(0xA0).u8(static_cast<unsigned>(9 + body.view().size())).u8(1);
        out.u8(0x90).u8(2).u16(3).u24(0x9F8032).u8(static_cast<unsigned>(body.view().size()));
        out.raw(body.view());
        write(out.take());
    }
    /// Of what is received in the next second.
    std::size_t scrambled_packets(const sim::broadcast_service& service) {
        received.clear();
        run(1s);
        std::size_t scrambled = 0;
        std::size_t seen = 0;
        each_packet(received, [&](ts::packet_view packet) {
            for (const auto pid : service.elementary_pids)
                if (packet.pid() == pid) {
                    ++seen;
                    scrambled += packet.scrambling_control() != ts::scrambling::clear;
                }
        });
        CHECK(seen > 0);
        return scrambled;
    }

    receiver_bench at;
    std::array<fake_lab_node, 2> slots;
    fake_lab_node air;
    std::array<bool, 2> ready{};
    bytes received;
    std::vector<bytes> fragments;
    sim::event_log log;
    sim::poll_set set;
    sim::lab_nodes subject{air.channel(), channels(), at.subject, {{}, {}}, log};

  private:
    std::vector<sim::record_channel> channels() {
        std::vector<sim::record_channel> all;
        for (auto& slot : slots)
            all.push_back(slot.channel());
        return all;
    }
};

} // namespace

TEST_CASE("lab_nodes: a service comes clear out of the module while its TS path is enabled") {
    lab_receiver lab;
    lab.run(100ms);
    CHECK(lab.received.empty()); // not tuned
    lab.air.say_value(lab_tune, lab_tuning{.delivery_system = 3, .frequency = 474'000'000});
    lab.at.subject.slots()[0].insert(lab.at.now);
    lab.run(100ms);
    lab.slots[0].say(lab_reset);
    lab.run(1100ms);
    REQUIRE(lab.ready[0]);
    CHECK_FALSE(lab.ready[1]);
    CHECK_FALSE(lab.received.empty());

    lab.slots[0].say(lab_interface_reset);
    lab.slots[0].say_value(lab_buffer_size, std::uint16_t{256});
    lab.slots[0].say(lab_ts_enable, {1});
    lab.connect();
    CHECK_FALSE(lab.fragments.empty());
    const auto service = lab.at.subject.transmitter().services()[0];
    CHECK(lab.scrambled_packets(service) > 0);
    lab.select(service);
    lab.run(1s); // an EMM, an ECM, and the CAM's time for it
    CHECK(lab.scrambled_packets(service) == 0);
    lab.slots[0].say(lab_ts_enable, {0});
    CHECK(lab.scrambled_packets(service) > 0);
    lab.slots[0].say(lab_ts_enable, {1});
    lab.run(1s);
    CHECK(lab.scrambled_packets(service) == 0);
    CHECK(lab.subject.failure().empty());
}

TEST_CASE("lab_nodes: any node that vanishes is a failure") {
    lab_receiver lab;
    lab.run(50ms);
    CHECK(lab.subject.failure().empty());
    SECTION("the air") { lab.air.vanish(); }
    SECTION("a slot") { lab.slots[1].vanish(); }
    lab.subject.serve(lab.set, lab.at.now);
    CHECK(lab.subject.failure() == "the lab's module is gone: /dev/fake: No such device");
}

TEST_CASE("lab_nodes: without the module there is a sentence") {
    if (std::filesystem::exists("/dev/cihost_lab_ts7"))
        CIHOST_SKIP("the lab's module is loaded, with eight adapters");
    lab_receiver lab;
    std::string why;
    const auto opened = sim::lab_nodes::open(7, lab.at.subject, {{}, {}}, lab.log, why);
    CHECK(opened.error().value() == ENOENT);
    CHECK(why == "the lab's module is not loaded: /dev/cihost_lab_ts7: No such file or directory");
}
