// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/cam_memory_file.hpp"

#include "daemon/cam_memory_json.hpp"
#include "daemon/read_text_file.hpp"
#include "daemon/replace_file.hpp"
#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <csignal>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::policy;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

const cam_identity alpha{0x4A20, 0x4A20, "AlphaCrypt \"ä\"\n"};

cam_memory full(unsigned starts = 1) {
    cam_memory m;
    for (unsigned i = 0; i < starts; ++i)
        m.started(alpha, "default", 2s, std::chrono::sys_seconds{1'800'000'000s});
    m.cleared(alpha, 700ms);
    m.answered(alpha, 123ms);
    m.services_clear(alpha, 2);
    m.limit_met(alpha, 2);
    m.strategy_failed(alpha, {});
    m.strategy_worked(alpha, {.listing = ca_pmt_listing::whole_list,
                              .change = ca_pmt_change::replace,
                              .withdrawal = ca_pmt_withdrawal::whole_list,
                              .raise_ca_descriptors = true});
    m.seen_in("roof:0", alpha);
    m.pin(alpha, true, "cautious");
    return m;
}

std::string text_of(const std::filesystem::path& file) {
    std::string text;
    read_text_file(file, text);
    return text;
}

/// Waits far longer than a loaded machine needs.
template<class Condition>
bool eventually(const Condition& condition) {
    for (int i = 0; i < 1000 && !condition(); ++i)
        std::this_thread::sleep_for(10ms);
    return condition();
}

struct kept {
    temporary_folder folder;
    std::filesystem::path path = folder.path() / "deep" / "cams.json";
    std::vector<runtime::log_record> log;
    cam_memory_file file{path, [this](const auto& record) { log.push_back(record); }};
};

} // namespace

TEST_CASE("what was learned comes back from its text as it was") {
    const auto memory = full();
    cam_memory back;
    REQUIRE(restore_memory(memory_text(memory), back) == "");
    REQUIRE(back.find(alpha) != nullptr);
    CHECK(*back.find(alpha) == *memory.find(alpha));
    CHECK(back.places() == memory.places());
    CHECK(memory_text(back) == memory_text(memory));
    CHECK(restore_memory(memory_text(cam_memory{}), back) == "");
    CHECK(back.records().empty());
}

TEST_CASE("slots of a file that was written before they were called as they are") {
    cam_memory memory;
    REQUIRE(restore_memory(R"({"version":1,"cams":[{"name":"x"}],"slots":[
        {"slot":"roof/0","name":"x"},{"slot":"adapter0/frontend1/12","name":"x"},
        {"slot":"a/b:1","name":"x"},{"slot":"7","name":"x"}]})",
                           memory) == "");
    std::string places;
    for (const auto& [place, who] : memory.places())
        places += place + " ";
    CHECK(places == "7 a/b:1 adapter0/frontend1:12 roof:0 ");
}

TEST_CASE("a text that is none of it leaves the memory alone and says why") {
    auto memory = full();
    for (const auto* text :
         {"", "{", "null", "[]", "{}", R"({"version":2})", R"({"version":"1"})",
          R"({"version":1,"cams":{}})", R"({"version":1,"cams":[1]})",
          R"({"version":1,"cams":[{"manufacturer":70000}]})",
          R"({"version":1,"cams":[{"name":5}]})", R"({"version":1,"cams":[{"pinned":1}]})",
          R"({"version":1,"cams":[{"starts":-1}]})",
          R"({"version":1,"cams":[{"usual_start_ms":1e30}]})",
          R"({"version":1,"cams":[{"strategies":[{"listing":"no"}]}]})",
          R"({"version":1,"slots":[{"slot":1}]})"}) {
        INFO(text);
        CHECK_FALSE(restore_memory(text, memory).empty());
        CHECK(memory.find(alpha) != nullptr);
    }
    // of a later cihostd, within the version
    CHECK(restore_memory(R"({"version":1,"more":1,"cams":[{"name":"x","more":2}]})", memory) == "");
    CHECK(memory.find({0, 0, "x"}) != nullptr);
    // any cut of a text
    const auto whole = memory_text(full());
    for (std::size_t size = 0; size + 2 < whole.size(); ++size)
        CHECK_FALSE(restore_memory(std::string_view{whole}.substr(0, size), memory).empty());
}

TEST_CASE("nothing is written before something is learned, and then not too often") {
    kept k;
    auto memory = k.file.load();
    const time_point start{1h};
    k.file.look(memory, start);
    memory.started(alpha, "default", 1s, {});
    k.file.look(memory, start);
    REQUIRE(eventually([&] { return std::filesystem::exists(k.path); }));
    const auto first = text_of(k.path);
    memory.started(alpha, "default", 1s, {});
    k.file.look(memory, start + 9s);
    CHECK(text_of(k.path) == first);
    k.file.look(memory, start + 10s);
    CHECK(eventually([&] { return text_of(k.path) == memory_text(memory); }));
    CHECK(k.log.empty());
}

TEST_CASE(
    "what was found out at a viewer's expense, and what was asked for, is kept within a second") {
    kept k;
    auto memory = k.file.load();
    const time_point start{1h};
    memory.started(alpha, "default", 1s, {});
    k.file.look(memory, start);
    REQUIRE(eventually([&] { return text_of(k.path) == memory_text(memory); }));
    const auto first = text_of(k.path);
    SECTION("a way to ask that failed") { memory.strategy_failed(alpha, {}); }
    SECTION("one that works") { memory.strategy_worked(alpha, {}); }
    SECTION("a limit") { memory.limit_met(alpha, 2); }
    SECTION("a pin") { memory.pin(alpha, true); }
    SECTION("what is forgotten") { memory.forget(alpha); }
    SECTION("another module in the slot") { memory.seen_in("roof:0", alpha); }
    SECTION("another module") { memory.started({1, 2, "Other"}, "default", 1s, {}); }
    // of many changes one write is made
    k.file.look(memory, start + 900ms);
    CHECK(text_of(k.path) == first);
    k.file.look(memory, start + 1s);
    CHECK(eventually([&] { return text_of(k.path) == memory_text(memory); }));
}

TEST_CASE("the same outcome once more is no news that a write hurries for") {
    kept k;
    auto memory = k.file.load();
    const time_point start{1h};
    memory.started(alpha, "default", 1s, {});
    memory.strategy_worked(alpha, {});
    k.file.look(memory, start);
    REQUIRE(eventually([&] { return text_of(k.path) == memory_text(memory); }));
    memory.strategy_worked(alpha, {});
    k.file.look(memory, start + 9s);
    // had that been written, this would have to wait for longer
    memory.cleared(alpha, 1s);
    k.file.look(memory, start + 10s);
    CHECK(eventually([&] { return text_of(k.path) == memory_text(memory); }));
}

TEST_CASE("the end writes what is new, at once") {
    kept k;
    auto memory = k.file.load();
    k.file.finish(memory);
    CHECK_FALSE(std::filesystem::exists(k.path));
    memory.started(alpha, "default", 1s, {});
    k.file.finish(memory);
    CHECK(memory_text(k.file.load()) == memory_text(memory));
}

TEST_CASE("a damaged file is set aside and said, and all goes on") {
    kept k;
    std::filesystem::create_directories(k.path.parent_path());
    write_file(k.path, "{\"version\":1,\"cams\":[");
    auto memory = k.file.load();
    CHECK(memory.records().empty());
    REQUIRE(k.log.size() == 1);
    CHECK(k.log[0].level == severity::warning);
    CHECK(k.log[0].message.find(k.path.string()) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(k.path));
    CHECK(text_of(k.path.string() + ".damaged") == "{\"version\":1,\"cams\":[");
    memory.started(alpha, "default", 1s, {});
    k.file.finish(memory);
    CHECK(k.file.load().find(alpha) != nullptr);
    CHECK(k.log.size() == 1);
}

TEST_CASE("a folder that cannot be written to is said, and nothing else happens") {
    temporary_folder folder;
    write_file(folder.path() / "file", "");
    CHECK_FALSE(replace_file(folder.path() / "file" / "cams.json", "x").empty());
    CHECK_FALSE(replace_file(folder.path(), "x").empty());
    CHECK(replace_file(folder.path() / "cams.json", "x") == "");
    CHECK(text_of(folder.path() / "cams.json") == "x");
}

TEST_CASE("whenever the daemon is killed the file is whole, of before or of after") {
    temporary_folder folder;
    const auto path = folder.path() / "cams.json";
    std::vector<std::string> texts;
    for (unsigned i = 1; i <= 40; ++i)
        texts.push_back(memory_text(full(i)));
    unsigned seen = 0;
    for (unsigned round = 0; round < 60; ++round) {
        const auto child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            for (std::size_t i = 0;; i = (i + 1) % texts.size())
                replace_file(path, texts[i]);
        }
        ::usleep(200 + round * 331);
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        std::error_code ignored;
        if (!std::filesystem::exists(path, ignored))
            continue;
        cam_memory memory;
        CHECK(restore_memory(text_of(path), memory) == "");
        seen += memory.find(alpha) != nullptr ? 1 : 0;
    }
    CHECK(seen > 0);
}
