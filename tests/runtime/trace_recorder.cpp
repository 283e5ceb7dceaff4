// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/trace_recorder.hpp"

#include "driver.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <boost/asio/io_context.hpp>

#include <fstream>
#include <iterator>
#include <optional>
#include <vector>

using namespace cihost;
using namespace cihost::runtime;
using namespace cihost::test;

namespace {

struct fixture {
    temporary_folder folder;
    boost::asio::io_context context;
    control_queue control{context};
    std::optional<disk_writer> disk{std::in_place};
    std::vector<std::string> failures;
    std::uint64_t now = 1'700'000'000'000'000'000;

    trace_recorder recorder(std::size_t memory = trace_recorder::default_memory) {
        return {control,
                *disk,
                "r",
                [this] { return now++; },
                [this](std::string why) { failures.push_back(std::move(why)); },
                memory};
    }
    std::uint64_t stop(trace_recorder& trace) {
        std::optional<std::uint64_t> size;
        REQUIRE_FALSE(trace.stop([&](std::uint64_t bytes) { size = bytes; }));
        REQUIRE(run_until(context, [&] { return size.has_value(); }));
        return *size;
    }
    bytes contents(const std::string& name) const {
        std::ifstream in{folder / name, std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
};

const auto poll_tpdu = "01 a0 01 01"_hex;
const auto answer = "01 80 02 01 00"_hex;

bytes expected_header() {
    std::vector<std::string> names;
    for (unsigned slot = 0; slot < trace_recorder::max_slots; ++slot)
        names.push_back("r slot " + std::to_string(slot));
    return en50221::pcapng_header(names);
}

bytes operator+(bytes a, const bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

} // namespace

TEST_CASE("a trace from now on holds what comes, one from the start what came before, too") {
    fixture f;
    auto trace = f.recorder();
    const auto t = f.now;
    trace.tpdu(0, en50221::direction::host_to_module, poll_tpdu);
    REQUIRE_FALSE(trace.start(f.folder / "now", false));
    CHECK(trace.start(f.folder / "busy", false) == boost::system::errc::device_or_resource_busy);
    trace.tpdu(0, en50221::direction::module_to_host, answer);
    const auto first = en50221::pcapng_tpdu(0, en50221::direction::host_to_module, poll_tpdu, t);
    const auto second = en50221::pcapng_tpdu(0, en50221::direction::module_to_host, answer, t + 1);
    CHECK(trace.size() == expected_header().size() + second.size());
    CHECK(f.stop(trace) == trace.size());
    CHECK(f.contents("now") == expected_header() + second);

    REQUIRE_FALSE(trace.start(f.folder / "all", true));
    trace.event(0, en50221::hardware_event::module_out);
    f.stop(trace);
    CHECK(f.contents("all") ==
          expected_header() + first + second +
              en50221::pcapng_event(0, en50221::hardware_event::module_out, t + 2));
    CHECK(trace.stop({}) == boost::system::errc::no_such_file_or_directory);
    CHECK(trace.start(f.folder / "all", true) == boost::system::errc::file_exists);
}

TEST_CASE("memory keeps the latest") {
    fixture f;
    const auto block =
        en50221::pcapng_tpdu(0, en50221::direction::host_to_module, poll_tpdu, f.now).size();
    auto trace = f.recorder(block * 3);
    const auto t = f.now;
    for (int i = 0; i < 10; ++i)
        trace.tpdu(0, en50221::direction::host_to_module, poll_tpdu);
    REQUIRE_FALSE(trace.start(f.folder / "t", true));
    f.stop(trace);
    bytes expected = expected_header();
    for (std::uint64_t i = 7; i < 10; ++i)
        expected = expected +
                   en50221::pcapng_tpdu(0, en50221::direction::host_to_module, poll_tpdu, t + i);
    CHECK(f.contents("t") == expected);
}

TEST_CASE("a file that cannot be written ends the trace with a sentence; another may follow") {
    fixture f;
    auto trace = f.recorder();
    REQUIRE_FALSE(trace.start(f.folder / "no folder/t", false));
    REQUIRE(run_until(f.context, [&] { return !f.failures.empty(); }));
    CHECK_FALSE(trace.running());
    CHECK_FALSE(trace.start(f.folder / "t", false));
    f.stop(trace);
    CHECK(f.contents("t") == expected_header());
}

TEST_CASE("a start is answered when the file is there or cannot be, and the report agrees") {
    fixture f;
    auto trace = f.recorder();
    CHECK_FALSE(trace.report());
    std::vector<std::string> answers;
    const auto note = [&](const std::string& failed) { answers.push_back(failed); };

    REQUIRE_FALSE(trace.start(f.folder / "no folder/t", false, note));
    CHECK(answers.empty());
    CHECK(trace.report()->state == "opening");
    REQUIRE(run_until(f.context, [&] { return !answers.empty(); }));
    CHECK(answers.back().find("cannot be created: No such file") != std::string::npos);
    CHECK(trace.report()->state == "failed");
    CHECK(trace.report()->reason == answers.back());
    CHECK(trace.report()->bytes == 0);

    REQUIRE_FALSE(trace.start(f.folder / "t", false, note));
    REQUIRE(run_until(f.context, [&] { return answers.size() == 2; }));
    CHECK(answers.back().empty());
    CHECK(std::filesystem::exists(f.folder / "t"));
    CHECK(trace.report()->state == "running");
    CHECK(trace.report()->file == (f.folder / "t").string());
    const auto bytes = f.stop(trace);
    CHECK(trace.report()->state == "stopped");
    CHECK(trace.report()->bytes == bytes);
    CHECK(trace.report()->reason.empty());
}

TEST_CASE("a slot that the header does not name is not recorded") {
    fixture f;
    auto trace = f.recorder();
    REQUIRE_FALSE(trace.start(f.folder / "t", false));
    trace.tpdu(trace_recorder::max_slots, en50221::direction::host_to_module, poll_tpdu);
    trace.event(trace_recorder::max_slots, en50221::hardware_event::reset);
    f.stop(trace);
    CHECK(f.contents("t") == expected_header());
}
