// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/kept_files.hpp"

#include "daemon/full_disk.hpp"
#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
namespace fs = std::filesystem;

namespace {

struct fixture {
    temporary_folder folder;
    full_disk disk;
    std::mutex mutex;
    std::vector<std::string> log;
    std::optional<kept_files> files{std::in_place, [this](const runtime::log_record& r) {
                                        const std::lock_guard lock{mutex};
                                        log.push_back(r.message);
                                    }};
    time_point now = std::chrono::steady_clock::now();

    fs::path path(const std::string& name) const { return folder.path() / name; }
    void write(const std::string& name, const std::string& text) {
        REQUIRE(files->write(
            {.file = path(name),
             .text = text,
             .how = {.open = disk.open()},
             .trouble = [name](const std::string& why) { return name + ": " + why; }}));
    }
    /// All that was ordered is done.
    void settle() {
        std::promise<void> done;
        REQUIRE(files->post([&] { done.set_value(); }));
        done.get_future().wait();
    }
    void look() {
        now += kept_files::retry_period;
        files->look(now);
        settle();
    }
    std::vector<std::string> said() {
        const std::lock_guard lock{mutex};
        return log;
    }
};

} // namespace

TEST_CASE_METHOD(fixture,
                 "what a full disk does not take is said once, and written when there is room") {
    write("a", "1");
    settle();
    disk.full = true;
    write("a", "2");
    write("b", "3");
    settle();
    look();
    write("a", "4"); // in place of what waits
    settle();
    look();
    CHECK(said() ==
          std::vector<std::string>{"a: No space left on device", "b: No space left on device"});
    CHECK(read_file(path("a")) == "1");
    CHECK_FALSE(fs::exists(path("b")));
    disk.full = false;
    files->look(now); // not yet
    settle();
    CHECK(read_file(path("a")) == "1");
    look();
    CHECK(read_file(path("a")) == "4");
    CHECK(read_file(path("b")) == "3");
    CHECK(said().size() == 2);
}

TEST_CASE_METHOD(fixture, "what was removed is not written later") {
    disk.full = true;
    write("a", "1");
    settle();
    files->remove(path("a"));
    settle();
    disk.full = false;
    look();
    CHECK_FALSE(fs::exists(path("a")));
}

TEST_CASE_METHOD(fixture, "what waits is tried once more at the end") {
    disk.full = true;
    write("a", "1");
    settle();
    disk.full = false;
    files.reset();
    CHECK(read_file(path("a")) == "1");
}
