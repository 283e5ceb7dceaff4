// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/stream_pump.hpp"

#include "driver.hpp"
#include "fake_receiver.hpp"
#include "support/catch.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>

using namespace cihost;
using namespace cihost::runtime;
using namespace cihost::test;

namespace {

struct fixture {
    fake_receiver world;
    boost::asio::io_context context;
    control_queue control{context};
    std::vector<table_sections> tables;
    stream_pump pump{control, world.devices(), true,
                     [this](table_sections t) { tables.push_back(std::move(t)); }};
    ~fixture() {
        control.close();
        pump.stop();
    }
};

} // namespace

TEST_CASE("tables come to the control thread, figures when asked for") {
    fixture f;
    CHECK_FALSE(f.pump.state().open);
    f.pump.receive(1);
    f.pump.start();
    REQUIRE(run_until(f.context, [&] { return !f.tables.empty() && f.pump.state().open; }));
    CHECK(f.tables[0].complete_at <= std::chrono::steady_clock::now());
    stream_watch watch;
    watch.pat = 1;
    watch.pmt_pids = {0x100};
    f.pump.post([watch](stream_analysis& analysis) { analysis.watch(watch); });
    REQUIRE(run_until(f.context, [&] {
        return std::ranges::any_of(f.tables, [](const auto& t) { return t.pid == 0x100; });
    }));
    REQUIRE(run_until(f.context, [&] { return f.pump.state().figures.packets > 100; }));
}

TEST_CASE("orders run without packets and without a device, in order") {
    fixture f;
    f.world.ts_exists = false;
    std::atomic<int> value = 1;
    f.pump.post([&](stream_analysis&) { value = value * 2; });
    f.pump.receive(1);
    f.pump.start();
    f.pump.post([&](stream_analysis&) { value = value + 3; });
    REQUIRE(run_until(f.context, [&] { return value == 5; }));
    REQUIRE(run_until(f.context, [&] {
        return f.pump.state().error == boost::system::errc::no_such_file_or_directory;
    }));
    CHECK_FALSE(f.pump.state().open);
}

TEST_CASE("an overflow is counted, a lost device opened again") {
    fixture f;
    f.pump.receive(1);
    f.pump.start();
    REQUIRE(run_until(f.context, [&] { return f.pump.state().figures.packets > 0; }));
    f.world.overflow = true;
    REQUIRE(run_until(f.context, [&] { return f.pump.state().overflows == 1; }));
    CHECK(f.pump.state().open);
    f.world.ts_exists = false;
    REQUIRE(run_until(f.context, [&] { return !f.pump.state().open; }));
    const auto before = f.pump.state().figures;
    f.world.frontend_open = true;
    CHECK_FALSE(f.world.on_air().empty()); // which nobody takes
    f.world.ts_exists = true;
    REQUIRE(run_until(f.context, [&] { return f.pump.state().figures.packets > before.packets; }));
    CHECK(f.pump.state().open);
    CHECK(f.pump.state().figures.continuity_errors == before.continuity_errors);
}

TEST_CASE("a control thread that is busy holds up no packets") {
    fixture f;
    f.pump.receive(1);
    f.pump.start();
    // nobody runs the control thread here
    const auto end = std::chrono::steady_clock::now() + patience;
    while (f.pump.state().figures.packets < 200 && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    CHECK(f.pump.state().figures.packets >= 200);
    CHECK(f.tables.empty());
}

TEST_CASE("the input is open only while there is something to receive; tables tell which") {
    fixture f;
    f.pump.start();
    std::this_thread::sleep_for(std::chrono::milliseconds{30});
    CHECK_FALSE(f.world.ts_open);
    f.pump.receive(1);
    REQUIRE(run_until(f.context, [&] { return !f.tables.empty(); }));
    CHECK(f.world.ts_open);
    f.pump.idle(2);
    REQUIRE(run_until(f.context, [&] { return f.pump.state().generation == 2; }));
    CHECK_FALSE(f.pump.state().open);
    REQUIRE(run_until(f.context, [&] { return !f.world.ts_open; }));
    f.pump.receive(2);
    // the same table again: nothing is known of the multiplex before
    REQUIRE(run_until(f.context, [&] {
        return std::ranges::any_of(
            f.tables, [](const auto& t) { return t.generation == 2 && t.pid == ts::pid_pat; });
    }));
    CHECK(std::ranges::is_sorted(f.tables, {}, &table_sections::generation));
}
