// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/cam/cam.hpp"
#include "sim/cam/descrambler.hpp"
#include "stream_bench.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;
using sim::parity;

namespace {

// one service, 0x1122: video and audio under the ECM PID at programme level
const auto only_service = "03 1122 C1 F007 01 09 04 4AFE E500 02 E101 F000 04 E102 F000"_hex;
const auto add_service = "04 1122 C1 F007 01 09 04 4AFE E500 02 E101 F000 04 E102 F000"_hex;
const auto not_selected = "05 1122 C1 F001 04"_hex;

} // namespace

TEST_CASE("what comes out of the CAM equals the clear source, over crypto periods") {
    stream_bench bench;
    bench.entitle();
    bench.ca_pmt(only_service);
    auto keys = bench.air.keys();
    bench.give_ecm(ecm_pid, keys);
    auto which = parity::even;
    for (std::uint64_t period = 1; period <= 6; ++period) {
        const auto source = bench.air.media({video_pid, audio_pid, video_pid}, 700);
        CHECK(bench.pass(scrambled(source, keys, which)) == source);
        // the next period's key goes where the last one's was
        (which == parity::even ? keys.odd : keys.even) = bench.air.keys().even;
        bench.give_ecm(ecm_pid, keys, period + 1);
        which = sim::other(which);
    }
    const auto& file = bench.file;
    CHECK(file.events("first_ecm").at(0).at("key_number") == service_key_number);
    REQUIRE(file.events("first_keys").size() == 1);
    CHECK(file.events("first_keys").at(0).at("ecm_pid") == ecm_pid);
    CHECK(file.events("first_keys").at(0).at("elementary_pids") ==
          boost::json::array{video_pid, audio_pid});
    CHECK(file.events("first_clear").size() == 1);
    CHECK(file.events("first_clear").at(0).at("after_ms") == 150);
    CHECK(file.events("crypto_period").size() == 5);
    CHECK(bench.violations() == 0);
}

TEST_CASE("a module may leave the scrambling bits on what it descrambles") {
    auto settings = with_card();
    settings.behaviour.stream.leaves_scrambling_bits = true;
    stream_bench bench{settings};
    bench.entitle();
    bench.ca_pmt(only_service);
    const auto keys = bench.air.keys();
    const auto source = bench.air.media({video_pid, audio_pid, video_pid}, 90);
    const auto on_air = scrambled(source, keys, parity::odd);
    CHECK(bench.pass(on_air) == on_air); // no key yet
    bench.give_ecm(ecm_pid, keys);
    auto out = bench.pass(on_air);
    REQUIRE(out.size() == source.size());
    for (std::size_t at = 0; at < out.size(); at += ts::packet_size) {
        CHECK((out[at + 3] & 0xC0) == (on_air[at + 3] & 0xC0));
        out[at + 3] = source[at + 3];
    }
    CHECK(out == source);
    CHECK(bench.file.events("first_clear").size() == 1);
}

TEST_CASE("packets that are none of the CAM's business pass untouched") {
    stream_bench bench;
    bench.entitle();
    bench.ca_pmt(only_service);
    const auto keys = bench.air.keys();
    bench.give_ecm(ecm_pid, keys);
    const auto clear = bench.air.media({video_pid, 0x0200, ts::pid_null}, 90);
    CHECK(bench.pass(clear) == clear);
    CHECK_FALSE(bench.clear(0x0200, keys));
}

TEST_CASE("keys are there ecm_time after the ECM, not before") {
    stream_bench bench;
    bench.entitle();
    bench.ca_pmt(only_service);
    const auto keys = bench.air.keys();
    bench.pass(bench.air.ecm(ecm_pid, keys));
    bench.now += 150ms - 1ns;
    CHECK_FALSE(bench.clear(video_pid, keys));
    bench.now += 1ns;
    CHECK(bench.clear(video_pid, keys));
}

TEST_CASE("no EMM, no descrambling; one that comes later helps at the next ECM") {
    stream_bench bench;
    bench.ca_pmt(only_service);
    const auto keys = bench.air.keys();
    for (int repetition = 0; repetition < 3; ++repetition)
        bench.give_ecm(ecm_pid, keys);
    CHECK_FALSE(bench.clear(video_pid, keys));
    CHECK(bench.file.events("ecm_without_entitlement").size() == 1);

    SECTION("an EMM without its CAT is not found") { bench.pass(bench.air.emm()); }
    SECTION("a CAT of another system leads to none") {
        bench.pass(bench.air.cat(0x0B00));
        bench.pass(bench.air.emm());
    }
    SECTION("a broken CAT is not believed") {
        auto cat = bench.air.cat();
        cat[20] ^= 1;
        bench.pass(cat);
        bench.pass(bench.air.emm());
    }
    bench.give_ecm(ecm_pid, keys);
    CHECK_FALSE(bench.clear(video_pid, keys));
    CHECK(bench.file.events("emm").empty());

    bench.entitle();
    bench.entitle();
    CHECK_FALSE(bench.clear(video_pid, keys));
    bench.give_ecm(ecm_pid, keys);
    CHECK(bench.clear(video_pid, keys));
    CHECK(bench.file.events("emm").size() == 1);
    CHECK(bench.file.events("emm").at(0).at("key_number") == service_key_number);
}

TEST_CASE("without CA_PMT nothing is descrambled; not_selected ends it at once") {
    stream_bench bench;
    bench.entitle();
    const auto keys = bench.air.keys();
    bench.give_ecm(ecm_pid, keys);
    CHECK_FALSE(bench.clear(video_pid, keys));

    bench.ca_pmt(only_service);
    CHECK_FALSE(bench.clear(video_pid, keys));
    bench.give_ecm(ecm_pid, keys);
    CHECK(bench.clear(video_pid, keys));
    CHECK(bench.clear(audio_pid, keys));

    bench.ca_pmt(not_selected);
    CHECK_FALSE(bench.clear(video_pid, keys));
    bench.ca_pmt(add_service);
    CHECK_FALSE(bench.clear(video_pid, keys)); // the keys are forgotten
    bench.give_ecm(ecm_pid, keys);
    CHECK(bench.clear(video_pid, keys));
    CHECK(bench.violations() == 0);
}

TEST_CASE("the keys of a stream come from its own ECM PID, if it has one") {
    stream_bench bench;
    bench.entitle();
    bench.ca_pmt(
        "03 1122 C1 F007 01 09 04 4AFE E500 02 E101 F000 04 E102 F007 01 09 04 4AFE E501"_hex);
    const auto of_programme = bench.air.keys();
    const auto of_audio = bench.air.keys();
    bench.give_ecm(ecm_pid, of_programme);
    CHECK(bench.clear(video_pid, of_programme));
    CHECK_FALSE(bench.clear(audio_pid, of_audio));
    bench.give_ecm(other_ecm_pid, of_audio);
    CHECK(bench.clear(audio_pid, of_audio));
    CHECK(bench.clear(video_pid, of_programme));
}

TEST_CASE("an update that moves the ECMs to another PID does not disturb") {
    stream_bench bench;
    bench.entitle();
    bench.ca_pmt(only_service);
    auto keys = bench.air.keys();
    bench.give_ecm(ecm_pid, keys);
    CHECK(bench.clear(video_pid, keys));
    bench.ca_pmt("05 1122 C3 F007 01 09 04 4AFE E501 02 E101 F000 04 E102 F000"_hex);
    CHECK(bench.clear(video_pid, keys));
    keys.odd = bench.air.keys().odd;
    bench.give_ecm(ecm_pid, keys, 2); // nobody listens there any more
    CHECK(bench.clear(video_pid, keys, parity::even));
    bench.give_ecm(other_ecm_pid, keys, 3);
    CHECK(bench.clear(video_pid, keys, parity::even));
    CHECK(bench.clear(video_pid, keys, parity::odd));
}

TEST_CASE("two services under one ECM PID: the one that stays keeps its keys") {
    stream_bench bench;
    bench.entitle();
    bench.ca_pmt(only_service);
    bench.ca_pmt("04 0002 C1 F007 01 09 04 4AFE E500 02 E201 F000"_hex);
    const auto keys = bench.air.keys();
    bench.give_ecm(ecm_pid, keys);
    CHECK(bench.clear(0x0201, keys));
    CHECK(bench.file.events("first_ecm").size() == 2);
    bench.ca_pmt(not_selected);
    CHECK(bench.clear(0x0201, keys));
    CHECK_FALSE(bench.clear(video_pid, keys));
    CHECK(bench.file.events("first_clear").size() == 1);
}

TEST_CASE("a new service key works as soon as its EMM and ECM are there") {
    stream_bench bench;
    bench.entitle();
    bench.ca_pmt(only_service);
    const auto keys = bench.air.keys();
    const sim::aes_key renewed{0x55};
    const auto section = sim::make_ecm(0x81, service_key_number + 1, renewed, keys, 2);
    bench.pass(bench.air.section(ecm_pid, section));
    CHECK(bench.file.events("ecm_without_entitlement").at(0).at("key_number") ==
          service_key_number + 1);
    bench.pass(
        bench.air.section(emm_pid, sim::make_emm(card_key, {service_key_number + 1, renewed}, 3)));
    bench.pass(bench.air.section(ecm_pid, section));
    bench.now += 150ms;
    CHECK(bench.clear(video_pid, keys));
}

TEST_CASE("removal and re-insertion forget everything but what is on the card") {
    const bool outlives_reset = GENERATE(true, false);
    auto settings = with_card();
    settings.behaviour.card.outlives_reset = outlives_reset;
    stream_bench bench{settings};
    bench.entitle();
    bench.ca_pmt(only_service);
    const auto keys = bench.air.keys();
    bench.give_ecm(ecm_pid, keys);
    REQUIRE(bench.clear(video_pid, keys));
    bench.cam.remove(bench.now);
    CHECK_FALSE(bench.clear(video_pid, keys));
    CHECK(bench.file.events("service_dropped").at(0).at("reason") == "removed");
    bench.insert();
    bench.connect();
    CHECK_FALSE(bench.clear(video_pid, keys));
    bench.ca_pmt(only_service);
    bench.give_ecm(ecm_pid, keys);
    CHECK(bench.clear(video_pid, keys) == outlives_reset);
    bench.entitle();
    bench.give_ecm(ecm_pid, keys);
    CHECK(bench.clear(video_pid, keys));
}

TEST_CASE("an ECM with a lost packet gives no keys") {
    stream_bench bench;
    bench.entitle();
    bench.ca_pmt(only_service);
    const auto keys = bench.air.keys();
    auto section = sim::make_ecm(0x80, service_key_number, service_key, keys, 1);
    auto packets = bench.air.section(ecm_pid, bytes(200)); // some table of two packets …
    packets.resize(ts::packet_size);                       // … of which one is lost
    bench.pass(packets);
    auto ecm = bench.air.section(ecm_pid, section);
    ecm[1] &= 0xBF; // as its second packet would be
    bench.pass(ecm);
    bench.now += 150ms;
    CHECK_FALSE(bench.clear(video_pid, keys));
    CHECK(bench.file.events("first_ecm").empty());
}

TEST_CASE("a query is answered by what the card has") {
    stream_bench bench;
    const auto query = "04 1122 CB F007 03 09 04 4AFE E500 02 E101 F000 04 E102 F000"_hex;
    bench.ca_pmt(query);
    CHECK(bench.receive() ==
          "01 a0 13 01 90 02 00 03 9f 80 33 0a 11 22 cb f1 e1 01 f1 e1 02 f1 80 02 01 00");
    bench.entitle();
    bench.ca_pmt(query);
    CHECK(bench.receive() ==
          "01 a0 13 01 90 02 00 03 9f 80 33 0a 11 22 cb 81 e1 01 81 e1 02 81 80 02 01 00");
    // another system at programme level, a clear stream, ours at stream level
    bench.ca_pmt("04 1122 CB F000 02 E101 F007 03 09 04 0B00 E500 03 E102 F000 "
                 "04 E103 F007 03 09 04 4AFE E501"_hex);
    CHECK(bench.receive() == "01 a0 16 01 90 02 00 03 9f 80 33 0d 11 22 cb 81 e1 01 f1 e1 02 7f "
                             "e1 03 81 80 02 01 00");
    CHECK(bench.file.events("service_enabled").empty());
}

TEST_CASE("the event log holds no control word") {
    stream_bench bench;
    bench.entitle();
    bench.ca_pmt(only_service);
    const auto keys = bench.air.keys();
    bench.give_ecm(ecm_pid, keys);
    REQUIRE(bench.clear(video_pid, keys));
    auto text = bench.file.text();
    std::erase(text, ' ');
    for (const auto& word : {keys.even, keys.odd}) {
        auto hex = to_hex(word);
        std::erase(hex, ' ');
        CHECK(text.find(hex) == std::string::npos);
    }
    CHECK(text.find("first_clear") != std::string::npos);
}
