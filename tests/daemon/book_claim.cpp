// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/book_claim.hpp"

#include "daemon/recording_state.hpp"
#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <optional>
#include <signal.h>
#include <string>
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
                           "socket. This one notes its own in recordings_2.json. [recording] "
                           "directory gives it a folder of its own.");
    a.emplace(place, "/a.sock");
    CHECK(a->file() == first);
    CHECK(a->remark().empty());
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

TEST_CASE_METHOD(fixture, "where no lock can be, the file is what it is called") {
    const book_claim nowhere{place / "none", "/a.sock"};
    CHECK(nowhere.file() == place / "none/recordings.json");
    CHECK(nowhere.remark().empty());
    CHECK(others_in_folder(place / "none", "/a.sock").empty());
}
