// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/receiver.hpp"

#include "receiver_fixture.hpp"
#include "runtime/recording_list.hpp"
#include "support/catch.hpp"

#include <cihost/ts/packet_reader.hpp>
#include <cihost/ts/scrambling_monitor.hpp>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>

using namespace cihost;
using namespace cihost::runtime;
using namespace std::chrono_literals;
using cihost::test::fake_receiver;
using cihost::test::run_until;
using clock_type = std::chrono::steady_clock;

namespace {

using fixture = cihost::test::receiver_fixture;

constexpr auto one = fake_receiver::first_service;
constexpr auto two = fake_receiver::second_service;

bytes contents(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// Elementary packets of a file that are clear, and that are not.
std::pair<std::uint64_t, std::uint64_t> clear_and_scrambled(const std::filesystem::path& file) {
    ts::packet_reader reader;
    ts::scrambling_monitor monitor;
    const auto data = contents(file);
    CHECK(data.size() % ts::packet_size == 0);
    reader.feed(data);
    reader.finish();
    while (const auto packet = reader.next())
        monitor.push(*packet, time_point{});
    std::uint64_t clear = 0;
    std::uint64_t scrambled = 0;
    for (ts::pid_t pid = 0x101; pid < 0x300; ++pid) {
        clear += monitor[pid].clear;
        scrambled += monitor[pid].scrambled();
    }
    return {clear, scrambled};
}

} // namespace

TEST_CASE("from start to a clear recording") {
    fixture f;
    f.begin();
    const auto id = f.record(one, "one.ts");
    CHECK(f.r->recordings().at(0).state == "waiting");
    CHECK_FALSE(f.r->recordings().at(0).reason.empty());
    REQUIRE(f.until_state(one, "clear"));
    const auto report = f.r->report();
    CHECK(report.state == "locked");
    CHECK(report.transport_stream_id == 7);
    REQUIRE(report.cams.size() == 1);
    CHECK(report.cams[0].state == "ready");
    CHECK(report.cams[0].ca_system_ids == std::vector<std::uint16_t>{0x4AFE});
    REQUIRE(report.cams[0].application);
    CHECK(report.cams[0].application->menu_string == "cihost Sim CAM");
    CHECK(report.cams[0].ready_to_ca_info.value_or(-1) > 0);
    CHECK(report.cams[0].tpdus_sent > 0);
    CHECK(report.cams[0].restarts == 0);
    // reset once after open; what an earlier opener left was dropped
    CHECK(f.world.resets == 1);

    REQUIRE(run_until(f.context, [&] {
        return f.service(one).ecms >= 3 && f.r->recordings().at(0).bytes > 50'000;
    }));
    const auto s = f.service(one);
    CHECK(s.name == "One");
    CHECK(s.wanted);
    CHECK(s.ca_signalled);
    CHECK(s.ca_pmts_sent == 1);
    CHECK(s.time_to_clear.value_or(-1) > 0);
    CHECK(s.ca_pmt_to_clear.value_or(-1) >= 0);
    CHECK(s.ca_pmt_handed_at.value_or(-1) >= s.pmt_complete_at.value_or(1e9));
    CHECK(s.crypto_periods >= 2);
    CHECK(s.scrambled_after_clear == 0);
    CHECK(s.clear_packets > 0);
    CHECK(s.continuity_errors == 0);
    CHECK(f.service(two).state == "not_wanted");
    CHECK(f.service(two).scrambled_now == true);

    const auto sent = f.world.ca_pmts();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].list == en50221::list_management::only);
    CHECK(sent[0].program_number == one);

    const auto final = f.stop(id);
    CHECK(final.state == "stopped");
    CHECK(final.scrambled_packets == 0);
    CHECK(final.dropped_packets == 0);
    CHECK(final.continuity_errors == 0);
    CHECK(final.bytes == contents(f.folder / "one.ts").size());
    CHECK(final.bytes == final.packets * ts::packet_size);
    const auto [clear, scrambled] = clear_and_scrambled(f.folder / "one.ts");
    CHECK(clear > 100);
    CHECK(scrambled == 0);
    // no longer wanted: withdrawn from the module
    REQUIRE(run_until(f.context, [&] { return f.world.ca_pmts().size() == 2; }));
    CHECK(f.world.ca_pmts()[1].command == en50221::ca_pmt_command::not_selected);
}

TEST_CASE("two services, a moved ECM PID, and the same service twice") {
    fixture f;
    f.begin();
    const auto a = f.record(one, "a.ts");
    REQUIRE(f.until_state(one, "clear"));
    const auto b = f.record(two, "b.ts");
    const auto c = f.record(one, "c.ts");
    REQUIRE(f.until_state(two, "clear"));
    REQUIRE(f.world.ca_pmts().size() == 2);
    CHECK(f.world.ca_pmts()[1].list == en50221::list_management::add);

    const auto before = f.service(one);
    f.world.first_ecm_pid = 0x310;
    REQUIRE(f.until([&](const receiver_report& report) {
        const auto* const s = fixture::service(report, one);
        return s->ca_pmts_sent == 2 && s->ecms > before.ecms + 4;
    }));
    CHECK(f.world.ca_pmts().back().list == en50221::list_management::update);
    CHECK(f.world.ca_pmts().back().program_number == one);
    CHECK(f.service(one).crypto_periods >= before.crypto_periods);
    CHECK(f.service(one).scrambled_after_clear == 0);
    CHECK(f.service(two).scrambled_after_clear == 0);

    f.stop(a);
    // the other recording still wants it
    CHECK(f.service(one).wanted);
    f.stop(b);
    f.stop(c);
    CHECK_FALSE(f.service(one).wanted);
}

TEST_CASE("a recording's file must not exist, and an unknown id is told") {
    fixture f;
    f.begin();
    std::ofstream{f.folder / "old.ts"} << "old";
    const auto refused = [&](std::uint16_t program, const std::string& name) {
        std::optional<error_code> why;
        REQUIRE(f.r->start_recording(
            {program, f.folder / name},
            [&](const error_code& e, const std::filesystem::path&) { why = e; }));
        REQUIRE(run_until(f.context, [&] { return why.has_value(); }));
        return *why == boost::system::errc::file_exists;
    };
    CHECK(refused(one, "old.ts"));
    // whoever named it is told; it is no fault of the machine's
    const auto line = std::ranges::find_if(f.log, [](const log_record& l) {
        return l.message.find("old.ts cannot be created: File exists.") != std::string::npos;
    });
    REQUIRE(line != f.log.end());
    CHECK(line->level == severity::info);
    CHECK_FALSE(refused(one, "new.ts"));
    CHECK(refused(two, "new.ts"));
    // those that could not begin have never been
    CHECK(run_until(f.context, [&] { return f.r->recordings().size() == 1; }));
    CHECK(f.r->stop_recording(99, {}) == boost::system::errc::no_such_file_or_directory);
    CHECK(f.r->stop_trace().error() == boost::system::errc::no_such_file_or_directory);
}

TEST_CASE("a recording has the number that it is given, in its reports and in the log") {
    fixture f;
    f.begin();
    const auto start = [&](std::optional<std::uint64_t> id) {
        return f.r->start_recording({999, f.folder / std::to_string(id.value_or(0)), true, {}, id});
    };
    CHECK(start(41).value() == 41);
    CHECK(start(41).error() == boost::system::errc::file_exists);
    CHECK(start({}).value() == 42);
    CHECK(start(7).value() == 7);
    CHECK(run_until(f.context, [&] { return f.logged("Recording 41 of service 999 goes to "); }));
    CHECK(f.stop(41).id == 41);
}

TEST_CASE("recordings that never began leave no file; those that run and those kept are limited") {
    fixture f;
    f.begin();
    auto name = [n = 0]() mutable { return std::to_string(++n) + ".ts"; };
    const auto longest = f.record(999, name());
    for (unsigned i = 1; i < recording_list::max_active; ++i)
        f.record(999, name());
    const auto refused = f.r->start_recording({999, f.folder / "further.ts"});
    CHECK(refused.error() == boost::system::errc::too_many_files_open);
    for (std::uint64_t id = longest + 1; id < longest + recording_list::max_active; ++id)
        CHECK_FALSE(f.stop(id).reason.empty());
    for (std::size_t i = recording_list::max_active; i < recording_list::max_ended + 10; ++i)
        f.stop(f.record(999, name()));
    f.stop(longest);
    const auto kept = f.r->recordings();
    CHECK(kept.size() == recording_list::max_ended);
    // the latest by their end
    CHECK(kept.front().id == longest);
    CHECK(std::filesystem::is_empty(f.folder / "."));
}

TEST_CASE("a file that cannot be created fails its recording and nothing else") {
    fixture f;
    f.begin();
    const auto bad = f.record(one, "no such folder/one.ts");
    const auto good = f.record(one, "one.ts");
    REQUIRE(run_until(f.context, [&] { return f.r->recordings().at(0).state == "failed"; }));
    CHECK(f.r->recordings().at(0).reason.find("cannot be created") != std::string::npos);
    REQUIRE(f.until_state(one, "clear"));
    CHECK(f.service(one).wanted);
    CHECK(f.stop(bad).state == "failed");
    CHECK(f.stop(good).state == "stopped");
}

TEST_CASE("a service that is not there says what is") {
    fixture f;
    f.begin();
    f.record(999, "none.ts");
    REQUIRE(f.until_state(999, "not_in_multiplex"));
    REQUIRE(run_until(f.context, [&] {
        return f.service(999).reason ==
               "Service 999 is not in this multiplex. It holds: One (101), 102.";
    }));
}

TEST_CASE("nothing is there at the start; everything comes later") {
    fixture f;
    f.world.ca_exists = f.world.frontend_exists = f.world.ts_exists = false;
    f.begin();
    f.record(one, "one.ts");
    REQUIRE(f.until([](const receiver_report& report) {
        return report.state == "absent" &&
               report.reason.find("No such file or directory") != std::string::npos;
    }));
    CHECK(f.service(one).state == "no_device");
    f.world.frontend_exists = f.world.ts_exists = true;
    REQUIRE(f.until_state(one, "no_ca_device"));
    f.world.ca_exists = true;
    REQUIRE(f.until_state(one, "clear"));
}

TEST_CASE("devices that vanish are opened again and the service comes back") {
    fixture f;
    f.begin();
    f.record(one, "one.ts");
    REQUIRE(f.until_state(one, "clear"));
    f.world.ca_exists = f.world.frontend_exists = f.world.ts_exists = false;
    REQUIRE(f.until([](const receiver_report& report) { return report.state == "absent"; }));
    REQUIRE(f.until_cam("empty"));
    const auto sent = f.world.ca_pmts().size();
    f.world.ca_exists = f.world.frontend_exists = f.world.ts_exists = true;
    REQUIRE(f.until_cam("ready"));
    REQUIRE(run_until(f.context, [&] { return f.world.ca_pmts().size() > sent; }));
    REQUIRE(f.until_state(one, "clear"));
    CHECK(f.world.ca_opens == 2);
    CHECK(f.world.resets == 2);
}

TEST_CASE("a module pulled out and put in again gets its services back") {
    fixture f;
    f.begin();
    f.record(one, "one.ts");
    REQUIRE(f.until_state(one, "clear"));
    f.world.remove_module();
    REQUIRE(f.until_state(one, "no_module"));
    CHECK(f.r->report().cams.at(0).state == "empty");
    f.world.insert_module();
    REQUIRE(f.until_state(one, "clear"));
    CHECK(f.world.ca_pmts().back().list == en50221::list_management::only);
    CHECK(f.service(one).scrambled_after_clear > 0);
    // not our fault, so nothing that was broken off
    CHECK(f.r->report().cams.at(0).restarts == 0);
}

TEST_CASE("lost lock forgets nothing; another multiplex does") {
    fixture f;
    f.begin();
    f.record(one, "one.ts");
    REQUIRE(f.until_state(one, "clear"));
    f.world.locked = false;
    REQUIRE(f.until_state(one, "no_lock"));
    f.world.locked = true;
    REQUIRE(f.until_state(one, "clear"));
    CHECK(f.service(one).ca_pmts_sent == 1);
    f.world.transport_stream_id = 8;
    REQUIRE(f.until([](const receiver_report& report) { return report.transport_stream_id == 8; }));
    REQUIRE(f.until_state(one, "clear"));
    CHECK(f.logged("another multiplex"));
}

TEST_CASE("a write that blocks does not delay the control thread") {
    fixture f;
    f.begin();
    REQUIRE(f.until_cam("ready"));
    f.world.write_blocks_ms = 500;
    REQUIRE(run_until(f.context, [&] { return f.world.in_write.load(); }));
    auto longest = clock_type::duration{};
    unsigned calls = 0;
    while (f.world.in_write) {
        const auto before = clock_type::now();
        f.context.restart();
        f.context.poll();
        const auto report = f.r->report();
        longest = std::max(longest, clock_type::now() - before);
        ++calls;
    }
    CHECK(longest < 250ms);
    CHECK(calls > 10);
    f.world.write_blocks_ms = 0;
    // the refused write costs a reset, then all is well again
    REQUIRE(f.until([](const receiver_report& report) {
        return report.cams[0].state == "ready" && report.cams[0].restarts >= 1;
    }));
    CHECK(f.world.resets >= 2);
}

TEST_CASE("packets lost by the device are counted and survived") {
    fixture f;
    f.begin();
    f.record(one, "one.ts");
    REQUIRE(f.until_state(one, "clear"));
    f.world.overflow = true;
    REQUIRE(f.until([](const receiver_report& report) { return report.overflows == 1; }));
    const auto packets = f.r->report().packets;
    REQUIRE(f.until([&](const receiver_report& report) { return report.packets > packets + 100; }));
}

TEST_CASE("a trace from the start holds the conversation") {
    fixture f;
    f.begin();
    REQUIRE(f.until_cam("ready"));
    REQUIRE_FALSE(f.r->start_trace(f.folder / "trace.pcapng", true));
    CHECK(f.r->start_trace(f.folder / "other.pcapng", true) ==
          boost::system::errc::device_or_resource_busy);
    const auto before = f.r->report().cams[0].tpdus_sent;
    REQUIRE(
        f.until([&](const receiver_report& report) { return report.cams[0].tpdus_sent > before; }));
    std::optional<std::uint64_t> size;
    const auto handed = f.r->stop_trace([&](std::uint64_t bytes) { size = bytes; });
    REQUIRE(handed);
    REQUIRE(run_until(f.context, [&] { return size.has_value(); }));
    CHECK(*size == *handed);
    const auto data = contents(f.folder / "trace.pcapng");
    CHECK(data.size() == *size);
    // section header block, and in it the module's own name as it came over the link
    CHECK(std::ranges::equal(bytes_view{data}.first(4), bytes{0x0A, 0x0D, 0x0D, 0x0A}));
    const std::string_view name = "cihost Sim CAM";
    CHECK_FALSE(std::ranges::search(data, name).empty());
}

TEST_CASE("an orderly end withdraws the services and deletes the connection") {
    fixture f;
    f.begin();
    f.record(one, "one.ts");
    REQUIRE(f.until_state(one, "clear"));
    const auto before = clock_type::now();
    f.r.reset();
    CHECK(clock_type::now() - before < 5s);
    CHECK(f.world.ca_pmts().back().command == en50221::ca_pmt_command::not_selected);
    CHECK(f.world.ca_pmts().back().program_number == one);
    // all that was recorded is on the disk
    const auto [clear, scrambled] = clear_and_scrambled(f.folder / "one.ts");
    CHECK(clear > 0);
    CHECK(scrambled == 0);
    // work still queued for the control thread finds nobody, and does no harm
    f.context.restart();
    f.context.poll();
}

TEST_CASE("the end comes soon in every state") {
    fixture f;
    SECTION("never started") {
        f.r = std::make_unique<receiver>(f.context, receiver_settings{}, f.world.devices(),
                                         log_function{});
    }
    SECTION("at once") { f.begin(); }
    SECTION("no devices") {
        f.world.ca_exists = f.world.frontend_exists = f.world.ts_exists = false;
        f.begin();
        REQUIRE(f.until([](const auto& report) { return !report.reason.empty(); }));
    }
    SECTION("module booting") {
        f.begin();
        REQUIRE(f.until_cam("present"));
    }
    SECTION("empty slot") {
        f.world.remove_module();
        f.begin();
        REQUIRE(run_until(f.context, [&] { return f.world.resets == 1; }));
    }
    SECTION("conversation begun") {
        f.begin();
        REQUIRE(f.until([](const auto& report) {
            return !report.cams.empty() && report.cams[0].tpdus_sent > 0;
        }));
    }
    SECTION("a write hangs") {
        f.begin();
        REQUIRE(f.until_cam("ready"));
        f.world.write_blocks_ms = 500;
        REQUIRE(run_until(f.context, [&] { return f.world.in_write.load(); }));
    }
    SECTION("a recording is being stopped, a trace runs") {
        f.begin();
        const auto id = f.record(one, "one.ts");
        REQUIRE(f.until_state(one, "clear"));
        REQUIRE_FALSE(f.r->start_trace(f.folder / "t.pcapng", false));
        REQUIRE_FALSE(f.r->stop_recording(id, {}));
    }
    const auto before = clock_type::now();
    f.r.reset();
    CHECK(clock_type::now() - before < 5s);
    f.context.restart();
    f.context.poll();
}
