// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/book_claim.hpp"

#include "daemon/recording_state.hpp"
#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <map>
#include <optional>
#include <signal.h>
#include <string>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
namespace fs = std::filesystem;

namespace {

struct fixture {
    temporary_folder folder;
    const fs::path place = folder.path();
    const fs::path first = place / "recordings.json";
    const fs::path second = place / "recordings_2.json";

    void note(const fs::path& file, const char* socket, std::size_t recordings = 0) const {
        kept_state state{socket, 7, {}};
        for (std::size_t i = 0; i < recordings; ++i) {
            kept_recording r;
            r.service = std::uint16_t{101};
            r.first_file = r.last_file = place / "a.ts";
            state.recordings.push_back(r);
        }
        write_file(file, state_text(state));
    }
    fs::path book(int number) const {
        return number == 1 ? first : place / ("recordings_" + std::to_string(number) + ".json");
    }
    static fs::path lock_of(const fs::path& file) {
        return file.parent_path() / ("." + file.filename().string() + ".lock");
    }
    /// As another process that has it, and whose disk was full as it wrote who it is.
    static unique_fd hold(const fs::path& file) {
        unique_fd fd{::open(lock_of(file).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
        REQUIRE(fd);
        REQUIRE(::flock(fd.get(), LOCK_EX | LOCK_NB) == 0);
        return fd;
    }
    /// Of a user who may not open those files, whether they are there or not.
    static book_opener refusing(std::map<fs::path, int> errors) {
        return [errors = std::move(errors)](const fs::path& file, int flags) {
            if (const auto refused = errors.find(file); refused != errors.end()) {
                errno = refused->second;
                return -1;
            }
            return ::open(file.c_str(), flags | O_CLOEXEC, 0644);
        };
    }
    std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator{place}, fs::directory_iterator{}));
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "a daemon alone has its file, and leaves nothing beside it") {
    for (int start = 0; start < 2; ++start) {
        const book_claim mine{place, "/a.sock"};
        CHECK(mine.file() == first);
        CHECK(mine.remark().empty());
        CHECK(others_in_folder(place, "/a.sock").empty());
        note(first, "/a.sock", 1);
    }
    CHECK(files() == 1);
}

TEST_CASE_METHOD(fixture, "a second daemon has another file, and both find theirs again") {
    std::optional<book_claim> a{std::in_place, place, "/a.sock"};
    std::optional<book_claim> b{std::in_place, place, "/b.sock"};
    CHECK(b->file() == second);
    CHECK(b->remark() == "Another cihostd, that of /a.sock, keeps its recordings in " +
                             place.string() +
                             ", too. This one notes its own in recordings_2.json. [recording] "
                             "directory gives it a folder of its own.");
    CHECK(others_in_folder(place, "/c.sock") == "Another cihostd, that of /a.sock, /b.sock, keeps "
                                                "its recordings in " +
                                                    place.string() + ", too.");
    CHECK(others_in_folder(place, "/a.sock").find("that of /b.sock, keeps") != std::string::npos);
    note(first, "/a.sock", 1);
    note(second, "/b.sock", 2);
    // in the other order
    a.reset();
    b.reset();
    b.emplace(place, "/b.sock");
    CHECK(b->file() == second);
    CHECK(b->remark() ==
          first.string() + " lists 1 recording of the cihostd of /a.sock, which does not run; what "
                           "is to go on there goes on when it is started again with that [control] "
                           "socket. If that is not wanted, the file may be deleted. This one notes "
                           "its own in recordings_2.json. [recording] directory gives it a folder "
                           "of its own.");
    // the later one is told, whichever file it has
    a.emplace(place, "/a.sock");
    CHECK(a->file() == first);
    CHECK(a->remark() == "Another cihostd, that of /b.sock, keeps its recordings in " +
                             place.string() +
                             ", too. This one notes its own in recordings.json. [recording] "
                             "directory gives it a folder of its own.");
}

TEST_CASE_METHOD(fixture, "two of one control socket, as in containers, do not share a file") {
    std::optional<book_claim> a{std::in_place, place, "/run/control.sock"};
    note(first, "/run/control.sock", 1);
    const book_claim b{place, "/run/control.sock"};
    CHECK(b.file() == second);
    CHECK(b.remark().starts_with("Another cihostd, that of /run/control.sock, keeps"));
}

TEST_CASE_METHOD(fixture,
                 "what is damaged is nobody's, what another left without recordings no matter") {
    write_file(first, "{");
    CHECK(book_claim(place, "/a.sock").file() == first);
    note(first, "/b.sock");
    const book_claim a{place, "/a.sock"};
    CHECK(a.file() == second);
    CHECK(a.remark().empty());
}

TEST_CASE_METHOD(fixture, "the lock of a daemon that was killed is none") {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const book_claim held{place, "/a.sock"};
        std::ignore = ::write(ready[1], "x", 1);
        ::pause();
        ::_exit(0);
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    ::close(ready[0]);
    ::close(ready[1]);
    CHECK(book_claim(place, "/b.sock").file() == second);
    ::kill(child, SIGKILL);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    CHECK(others_in_folder(place, "/b.sock").empty());
    const book_claim next{place, "/b.sock"};
    CHECK(next.file() == first);
    CHECK(next.remark().empty());
}

TEST_CASE_METHOD(fixture, "where no lock can be, nobody's file is only the next choice") {
    const book_claim nowhere{place / "none", "/a.sock"};
    CHECK(nowhere.how() == book_claim::hold::nobodys);
    CHECK(nowhere.file() == place / "none/recordings.json");
    CHECK(nowhere.trouble() == "No such file or directory");
    CHECK(nowhere.remark().empty());
    CHECK(others_in_folder(place / "none", "/a.sock").empty());
}

TEST_CASE_METHOD(fixture, "on a full disk a daemon has the file that bears its name") {
    const auto full = [](const fs::path& file, int flags) {
        if ((flags & O_CREAT) == 0 || fs::exists(file))
            return ::open(file.c_str(), flags | O_CLOEXEC, 0644);
        errno = ENOSPC;
        return -1;
    };
    note(second, "/a.sock", 1);
    const book_claim own{place, "/a.sock", full};
    CHECK(own.how() == book_claim::hold::by_name);
    CHECK(own.file() == second);
    CHECK(own.trouble() == "No space left on device");
    const book_claim other{place, "/b.sock", full};
    CHECK(other.how() == book_claim::hold::nobodys);
    CHECK(other.file() == first);
    CHECK(book_claim(place, "/a.sock").how() == book_claim::hold::firm);
}

TEST_CASE_METHOD(fixture, "what another user's daemon has, and cannot be opened, is his") {
    SECTION("its file") {
        note(first, "/b.sock", 1);
        const book_claim mine{place, "/a.sock", refusing({{first, EACCES}})};
        CHECK(mine.file() == second);
        CHECK(mine.how() == book_claim::hold::firm);
        CHECK(mine.remark() ==
              first.string() + " cannot be opened: Permission denied; it counts as that of another "
                               "cihostd. If no other user has one, it may be deleted. This one "
                               "notes its own in recordings_2.json. [recording] directory gives it "
                               "a folder of its own.");
        CHECK_FALSE(fs::exists(lock_of(first)));
    }
    SECTION("its lock, before the file was written") {
        const auto held = hold(first);
        const book_claim mine{place, "/a.sock", refusing({{lock_of(first), EACCES}})};
        CHECK(mine.file() == second);
        CHECK(mine.remark().starts_with(lock_of(first).string() + " cannot be opened: "));
    }
    SECTION("its lock, beside a file that could be taken over") {
        for (int number = 1; number <= 100; ++number)
            note(book(number), "/b.sock");
        const book_claim mine{place, "/a.sock", refusing({{lock_of(first), EACCES}})};
        CHECK(mine.file() == second);
    }
    SECTION("or something else that is no file") {
        fs::create_symlink(place / "elsewhere", lock_of(first));
        fs::create_directory(second);
        const book_claim mine{place, "/a.sock"};
        CHECK(mine.file() == place / "recordings_3.json");
        CHECK_FALSE(fs::exists(place / "elsewhere"));
    }
}

TEST_CASE_METHOD(fixture, "what is given to another before it is locked is his") {
    const auto late = [&](const fs::path& file, int flags) {
        if (file == lock_of(first))
            note(first, "/b.sock", 1);
        return ::open(file.c_str(), flags | O_CLOEXEC, 0644);
    };
    const book_claim mine{place, "/a.sock", late};
    CHECK(mine.file() == second);
    CHECK_FALSE(fs::exists(lock_of(first)));
}

TEST_CASE_METHOD(fixture, "who has a file is known by it when his lock does not say so") {
    const auto held = hold(first);
    CHECK(others_in_folder(place, "/a.sock")
              .starts_with("Another cihostd, that of an unknown "
                           "socket, keeps its recordings in "));
    note(first, "/b.sock");
    CHECK(
        others_in_folder(place, "/a.sock").starts_with("Another cihostd, that of /b.sock, keeps "));
    CHECK(book_claim(place, "/a.sock").remark().starts_with("Another cihostd, that of /b.sock, "));
    // by --check beside its daemon
    CHECK(others_in_folder(place, "/b.sock").empty());
}

TEST_CASE_METHOD(fixture, "of a hundred files one without recordings is taken over at last") {
    for (int number = 1; number <= 100; ++number)
        note(book(number), ("/" + std::to_string(number)).c_str(), number < 40 ? 1 : 0);
    write_file(book(40), R"({"socket":"/40","recordings":[{"of another format":1}]})");
    auto held = hold(book(41));
    {
        const book_claim mine{place, "/a.sock"};
        CHECK(mine.file() == book(42));
        CHECK(mine.how() == book_claim::hold::firm);
        CHECK(mine.remark().starts_with("Another cihostd, that of /41, keeps"));
        CHECK(mine.remark().ends_with(
            "So it is with 36 more of these files. This one notes its own in recordings_42.json. "
            "[recording] directory gives it a folder of its own."));
    }
    for (int number = 42; number <= 100; ++number)
        note(book(number), "/b.sock", 1);
    const book_claim none{place, "/a.sock"};
    CHECK(none.how() == book_claim::hold::none);
    CHECK(none.file().empty());
    CHECK(none.remark().ends_with(
        "There is no room for the notes of this one, whose recordings do not go on after a "
        "restart: " +
        place.string() +
        " has 100 such files of others. Those whose cihostd is gone may be deleted. [recording] "
        "directory gives it a folder of its own."));
}
