// SPDX-License-Identifier: LGPL-2.1-or-later
/// The conversations in tests/en50221/conversations, each as it is written and in every way in
/// which a device and a module may give it otherwise.

#include "support/catch.hpp"
#include "support/conversation_text.hpp"
#include "support/places.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::test;

namespace {

using std::filesystem::path;

std::vector<path> files() {
    std::vector<path> all;
    for (const auto& entry : std::filesystem::directory_iterator{source_file("tests/en50221/conversations")})
        all.push_back(entry.path());
    std::sort(all.begin(), all.end());
    return all;
}

/// Every file, whichever fails before.
void each(const std::function<void(const path&)>& run) {
    const auto all = files();
    CHECK(all.size() > 20);
    for (const auto& file : all) {
        INFO(file.string());
        CHECK_NOTHROW(run(file));
    }
}

} // namespace

TEST_CASE("conversations: as written") {
    each([](const path& file) { read_conversation(file).run(); });
}

TEST_CASE("conversations: every object in a read of its own") {
    each([](const path& file) { read_conversation(file).run_split(); });
}

TEST_CASE("conversations: every SPDU of the module in two parts, cut everywhere") {
    each([](const path& file) { read_conversation(file).run_parts(); });
}

TEST_CASE("conversations: through a link with fragments of every size") {
    each([](const path& file) {
        const auto whole = read_conversation(file);
        whole.run_linked(3); // a byte a fragment
        for (std::size_t size = 16; size <= 512; ++size)
            whole.run_linked(size);
    });
}

TEST_CASE("conversations: every fault at every step") {
    each([](const path& file) {
        script::run_faulty([&](unsigned opened) { return read_conversation(file, opened); });
    });
}

TEST_CASE("conversations: an error names its file and line") {
    const auto message = [](const std::string& text) -> std::string {
        try {
            parse_conversation(text, "some.txt").run();
        } catch (const std::exception& e) {
            return e.what();
        }
        return "none";
    };
    // a text that is none
    CHECK(message("\nhots 82 01 01") == "some.txt:2: no step: 'hots'");
    CHECK(message("host 82 01 0") == "some.txt:1: bad hex");
    CHECK(message("cam_after 5 80 02 01 00") == "some.txt:1: '5' is no time: 5ms, 2s, 1h");
    CHECK(message("# a\n\nset speed 5") == "some.txt:3: no setting 'speed'");
    CHECK(message("set tcid one") == "some.txt:1: 'one' is no number");
    CHECK(message("set early_fetch maybe") == "some.txt:1: 'maybe' is neither yes nor no");
    CHECK(message("expect") == "some.txt:1: no step: 'expect'");
    CHECK(message("call home") == "some.txt:1: no call 'home'");
    CHECK(message("call ca_pmt 0000 03") == "some.txt:1: no CA_PMT");
    CHECK(message("host $") == "some.txt:1: '' is no number");
    CHECK(message("include no_such.txt") == "some.txt:1: cannot read no_such.txt");

    // a stack that does something else
    const std::string start = "host 82 01 01\ncam 83 01 01 80 02 01 00 # the reply\n";
    CHECK(message(start + "expect connected\nhost A0 01 01\n") == "none");
    CHECK(message(start + "host_after 6ms A0 01 01") ==
          "some.txt:3: host_after A0 01 01: expected after 6 ms, got after 5 ms");
    CHECK(message("host 82 01 02") ==
          "some.txt:1: host 82 01 02: expected 01 82 01 02\n     got 01 82 01 01");
    CHECK(message(start + "no_event") == "some.txt:3: no_event: expected no event, got connected");
    CHECK(message(start + "expect suspect") ==
          "some.txt:3: expect suspect: expected event suspect\n     got connected");
    CHECK(message(start + "expect connected\nexpect suspect") ==
          "some.txt:4: expect suspect: expected event suspect\n     got none");
    CHECK(message(start + "quiet 5ms") ==
          "some.txt:3: quiet: expected no write\n     got 01 a0 01 01");
    CHECK(message("set tcid 3\nhost 82 01 03") == "none");
}

TEST_CASE("conversations: what a fault breaks is found, with fault and line") {
    // the file wants the number of a first start
    const auto make = [](unsigned) {
        return parse_conversation("host 82 01 01\n"
                                  "cam 83 01 01 A0 07 01 91 04 00 03 00 41 80 02 01 00\n"
                                  "expect connected\n"
                                  "expect session_opened 0001\n"
                                  "host A0 0A 01 92 07 00 00 03 00 41 00 01",
                                  "some.txt");
    };
    make(0).run_split();
    try {
        script::run_faulty(make);
        FAIL("not found");
    } catch (const mismatch& m) {
        const std::string what = m.what();
        CHECK(what.starts_with("fault '"));
        CHECK(what.find("' at some.txt:") != std::string::npos);
        CHECK(what.find("some.txt:4: expect session_opened 0001: expected event") !=
              std::string::npos);
    }
}
