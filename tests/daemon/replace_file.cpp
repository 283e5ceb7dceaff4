// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/replace_file.hpp"

#include "daemon/full_disk.hpp"
#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json/parse.hpp>

#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
namespace fs = std::filesystem;

namespace {

struct fixture {
    temporary_folder folder;
    full_disk disk;
    fs::path file = folder.path() / "a.json";
    fs::path fresh = folder.path() / "a.json.new";

    std::string replace(const std::string& text, bool in_place) {
        return replace_file(file, text, {.in_place_if_full = in_place, .open = disk.open()});
    }
};

} // namespace

TEST_CASE_METHOD(fixture,
                 "what cannot be written leaves the file as it was, and nothing beside it") {
    REQUIRE(replace("{\"a\":1}\n", false).empty());
    disk.full = true;
    CHECK(replace("{\"a\":2}\n", false) == "No space left on device");
    CHECK(read_file(file) == "{\"a\":1}\n");
    CHECK_FALSE(fs::exists(fresh));
    // a folder has the name
    CHECK_FALSE(replace_file(folder.path(), "x").empty());
    CHECK_FALSE(fs::exists(folder.path().string() + ".new"));
}

TEST_CASE_METHOD(fixture, "on a full disk a file is written over in the room that it has") {
    REQUIRE(replace("{\"state\":\"recording\"}\n", true).empty());
    disk.full = true;
    SECTION("by what is shorter") {
        CHECK(replace("{\"state\":\"stopped\"}\n", true).empty());
        CHECK(boost::json::parse(read_file(file)) == boost::json::parse(R"({"state":"stopped"})"));
    }
    SECTION("by what is longer") {
        const std::string text =
            "{\"state\":\"stopped\",\"reason\":\"" + std::string(100, 'x') + "\"}\n";
        // where that much is on the disk for it
        if (replace(text, true).empty())
            CHECK(read_file(file) == text);
        else
            CHECK(read_file(file) == "{\"state\":\"recording\"}\n");
    }
    SECTION("but not where there is none") {
        fs::remove(file);
        CHECK(replace("{}\n", true) == "No space left on device");
        CHECK_FALSE(fs::exists(file));
    }
    CHECK_FALSE(fs::exists(fresh));
}

TEST_CASE_METHOD(fixture, "a file keeps room on the disk for what it is to hold") {
    REQUIRE(replace_file(file, "{}\n", {.reserve = 1 << 16}).empty());
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK(status.st_size == 3);
    const int probe =
        ::open((folder.path() / "probe").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (::fallocate(probe, FALLOC_FL_KEEP_SIZE, 0, 1 << 16) == 0)
        CHECK(status.st_blocks * 512 >= 1 << 16);
    ::close(probe);
}
