// SPDX-License-Identifier: LGPL-2.1-or-later
/// What modules ask by Host Control and Application Information, from the module to the tuner and
/// to the file.

#include "receiver_fixture.hpp"
#include "support/catch.hpp"

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::runtime;
using cihost::test::fake_receiver;
using cihost::test::run_until;
using sim_time = std::chrono::steady_clock::time_point;

namespace {

constexpr auto one = fake_receiver::first_service;
constexpr auto other = fake_receiver::other_service;

struct fixture : cihost::test::receiver_fixture {
    bool ask(const std::function<bool(sim::cam&, sim_time)>& what) {
        return world.module_asks(what);
    }
    bool tune(std::uint16_t stream, std::uint16_t service) {
        return ask([&](auto& cam, auto now) { return cam.tune(1, stream, service, now); });
    }
    bool release() {
        return ask([](auto& cam, auto now) { return cam.release(now); });
    }
    bool replace_video() {
        return ask([](auto& cam, auto now) {
            return cam.replace(1, 0x101, fake_receiver::barker_pid, now);
        });
    }
    bool until_stream(std::uint16_t id) {
        return until(
            [&](const receiver_report& report) { return report.transport_stream_id == id; });
    }
    /// The demux is asked for it.
    bool takes(ts::pid_t pid) const {
        const auto filter = world.filter();
        return filter && filter->contains(pid);
    }
    bool until_takes(ts::pid_t pid, bool wanted) {
        return run_until(context, [&] { return takes(pid) == wanted; });
    }
    bool until_more_packets(std::uint64_t more) {
        const auto before = r->recordings().at(0).packets;
        return run_until(context, [&] { return r->recordings().at(0).packets > before + more; });
    }
    void let_modules_tune() {
        r->let_modules_tune([](std::uint16_t service) {
            std::vector<device::tuning> found;
            if (service == other)
                found.emplace_back().frequency_hz = fake_receiver::other_frequency;
            return found;
        });
    }
};

struct recorded {
    unsigned own = 0;
    unsigned barker = 0;
    unsigned own_after_barker = 0;
    unsigned strangers = 0;
};

recorded read(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    const std::vector<char> raw{std::istreambuf_iterator<char>{in}, {}};
    const bytes all{raw.begin(), raw.end()};
    recorded count;
    for (std::size_t i = 0; i < all.size() / ts::packet_size; ++i) {
        const auto packet = cihost::test::view(all, i);
        const bool marked = packet.data().back() == fake_receiver::barker_mark;
        if (packet.pid() == 0x101) {
            ++(marked ? count.barker : count.own);
            count.own_after_barker += !marked && count.barker > 0 ? 1 : 0;
        }
        count.strangers += packet.pid() == fake_receiver::barker_pid ? 1 : 0;
    }
    return count;
}

} // namespace

TEST_CASE("Host Control: a recording carries the replacement under the replaced PID, until it is "
          "cleared") {
    fixture f;
    f.whole_multiplex = false;
    f.world.barker = true;
    f.begin();
    const auto id = f.record(one, "one.ts");
    REQUIRE(f.until_state(one, "clear"));
    REQUIRE(run_until(f.context, [&] { return f.r->recordings().at(0).packets > 50; }));
    CHECK_FALSE(f.takes(fake_receiver::barker_pid));
    REQUIRE(f.replace_video());
    REQUIRE(f.until_takes(fake_receiver::barker_pid, true));
    CHECK(f.logged("has PID 257 replaced by PID 1792"));
    REQUIRE(f.until_more_packets(50));
    SECTION("by clear_replace") {
        REQUIRE(f.ask([](auto& cam, auto now) { return cam.clear_replace(1, now); }));
    }
    SECTION("by the end of the session") { REQUIRE(f.release()); }
    SECTION("by the module's removal") {
        f.world.remove_module();
        REQUIRE(f.until_takes(fake_receiver::barker_pid, false));
        f.world.insert_module();
    }
    REQUIRE(f.until_takes(fake_receiver::barker_pid, false));
    // no more of it comes, so that what is on the way cannot pass for what is waited for
    f.world.barker = false;
    REQUIRE(f.until_state(one, "clear"));
    REQUIRE(f.until_more_packets(400));
    const auto final = f.stop(id);
    CHECK(final.continuity_errors == 0);
    const auto file = read(f.folder / "one.ts");
    CHECK(file.own > 20);
    CHECK(file.barker > 5);
    CHECK(file.own_after_barker > 20);
    CHECK(file.strangers == 0);
}

TEST_CASE("Host Control: a module leads the receiver to another multiplex and back") {
    fixture f;
    f.begin();
    f.let_modules_tune();
    REQUIRE(f.until_cam("ready"));
    REQUIRE(f.until_stream(7));
    REQUIRE(f.tune(fake_receiver::other_stream, other));
    REQUIRE(f.until_stream(fake_receiver::other_stream));
    REQUIRE(f.until_state(other, "clear"));
    CHECK(f.service(other).wanted);
    CHECK(f.world.frequency == fake_receiver::other_frequency);
    CHECK(f.r->report().led_by_slot == 0U);
    SECTION("by the end of its session") { REQUIRE(f.release()); }
    SECTION("by its removal") { f.world.remove_module(); }
    REQUIRE(f.until_stream(7));
    CHECK_FALSE(f.r->report().led_by_slot);
    CHECK(f.world.frequency == 474'000'000);
    CHECK_FALSE(f.r->report().services.empty());
    CHECK_FALSE(f.service(one).wanted);
}

TEST_CASE("Host Control: a service of the multiplex that is received is descrambled for a module") {
    fixture f;
    f.begin();
    REQUIRE(f.until_cam("ready"));
    REQUIRE(f.until_stream(7));
    REQUIRE(f.tune(7, fake_receiver::second_service));
    REQUIRE(f.until_state(fake_receiver::second_service, "clear"));
    REQUIRE(f.release());
    REQUIRE(f.until([](const receiver_report& r) {
        const auto* const s = fixture::service(r, fake_receiver::second_service);
        return s != nullptr && !s->wanted;
    }));
}

TEST_CASE("Host Control: a recording comes before a module's wish") {
    fixture f;
    f.begin();
    f.let_modules_tune();
    f.record(one, "one.ts");
    REQUIRE(f.until_state(one, "clear"));
    REQUIRE(run_until(f.context, [&] { return f.r->recordings().at(0).state == "recording"; }));
    REQUIRE(f.tune(fake_receiver::other_stream, other));
    REQUIRE(run_until(f.context, [&] { return f.logged("service 101 is in use here"); }));
    CHECK(f.world.frequency == 474'000'000);
    CHECK(f.r->recordings().at(0).state == "recording");
}

TEST_CASE("Host Control: the receiver's owner takes it back, and the module gives way") {
    fixture f;
    f.begin();
    f.let_modules_tune();
    REQUIRE(f.until_cam("ready"));
    REQUIRE(f.tune(fake_receiver::other_stream, other));
    REQUIRE(f.until_state(other, "clear"));
    device::tuning home;
    home.frequency_hz = 474'000'000;
    f.r->tune(home);
    CHECK_FALSE(f.r->report().led_by_slot);
    REQUIRE(f.until_stream(7));
    CHECK(f.logged("the module is asked for it"));
    // it has closed its session by itself: there is none to release
    REQUIRE(run_until(f.context, [&] { return !f.release(); }));
    CHECK(f.world.frequency == 474'000'000);
}

TEST_CASE("Application Information v3: a module that asks for a reset gets it, three times") {
    fixture f;
    f.world.application_information = 3;
    f.world.insert_module();
    f.adjust = [](receiver_settings& s) { s.cam.slot.resources.application_information = 3; };
    f.begin();
    REQUIRE(f.until_cam("ready"));
    const auto before = f.world.resets.load();
    for (unsigned i = 1; i <= 3; ++i) {
        REQUIRE(f.ask([](auto& cam, auto now) { return cam.request_reset(now); }));
        REQUIRE(run_until(f.context, [&] { return f.world.resets == before + i; }));
        REQUIRE(f.until_cam("ready"));
    }
    CHECK(f.logged("asks to be reset, and is"));
    REQUIRE(f.ask([](auto& cam, auto now) { return cam.request_reset(now); }));
    REQUIRE(run_until(f.context, [&] { return f.logged("too often"); }));
    CHECK(f.world.resets == before + 3);
    CHECK(f.r->report().cams.at(0).state == "ready");
}
