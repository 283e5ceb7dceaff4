// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/reload.hpp"

#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json/parse.hpp>

#include <optional>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr const char* receiver =
    "[[receiver]]\ndevice = \"virtual:nodes\"\nfrequency = 474000000\n";

struct fixture {
    temporary_folder folder;
    boost::asio::io_context context{1};
    surroundings around;

    new_configuration load(const std::string& text) {
        const auto file = write_file(folder.path() / "cihostd.toml", text);
        config_loader loader{context, around};
        std::optional<new_configuration> loaded;
        REQUIRE(loader.load(file, [&](new_configuration made) { loaded = std::move(made); }));
        CHECK_FALSE(loader.load(file, {})); // one at a time
        while (!loaded) {
            context.restart();
            context.run_for(10ms);
        }
        return std::move(*loaded);
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "a configuration is loaded with what it stands for") {
    const auto loaded = load(receiver);
    CHECK(loaded.problems.empty());
    CHECK(loaded.settings.file == folder.path() / "cihostd.toml");
    REQUIRE(loaded.plan.receivers.size() == 1);
    CHECK(loaded.plan.receivers[0].settings.virtual_device == folder.path() / "nodes");
}

TEST_CASE_METHOD(fixture, "every problem of a broken file has its place") {
    const auto loaded = load("[log]\nlevel = \"loud\"\n[[receiver]]\ndevice = 1\n");
    REQUIRE(loaded.problems.size() >= 2);
    const auto file = (folder.path() / "cihostd.toml").string();
    CHECK(loaded.problems[0].find(file + ":2:9: log.level") == 0);
    CHECK(loaded.problems[1].find(file + ":") == 0);
}

TEST_CASE_METHOD(fixture, "a channel list that cannot be read is a problem") {
    around.read_channels = [](const channels_config&) {
        device::channel_list list;
        list.error = "There is none.";
        return list;
    };
    const auto loaded = load(std::string("[channels]\nfile = \"x\"\n") + receiver);
    CHECK(loaded.problems == std::vector<std::string>{"There is none."});
}

TEST_CASE("what only a restart changes stays as it is, and is named") {
    config used;
    used.socket = "/a";
    used.log_file = "/log";
    used.cam.memory = "/cams";
    auto next = used;
    reload_report report;
    keep_what_needs_restart(used, next, report);
    CHECK(report.restart.empty());
    next.socket = "/b";
    next.socket_mode = 0600;
    next.socket_group = "video";
    next.log_file.reset();
    next.cam.learn = false;
    next.cam.memory = "/others";
    keep_what_needs_restart(used, next, report);
    CHECK(report.restart == std::vector<std::string>{"[control] socket", "[control] mode",
                                                     "[control] group", "[log] file", "[cam] learn",
                                                     "[cam] memory"});
    CHECK(next.socket == "/a");
    CHECK(next.log_file == used.log_file);
    CHECK(next.cam.learn);
}

TEST_CASE("what changes at once is named") {
    const config used;
    auto next = used;
    reload_report report;
    note_changes(used, next, report);
    CHECK(report.changed.empty());
    next.log.areas["cam"] = severity::debug;
    next.recording_directory = "/r";
    next.rules.emplace_back();
    next.priorities.viewer = 99;
    next.cam.profile = "cautious";
    next.channels.emplace();
    next.idle_after = 99s;
    note_changes(used, next, report);
    CHECK(report.changed == std::vector<std::string>{"[log] levels", "[recording] directory",
                                                     "[[assign]]", "[priorities]",
                                                     "[cam], from the next start of each CAM on",
                                                     "[channels]", "[receivers] idle_after"});
}

TEST_CASE("a report of a reload is JSON") {
    CHECK(json::value(to_json({true, {"a"}, {"b"}, {"c"}, {}})) ==
          json::parse(
              R"({"reloaded":true,"changed":["a"],"restart":["b"],"failed":["c"],"problems":[]})"));
}
