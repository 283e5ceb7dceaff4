// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/recording_book.hpp"

#include "daemon/fake_receiver.hpp"
#include "daemon/full_disk.hpp"
#include "daemon/recording_book_pace.hpp"
#include "daemon/recording_file_name.hpp"
#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <sys/stat.h>
#include <vector>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

struct fixture {
    temporary_folder folder;
    fs::path place = folder.path();
    boost::asio::io_context context;
    receiver_set receivers;
    fake_receiver* roof = nullptr;
    service_finder finder{receivers, {}, 10s};
    fs::path socket = place / "control.sock";
    full_disk disk;
    /// Neither a lock nor another file can be made.
    std::atomic<bool> no_locks = false;
    /// Held while the disk hangs.
    std::mutex hanging;
    std::mutex mutex;
    std::vector<std::string> log;
    std::optional<recording_book> book;

    fixture() {
        auto receiver = std::make_unique<fake_receiver>();
        roof = receiver.get();
        roof->fast_disk = true;
        receivers.add("roof", std::move(receiver));
        service("One");
    }
    void service(const std::string& name) {
        roof->now.services.clear();
        roof->add_service(101, name);
        roof->now.services.back().present_event = "News";
    }
    /// As another start of the daemon; the one before was killed.
    void begin() {
        book.emplace(context, receivers, finder,
                     recording_settings{place, std::string(standard_recording_pattern), socket,
                                        [this](const runtime::log_record& r) {
                                            const std::lock_guard lock{mutex};
                                            log.push_back(r.message);
                                        },
                                        [this, open = disk.open()](const fs::path& file) {
                                            const std::lock_guard wait{hanging};
                                            return open(file);
                                        },
                                        [this](const fs::path& file, int flags) {
                                            if (no_locks && (flags & O_CREAT) != 0 &&
                                                !fs::exists(file)) {
                                                errno = ENOSPC;
                                                return -1;
                                            }
                                            return ::open(file.c_str(), flags | O_CLOEXEC, 0644);
                                        }});
        book->begin();
    }
    void die() {
        book.reset();
        roof->all.clear();
    }
    template<class Condition>
    bool until(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end)
                return false;
            context.restart();
            context.run_for(2ms);
        }
        return true;
    }
    std::uint64_t start(const recording_request& what) {
        std::optional<std::uint64_t> id;
        book->start(what, [&](const std::variant<recording_book::started, rpc_error>& outcome) {
            REQUIRE(std::holds_alternative<recording_book::started>(outcome));
            id = std::get<recording_book::started>(outcome).recording.report.id;
        });
        REQUIRE(until([&] { return id.has_value(); }));
        return *id;
    }
    static json::value read(const fs::path& file) {
        json::error_code failed;
        return json::parse(read_file(file), failed);
    }
    /// Of the report beside it.
    bool until_state(const std::string& file, const char* state) {
        return until([&] {
            const auto report = read(place / file);
            return report.is_object() && report.at("state") == json::value(state);
        });
    }
    bool logged(const std::string& words) {
        const std::lock_guard lock{mutex};
        return std::ranges::any_of(
            log, [&](const std::string& line) { return line.find(words) != std::string::npos; });
    }
    /// Those noted that are to go on, or are not.
    std::size_t kept(bool go_on = true, const char* file = "recordings.json") const {
        const auto state = read(place / file);
        const auto* const list =
            state.is_object() ? state.get_object().if_contains("recordings") : nullptr;
        if (list == nullptr || !list->is_array())
            return 99;
        return static_cast<std::size_t>(
            std::ranges::count_if(list->get_array(), [&](const json::value& r) {
                return r.at("goes_on") == json::value(go_on);
            }));
    }
    recording_request request(const std::string& file) const {
        return {.service = std::uint16_t{101}, .file = place / file};
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "a recording ends when its time is over, and its report says so") {
    begin();
    auto what = request("a.ts");
    what.duration = 1s;
    const auto id = start(what);
    REQUIRE(book->list().size() == 1);
    CHECK(book->list()[0].title == "News");
    CHECK(book->list()[0].end);
    REQUIRE(until([&] { return kept() == 1; }));
    REQUIRE(until([&] { return roof->all[0].state == "stopped"; }));
    REQUIRE(until([&] {
        const auto report = read(folder.path() / "a.ts.json");
        return report.is_object() && report.at("state") == json::value("stopped");
    }));
    const auto report = read(folder.path() / "a.ts.json");
    CHECK(report.at("service") == json::value("One"));
    CHECK(report.at("title") == json::value("News"));
    CHECK(report.at("parts").as_array().size() == 1);
    CHECK(report.at("parts").at(0).at("file") == json::value("a.ts"));
    CHECK(until([&] { return kept() == 0; }));
    CHECK_THROWS_AS(book->stop(id, {}), rpc_error);
}

TEST_CASE_METHOD(fixture, "what was not at its end goes on in a new part after a restart") {
    begin();
    auto lasting = request("a.ts");
    lasting.duration = 1h;
    start(lasting);
    auto brief = request("b.ts");
    brief.outlives_daemon = false;
    start(brief);
    REQUIRE(until([&] { return kept() == 1 && fs::exists(folder.path() / "a.ts.json"); }));
    die();
    // killed within a write
    write_file(folder.path() / "a.ts", std::string(188 * 3 + 100, 'x'));

    begin();
    REQUIRE(until([&] { return roof->all.size() == 1; }));
    CHECK(roof->all[0].file == (folder.path() / "a_2.ts").string());
    CHECK(fs::file_size(folder.path() / "a.ts") == 188 * 3);
    const auto list = book->list();
    REQUIRE(list.size() == 1);
    CHECK(list[0].earlier_files == std::vector<std::string>{(folder.path() / "a.ts").string()});
    roof->all[0].began = std::chrono::system_clock::now();
    bool stopped = false;
    book->stop(list[0].running.report.id, [&](const booked_recording&) { stopped = true; });
    CHECK(stopped);
    REQUIRE(until([&] {
        const auto report = read(folder.path() / "a.ts.json");
        return report.is_object() && report.at("state") == json::value("stopped");
    }));
    const auto report = read(folder.path() / "a.ts.json");
    REQUIRE(report.at("parts").as_array().size() == 2);
    CHECK(report.at("parts").at(0).at("bytes") == json::value(188 * 3));
    CHECK(report.at("parts").at(1).at("file") == json::value("a_2.ts"));
    REQUIRE(report.at("gaps").as_array().size() == 1);
    CHECK(report.at("gaps").at(0).at("kind") == json::value("restart"));
    CHECK(report.at("gap_count") == json::value(1));
    CHECK(until([&] { return kept() == 0; }));
}

TEST_CASE_METHOD(fixture, "of what does not go on after a restart the report is ended") {
    begin();
    auto brief = request("b.ts");
    brief.outlives_daemon = false;
    start(brief);
    REQUIRE(until_state("b.ts.json", "recording"));
    REQUIRE(until([&] { return kept(false) == 1; }));
    SECTION("after a kill") {
        die();
        write_file(place / "b.ts", std::string(188 * 5 + 7, 'x'));
        begin();
        REQUIRE(until_state("b.ts.json", "interrupted"));
        const auto report = read(place / "b.ts.json");
        CHECK(report.at("bytes") == json::value(188 * 5));
        CHECK(report.at("parts").at(0).at("bytes") == json::value(188 * 5));
        CHECK(report.at("parts").at(0).at("ended").is_string());
        CHECK(report.at("receiver") == json::value("roof"));
        CHECK(report.at("reason") == json::value("cihostd ended before it did."));
        CHECK(fs::file_size(place / "b.ts") == 188 * 5);
        CHECK(until([&] { return kept(false) == 0; }));
        CHECK(roof->all.empty());
        CHECK(book->list().empty());
    }
    SECTION("not of one that was deleted") {
        die();
        fs::remove(place / "b.ts");
        fs::remove(place / "b.ts.json");
        begin();
        CHECK(start(request("c.ts")) == 2);
        CHECK(until([&] { return kept(false) == 0; }));
        CHECK_FALSE(fs::exists(place / "b.ts.json"));
    }
    SECTION("nor after a stop in order, which has done so") {
        book->halt();
        roof->all[0].state = "stopped";
        book->finish();
        book.reset();
        CHECK(kept(false) == 0);
        CHECK(read(place / "b.ts.json").at("state") == json::value("stopped"));
    }
}

TEST_CASE_METHOD(fixture, "what goes on waits for its service, and can be stopped meanwhile") {
    begin();
    auto what = request("a.ts");
    what.service = std::string("One");
    start(what);
    REQUIRE(until([&] { return kept() == 1; }));
    die();
    service("Two"); // a receiver without a place of its own, elsewhere
    roof->now.services[0].program_number = 7;
    receivers.clear();
    auto receiver = std::make_unique<fake_receiver>();
    roof = receiver.get();
    receivers.add("roof", std::move(receiver), false);
    roof->add_service(7, "Two");
    begin();
    REQUIRE(until([&] {
        const auto list = book->list();
        return list.size() == 1 &&
               list[0].running.report.reason.find("There is no service 'One'") == 0;
    }));
    CHECK(book->list()[0].running.report.state == "waiting");
    SECTION("until it comes") {
        roof->add_service(101, "One");
        REQUIRE(until([&] { return roof->all.size() == 1; }));
        CHECK(roof->all[0].file == (folder.path() / "a_2.ts").string());
    }
    SECTION("or is stopped") {
        std::string state;
        book->stop(book->list()[0].running.report.id,
                   [&](const booked_recording& r) { state = r.running.report.state; });
        CHECK(state == "stopped");
        CHECK(book->list().empty());
        CHECK(until([&] { return kept() == 0; }));
    }
}

TEST_CASE_METHOD(fixture, "what another daemon records, or what is over, does not go on") {
    begin();
    auto what = request("a.ts");
    what.duration = 1s;
    start(what);
    REQUIRE(until([&] { return kept() == 1; }));
    die();
    SECTION("another daemon's") {
        const auto others = read_file(place / "recordings.json");
        socket = folder.path() / "other.sock";
        begin();
        start(request("b.ts"));
        start(request("c.ts"));
        REQUIRE(until([&] { return kept(true, "recordings_2.json") == 2; }));
        CHECK(roof->all.size() == 2);
        CHECK(read_file(place / "recordings.json") == others);
        CHECK(logged("recordings.json lists 1 recording of the cihostd of "));
    }
    SECTION("over") {
        const auto over = std::chrono::system_clock::now() + 1s;
        REQUIRE(until([&] { return std::chrono::system_clock::now() > over; }));
        begin();
        REQUIRE(until([&] { return kept() == 0; }));
        CHECK(roof->all.empty());
        CHECK(read(folder.path() / "a.ts.json").at("reason") ==
              json::value("Its end came before it could go on."));
    }
    SECTION("damaged") {
        int number = 0;
        for (const auto* const damaged : {"", "{", "[]", "{\"socket\":1}", "{\"recordings\":7}"}) {
            book.reset();
            write_file(folder.path() / "recordings.json", damaged);
            begin();
            const auto id = start(request(std::to_string(++number) + ".ts"));
            CHECK(until([&] { return kept() == 1; }));
            book->stop(id, [](const booked_recording&) {});
        }
    }
}

TEST_CASE_METHOD(fixture, "two daemons with one folder go on with what is theirs") {
    begin();
    start(request("a.ts"));
    REQUIRE(until([&] { return kept() == 1; }));
    {
        fixture second;
        second.place = place;
        second.begin();
        CHECK(second.start(second.request("b.ts")) == 1);
        REQUIRE(second.until([&] { return second.kept(true, "recordings_2.json") == 1; }));
        CHECK(second.logged("This one notes its own in recordings_2.json."));
        CHECK(kept() == 1);
        second.die();
        second.begin();
        REQUIRE(second.until([&] { return second.roof->all.size() == 1; }));
        CHECK(second.roof->all[0].file == (place / "b_2.ts").string());
    }
    die();
    begin();
    REQUIRE(until([&] { return roof->all.size() == 1; }));
    CHECK(roof->all[0].file == (place / "a_2.ts").string());
}

TEST_CASE_METHOD(fixture,
                 "with another folder what runs is noted there, and no more in the old one") {
    begin();
    start(request("a.ts"));
    REQUIRE(until([&] { return kept() == 1; }));
    const auto old = place;
    const std::string pattern{standard_recording_pattern};
    // the same one by another name
    fs::create_directory_symlink(old, old / "link");
    book->use(old / "link", pattern);
    context.restart();
    context.run_for(100ms);
    CHECK(kept() == 1);
    CHECK_FALSE(fs::exists(old / "recordings_2.json"));
    place = old / "new";
    book->use(place, pattern);
    REQUIRE(until([&] { return kept() == 1; }));
    REQUIRE(until([&] { return !fs::exists(old / "recordings.json"); }));
    book->use(old, pattern);
    book->use(place, pattern);
    book->use(old, pattern);
    place = old;
    REQUIRE(until([&] { return kept() == 1; }));
    CHECK(log.empty());
    CHECK(roof->all.size() == 1);
}

TEST_CASE_METHOD(fixture, "two daemons that are there before their folder do not share its notes") {
    const auto nowhere = place / "nowhere";
    const auto link = place / "link";
    fs::create_symlink(nowhere, link);
    fixture second;
    for (fixture* const daemon : std::initializer_list<fixture*>{this, &second}) {
        daemon->place = link;
        daemon->begin();
        auto what = daemon->request("");
        what.file = daemon->folder.path() / "a.ts";
        daemon->start(what);
        REQUIRE(daemon->until([&] {
            return daemon->logged("cannot be noted in " + (link / "recordings.json").string() +
                                  ": No such file or directory. It is tried again and again;");
        }));
    }
    fs::create_directory(nowhere);
    REQUIRE(until([&] { return kept() == 1; }));
    REQUIRE(second.until([&] { return second.kept(true, "recordings_2.json") == 1; }));
    CHECK(read(link / "recordings.json").at("socket") == json::value(socket.string()));
    CHECK(second.logged("Another cihostd, that of " + socket.string() + ", keeps"));
    const std::lock_guard lock{mutex};
    CHECK(log.size() == 2); // that there is no folder, and that nothing can be noted
}

TEST_CASE_METHOD(fixture, "of a folder that comes late what was left there goes on") {
    begin();
    start(request("a.ts"));
    REQUIRE(until([&] { return kept() == 1; }));
    die();
    const auto disk_of_before = place;
    place = folder.path() / "link";
    fs::create_symlink(disk_of_before / "nowhere", place);
    begin();
    auto what = request("");
    what.file = disk_of_before / "b.ts";
    start(what);
    fs::create_directory_symlink(disk_of_before, folder.path() / "mounted");
    fs::rename(folder.path() / "mounted", place);
    REQUIRE(until([&] { return kept() == 2; }));
    REQUIRE(until([&] { return roof->all.size() == 2; }));
    CHECK(roof->all[1].file == (disk_of_before / "a_2.ts").string());
}

TEST_CASE_METHOD(fixture, "a file that could not be locked is locked later, and taken up once") {
    begin();
    start(request("a.ts"));
    REQUIRE(until([&] { return kept() == 1; }));
    die();
    no_locks = true;
    begin();
    REQUIRE(until([&] { return roof->all.size() == 1; }));
    start(request("b.ts"));
    REQUIRE(until([&] { return kept() == 2; }));
    no_locks = false;
    const auto pause = std::chrono::steady_clock::now() + recording_book_pace::claim_period;
    REQUIRE(until([&] { return std::chrono::steady_clock::now() > pause; }));
    CHECK_FALSE(fs::exists(place / ".recordings.json.lock"));
    start(request("c.ts"));
    REQUIRE(until([&] { return kept() == 3; }));
    CHECK(fs::exists(place / ".recordings.json.lock"));
    CHECK(roof->all.size() == 3);
}

TEST_CASE_METHOD(fixture, "that there is no room for the notes is said, and they come later") {
    kept_recording others;
    others.service = std::uint16_t{7};
    others.first_file = others.last_file = place / "x.ts";
    const auto text = state_text({"/other.sock", 1, {others}});
    for (int number = 2; number <= 100; ++number)
        write_file(place / ("recordings_" + std::to_string(number) + ".json"), text);
    write_file(place / "recordings.json", text);
    begin();
    start(request("a.ts"));
    REQUIRE(until([&] { return logged("There is no room for the notes of this one"); }));
    fs::remove(place / "recordings_50.json");
    REQUIRE(until([&] { return kept(true, "recordings_50.json") == 1; }));
    CHECK(read_file(place / "recordings.json") == text);
}

TEST_CASE_METHOD(fixture,
                 "a new folder is used in the end, too, when its disk had too much to do") {
    begin();
    start(request("a.ts"));
    REQUIRE(until_state("a.ts.json", "recording"));
    REQUIRE(until([&] { return kept() == 1; }));
    const auto old = place;
    {
        const std::lock_guard hang{hanging};
        // each of them notes and reports
        for (int n = 0; n < 150; ++n)
            start(request("b" + std::to_string(n) + ".ts"));
        place = old / "new";
        book->use(place, std::string(standard_recording_pattern));
    }
    REQUIRE(until([&] { return kept() == 151; }));
    CHECK(until([&] { return !fs::exists(old / "recordings.json"); }));
}

TEST_CASE("a folder that hangs is not looked at without pause") {
    using pace = recording_book_pace;
    CHECK(pace::pause(0s, true) == pace::load_period);
    CHECK(pace::pause(pace::load_patience - 1ms, false) == pace::load_period);
    CHECK(pace::pause(pace::load_patience, false) == pace::period);
    CHECK(pace::pause(1h, true) == pace::idle_period);
    CHECK(pace::pause(std::nullopt, false) == pace::period);
}

TEST_CASE_METHOD(fixture, "a daemon that stops in order leaves its recordings to the next") {
    begin();
    start(request("a.ts"));
    REQUIRE(until([&] { return kept() == 1; }));
    book->halt();
    roof->all[0].state = "stopped";
    book->finish();
    book.reset();
    CHECK(kept() == 1);
    CHECK(read(folder.path() / "a.ts.json").at("state") == json::value("interrupted"));
}

TEST_CASE_METHOD(fixture, "a recording that cannot begin has never been") {
    begin();
    write_file(folder.path() / "a.ts", "mine");
    std::string why;
    book->start(request("a.ts"),
                [&](const std::variant<recording_book::started, rpc_error>& outcome) {
                    why = std::get<rpc_error>(outcome).message();
                });
    REQUIRE(until([&] { return !why.empty(); }));
    CHECK(why.find("exists already; cihostd never writes over a file.") != std::string::npos);
    CHECK(book->list().empty());
    CHECK_FALSE(fs::exists(folder.path() / "a.ts.json"));
}

TEST_CASE_METHOD(fixture, "on a full disk the end of a recording is told all the same") {
    begin();
    const auto id = start(request("a.ts"));
    REQUIRE(until([&] { return kept() == 1; }));
    REQUIRE(until_state("a.ts.json", "recording"));
    disk.full = true;
    roof->last_words = "The disk was full: 7 packets are missing.";
    book->stop(id, [](const booked_recording&) {});
    REQUIRE(until_state("a.ts.json", "stopped"));
    CHECK(read(folder.path() / "a.ts.json").at("reason") == json::value(roof->last_words));
    CHECK(until([&] { return kept() == 0; }));
    const auto list = book->list();
    REQUIRE(list.size() == 1);
    CHECK(list[0].running.report.state == "stopped");
    CHECK(list[0].running.report.reason == roof->last_words);
    CHECK(list[0].title == "News");
    for (const auto& entry : fs::directory_iterator{folder.path()})
        CHECK(entry.path().extension() != ".new");
}

TEST_CASE_METHOD(fixture, "a report that the disk does not take comes when there is room") {
    begin();
    disk.full = true;
    start(request("a.ts"));
    REQUIRE(until([&] { return logged("a.ts.json cannot be written: No space left on device."); }));
    REQUIRE(until([&] { return logged("recordings.json: No space left on device."); }));
    CHECK(logged("what was noted before. Make room on its disk."));
    CHECK_FALSE(fs::exists(folder.path() / "a.ts.json.new"));
    disk.full = false;
    REQUIRE(until_state("a.ts.json", "recording"));
    CHECK(until([&] { return kept() == 1; }));
}

TEST_CASE_METHOD(fixture, "what depends on who started it ends when he is gone") {
    begin();
    auto what = request("a.ts");
    bool gone = false;
    what.abandoned = [&] { return gone; };
    what.outlives_daemon = false;
    const auto id = start(what);
    const auto other = start(request("b.ts"));
    REQUIRE(until_state("a.ts.json", "recording"));
    CHECK(roof->all[0].state == "recording");
    gone = true;
    REQUIRE(until_state("a.ts.json", "stopped"));
    CHECK(read(folder.path() / "a.ts.json").at("reason") ==
          json::value("The program that started it went, and it was to end with it."));
    CHECK(book->list()[0].running.report.reason.find("The program that started it") == 0);
    CHECK(
        logged("Recording " + std::to_string(id) + " ends: the program that started it is gone."));
    CHECK(roof->all[1].state == "recording");
    book->stop(other, [](const booked_recording&) {});
}

TEST_CASE_METHOD(fixture, "numbers go on after a restart, and what goes on keeps its own") {
    begin();
    auto brief = request("a.ts");
    brief.outlives_daemon = false;
    CHECK(start(brief) == 1);
    CHECK(start(request("b.ts")) == 2);
    const auto last = start(request("c.ts"));
    CHECK(last == 3);
    book->stop(last, [](const booked_recording&) {});
    REQUIRE(until([&] { return kept() == 1; }));
    die();
    fixture next;
    next.place = place;
    next.socket = socket;
    next.begin();
    // at once, before the state was read
    CHECK(next.start(next.request("d.ts")) == 4);
    REQUIRE(next.until([&] { return next.roof->all.size() == 2; }));
    const auto list = next.book->list();
    REQUIRE(list.size() == 2);
    CHECK(list[0].running.report.id == 2);
    CHECK(list[0].running.report.file == (folder.path() / "b_2.ts").string());
    CHECK(list[1].running.report.id == 4);
}

TEST_CASE_METHOD(fixture,
                 "recordings are listed by their numbers, whichever receiver they are on") {
    auto receiver = std::make_unique<fake_receiver>();
    receiver->add_service(7, "Seven");
    receivers.add("attic", std::move(receiver));
    begin();
    const auto on = [&](std::uint16_t number, const char* file) {
        auto what = request(file);
        what.service = number;
        return start(what);
    };
    CHECK(on(7, "a.ts") == 1);
    CHECK(on(101, "b.ts") == 2);
    CHECK(on(7, "c.ts") == 3);
    std::vector<std::uint64_t> ids;
    for (const auto& r : book->list())
        ids.push_back(r.running.report.id);
    CHECK(ids == std::vector<std::uint64_t>{1, 2, 3});
}

TEST_CASE_METHOD(fixture,
                 "what is known of a recording, and when it broke off, outlives a restart") {
    roof->now.services.back().provider = "Net";
    begin();
    auto what = request("a.ts");
    what.duration = 1h;
    start(what);
    REQUIRE(until_state("a.ts.json", "recording"));
    REQUIRE(until([&] { return kept() == 1; }));
    const auto planned = read(folder.path() / "a.ts.json").at("planned_end");
    die();
    write_file(folder.path() / "a.ts", std::string(188 * 3 + 100, 'x'));
    // 2026-11-22T20:15:00.250Z
    const std::array<timespec, 2> written{
        {{.tv_sec = 1795378500, .tv_nsec = 0}, {.tv_sec = 1795378500, .tv_nsec = 250'000'000}}};
    REQUIRE(::utimensat(AT_FDCWD, (folder.path() / "a.ts").c_str(), written.data(), 0) == 0);
    service("One"); // its provider has not come yet
    begin();
    REQUIRE(until([&] { return roof->all.size() == 1; }));
    REQUIRE(until(
        [&] { return read(folder.path() / "a.ts.json").at("parts").as_array().size() == 2; }));
    const auto report = read(folder.path() / "a.ts.json");
    CHECK(report.at("provider") == json::value("Net"));
    CHECK(report.at("planned_end") == planned);
    CHECK(report.at("parts").at(0).at("ended") == json::value("2026-11-22T20:15:00.250Z"));
}
