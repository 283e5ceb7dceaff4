// SPDX-License-Identifier: LGPL-2.1-or-later
#include "made_receiver.hpp"
#include "support/catch.hpp"

#include <atomic>
#include <csignal>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;
using kind = receiver_error::kind;

TEST_CASE("a program tunes, waits for the CAM and for a clear service") {
    fake_receiver world;
    auto r = make_receiver(world);
    CHECK(r.status().state == "idle");
    CHECK_FALSE(r.status().tuning);
    r.tune(somewhere);
    const auto status = r.wait_for_lock(patience);
    CHECK(status.locked);
    CHECK(status.state == "locked");
    CHECK(status.tuning == somewhere);
    const auto cam = r.wait_for_cam(patience);
    CHECK(cam.ready);
    CHECK(cam.state == "ready");
    CHECK(cam.name == "cihost Sim CAM");
    CHECK(cam.manufacturer.has_value());
    CHECK(cam.ca_system_ids == std::vector<std::uint16_t>{0x4AFE});
    REQUIRE(r.cams().size() == 1);

    REQUIRE(eventually([&] { return r.services().size() == 2; }));
    CHECK(r.services()[0].program_number == first_service);
    r.want(first_service);
    r.want(first_service);
    const auto service = r.wait_until_clear(first_service, patience);
    CHECK(service.clear);
    CHECK(service.cause == "clear");
    CHECK(service.name == "One");
    CHECK(service.wanted);
    CHECK(service.in_multiplex);
    CHECK(service.ca_system_ids == std::vector<std::uint16_t>{0x4AFE});
    CHECK(service.time_to_clear.value_or(-1s) > 0s);
    CHECK_FALSE(service.evidence.empty());
    CHECK(r.status().packets > 0);

    r.unwant(first_service);
    REQUIRE(eventually([&] { return !r.service(first_service).wanted; }));
    const auto other = r.service(fake_receiver::second_service);
    CHECK_FALSE(other.clear);
    CHECK(other.cause == "not_wanted");
    CHECK(other.remedy == "Want it, or record it.");
    r.untune();
    CHECK(r.status().state == "idle");
    CHECK(r.service(first_service).cause == "idle");
    CHECK(r.service(first_service).remedy == "Tune the receiver.");
}

TEST_CASE("what does not come about is said with its reason") {
    fake_receiver world;
    SECTION("no lock") {
        world.locked = false;
        auto r = make_receiver(world);
        CHECK(has(refusal(kind::invalid, [&] { r.wait_for_lock(0ms); }), "call tune() first"));
        r.tune(somewhere);
        const auto text = refusal(kind::timeout, [&] { r.wait_for_lock(300ms); });
        CHECK(has(text, "within 0.3 s"));
        CHECK((has(text, "474 MHz") || has(text, "being opened")));
        r.want(first_service);
        CHECK(has(refusal(kind::timeout, [&] { r.wait_until_clear(first_service, 1ms); }),
                  "no lock"));
    }
    SECTION("no module") {
        world.remove_module();
        auto r = make_receiver(world);
        r.tune(somewhere);
        REQUIRE(eventually([&] { return !r.cams().empty(); }));
        const auto text = refusal(kind::timeout, [&] { r.wait_for_cam(100ms); });
        CHECK(text == "No CAM was ready within 0.1 s. CI slot 0 is empty. Put in the CAM with its "
                      "card, or push it in again.");
        r.want(first_service);
        REQUIRE(eventually([&] { return r.service(first_service).cause == "no_module"; }));
        const auto why = refusal(kind::timeout, [&] { r.wait_until_clear(first_service, 0ms); });
        CHECK(has(why, "there is no module in the CI slot. Put in the CAM"));
        // in time
        world.insert_module();
        CHECK(r.wait_for_cam(patience).ready);
    }
    SECTION("no CA device") {
        world.ca_exists = false;
        auto r = make_receiver(world);
        REQUIRE(eventually([&] {
            return has(refusal(kind::timeout, [&] { r.wait_for_cam(0ms); }),
                       "cihostd --devices shows the CA devices");
        }));
        CHECK(r.cams().empty());
    }
    SECTION("none asked for") {
        auto r = make_receiver(world, {},
                               [](runtime::device_factory& devices) { devices.open_ca = {}; });
        CHECK(has(refusal(kind::failed, [&] { r.wait_for_cam(patience); }), "\"none\""));
    }
    SECTION("no service") {
        auto r = make_receiver(world);
        CHECK(has(refusal(kind::invalid, [&] { r.want(0); }), "program_number"));
        CHECK(has(refusal(kind::invalid, [&] { r.service(0); }), "program_number"));
        CHECK(has(refusal(kind::invalid, [&] { r.record(0, "file.ts"); }), "program_number"));
        CHECK(has(refusal(kind::invalid, [&] { r.tune({}); }), "frequency"));
    }
}

TEST_CASE("at its end a receiver withdraws what the CAM was asked for") {
    fake_receiver world;
    {
        auto first = make_receiver(world);
        first.tune(somewhere);
        first.want(first_service);
        first.wait_until_clear(first_service, patience);
        auto moved = std::move(first);
        CHECK(moved.service(first_service).clear);
    }
    REQUIRE(world.ca_pmts().size() == 2);
    CHECK(world.ca_pmts()[1].command == en50221::ca_pmt_command::not_selected);
    CHECK_FALSE(world.frontend_open);
    CHECK_FALSE(world.ts_open);
}

TEST_CASE("the log's function may throw, and may not call the receiver") {
    fake_receiver world;
    std::atomic<receiver*> self = nullptr;
    std::atomic<unsigned> refused = 0;
    std::atomic<unsigned> lines = 0;
    auto r = make_receiver(world, [&](const log_record& record) {
        lines += record.message.empty() ? 0 : 1;
        if (auto* const it = self.load())
            refused += has(refusal(kind::invalid, [&] { it->status(); }), "another thread") ? 1 : 0;
        throw std::runtime_error{"lost"};
    });
    self = &r;
    r.tune(somewhere);
    r.want(first_service);
    CHECK(r.wait_until_clear(first_service, patience).clear);
    CHECK(lines > 0);
    CHECK(eventually([&] { return refused > 0; }));
    self = nullptr;
}

TEST_CASE("signals stay with the program's own threads") {
    fake_receiver world;
    std::mutex mutex;
    std::optional<bool> blocked; // the log's thread goes on writing it
    sigset_t before;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    auto r = make_receiver(world, [&](const log_record&) {
        sigset_t here;
        pthread_sigmask(SIG_SETMASK, nullptr, &here);
        const std::lock_guard lock{mutex};
        blocked = sigismember(&here, SIGINT) == 1 && sigismember(&here, SIGTERM) == 1 &&
                  sigismember(&here, SIGSEGV) == 0;
    });
    r.tune(somewhere);
    const auto said = [&] {
        const std::lock_guard lock{mutex};
        return blocked;
    };
    REQUIRE(eventually([&] { return said().has_value(); }));
    CHECK(said() == true);
    sigset_t after;
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    CHECK(sigismember(&after, SIGINT) == sigismember(&before, SIGINT));
}
