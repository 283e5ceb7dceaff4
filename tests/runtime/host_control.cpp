// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/host_control.hpp"

#include "packets.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

using namespace cihost;
using namespace cihost::runtime;
using namespace cihost::test;
using namespace std::chrono_literals;
using en50221::tune_status;

namespace {

device::tuning at(std::uint64_t mhz) {
    device::tuning where;
    where.frequency_hz = mhz * 1'000'000;
    return where;
}

using lines = std::vector<std::string>;

/// A receiver at 474 MHz, on transport stream 7 with service 101.
struct fixture {
    multiplex tables;
    host_control_situation where{at(474), true, ""};
    std::vector<device::tuning> known;
    lines done;
    lines log;
    cihost::time_point now = time_point{} + 100s;
    unsigned changes = 0;
    host_control subject{tables, hooks()};

    fixture() {
        receive(7, 101);
        subject.set_finder([this](std::uint16_t) { return known; });
    }
    host_control_hooks hooks() {
        host_control_hooks h;
        h.log = [this](const log_record& r) { log.push_back(r.message); };
        h.look = [this] { return where; };
        h.go_to = [this](const std::optional<device::tuning>& to) {
            done.push_back("go to " + (to ? device::describe(*to) : "nothing"));
            where.tuning = to;
            tables = {};
            subject.multiplex_left();
        };
        h.want = [this](std::uint16_t p) { done.push_back("want " + std::to_string(p)); };
        h.unwant = [this](std::uint16_t p) { done.push_back("unwant " + std::to_string(p)); };
        h.reply = [this](unsigned slot, std::uint16_t session, tune_status status) {
            done.push_back("reply " + std::to_string(slot) + "/" + std::to_string(session) + " " +
                           std::to_string(static_cast<unsigned>(status)));
        };
        h.ask_release = [this](unsigned slot) {
            done.push_back("ask release " + std::to_string(slot));
        };
        h.replacements_changed = [this] { ++changes; };
        return h;
    }
    void receive(std::uint16_t stream, std::uint16_t program) {
        tables.take({.pid = 0, .sections = {pat_section(stream, {{program, 0x100}})}});
    }
    lines taken() { return std::exchange(done, {}); }
    lines after(duration time) {
        now += time;
        subject.tick(now);
        return taken();
    }
    lines tell(const en50221::event& what, unsigned slot = 0) {
        subject.take(slot, what, now);
        return taken();
    }
    lines tune(std::uint16_t stream, std::uint16_t service, bool reply = true, unsigned slot = 0) {
        return tell(en50221::host_control_tune{.session_nb = 4,
                                               .original_network_id = 1,
                                               .transport_stream_id = stream,
                                               .service_id = service,
                                               .reply_wanted = reply},
                    slot);
    }
    lines tune_broadcast(std::uint16_t service, bytes delivery, bytes pmt = {}) {
        return tell(en50221::host_control_tune_broadcast{.session_nb = 4,
                                                         .service_id = service,
                                                         .delivery = std::move(delivery),
                                                         .pmt = std::move(pmt)});
    }
    lines end_session(std::uint16_t session = 4) {
        return tell(en50221::session_closed{session, en50221::host_control_v1});
    }
    bool says(const std::string& part) const {
        return std::ranges::any_of(
            log, [&](const auto& l) { return l.find(part) != std::string::npos; });
    }
};

en50221::host_control_replace replace(ts::pid_t pid, ts::pid_t by, std::uint8_t reference = 1) {
    return {.session_nb = 4, .reference = reference, .replaced_pid = pid, .replacement_pid = by};
}

} // namespace

TEST_CASE_METHOD(fixture, "tune: a service of this multiplex is wanted until the session ends") {
    where.held = "service 102 is in use here"; // it stays where it is
    CHECK(tune(7, 101) == lines{"want 101", "reply 0/4 0"});
    CHECK(subject.service() == 101);
    CHECK(subject.leader() == 0U);
    CHECK(after(1h).empty());
    CHECK(end_session(5).empty());
    CHECK(end_session() == lines{"unwant 101"});
    CHECK_FALSE(subject.leader());
    CHECK(end_session().empty());
}

TEST_CASE_METHOD(fixture, "tune: another multiplex is gone to, and left again at the end") {
    known = {at(490), at(498)};
    CHECK(tune(9, 201, false) == lines{"go to 490 MHz"});
    CHECK(subject.leader() == 0U);
    CHECK_FALSE(subject.service());
    CHECK(after(9s).empty());
    receive(8, 201); // the same number means another service there
    CHECK(after(1ms) == lines{"go to 498 MHz"});
    receive(9, 201);
    CHECK(after(1ms) == lines{"want 201"});
    CHECK(end_session() == lines{"unwant 201", "go to 474 MHz"});
    CHECK(after(1h).empty());
}

TEST_CASE_METHOD(fixture, "tune: what cannot be done is put back and answered") {
    known = {at(490)};
    SECTION("no signal") {
        tune(9, 201);
        CHECK(after(10s) == lines{"go to 474 MHz", "reply 0/4 2"});
    }
    SECTION("no such service there") {
        tune(9, 201);
        receive(9, 202);
        CHECK(after(1s) == lines{"go to 474 MHz", "reply 0/4 5"});
    }
    SECTION("nobody knows where") {
        known.clear();
        CHECK(tune(9, 201) == lines{"reply 0/4 5"});
        CHECK(says("nobody knows where service 201 is"));
    }
    SECTION("this stream, and not in it") {
        known.clear();
        CHECK(tune(7, 201, false).empty());
        CHECK(says("not done"));
    }
    SECTION("a receiver that does not leave its multiplex") {
        subject.set_finder({});
        CHECK(tune(9, 201) == lines{"reply 0/4 5"});
        CHECK(says("does not leave for a module"));
        CHECK(tune(7, 101) == lines{"want 101", "reply 0/4 0"});
    }
    SECTION("others need it") {
        where.held = "service 101 is in use here";
        CHECK(tune(9, 201) == lines{"reply 0/4 3"});
        CHECK(says("service 101 is in use here"));
    }
}

TEST_CASE_METHOD(fixture, "tune: a refusal leaves what the module had") {
    tune(7, 101);
    known = {};
    CHECK(tune(9, 201) == lines{"reply 0/4 5"});
    CHECK(subject.service() == 101);
    // and what it gets instead takes its place
    known = {at(490)};
    CHECK(tune(9, 201) == lines{"unwant 101", "go to 490 MHz"});
    CHECK(tune(10, 301) == lines{"reply 0/4 6"}); // the way on is under way already
    receive(10, 301);
    CHECK(after(1ms) == lines{"want 301", "reply 0/4 0"});
    CHECK(end_session() == lines{"unwant 301", "go to 474 MHz"});
}

TEST_CASE_METHOD(fixture, "tune: by a delivery descriptor") {
    CHECK(tune_broadcast(101, {}) == lines{"want 101", "reply 0/4 0"});
    CHECK(tune_broadcast(201, {}) == lines{"reply 0/4 5"});
    CHECK(tune_broadcast(201, "48 01 00"_hex) == lines{"reply 0/4 1"});
    CHECK(tune_broadcast(201, {}, "02B000"_hex) == lines{"reply 0/4 4"});
    where.tuning->satellite_number = 2;
    where.tuning->lnb = "UNIVERSAL";
    CHECK(tune_broadcast(201, "5A 05 02EBAE40 1F"_hex) ==
          lines{"unwant 101", "go to 490 MHz, DVB-T, switch input 2"});
    CHECK(where.tuning->lnb == "UNIVERSAL");
    receive(9, 201);
    CHECK(after(1ms) == lines{"want 201", "reply 0/4 0"});
    // the same number in this multiplex is not what the descriptor says
    subject.module_lost(0);
    taken();
    receive(7, 101);
    CHECK(tune_broadcast(101, "5A 05 02EBAE40 1F"_hex) ==
          lines{"go to 490 MHz, DVB-T, switch input 2"});
}

TEST_CASE_METHOD(fixture, "tune: one module leads; the host's own plans come first") {
    known = {at(490)};
    tune(9, 201);
    CHECK(tune(7, 101, true, 1) == lines{"reply 1/4 3"});
    subject.overruled();
    CHECK(taken() == lines{"reply 0/4 3", "ask release 0"});
    CHECK_FALSE(subject.leader());
    CHECK(end_session().empty()); // nothing to put back
    // arrived before
    tables = {};
    receive(9, 201);
    tune(9, 201);
    taken();
    subject.overruled();
    CHECK(taken() == lines{"unwant 201", "ask release 0"});
    subject.overruled();
    CHECK(taken().empty());
}

TEST_CASE_METHOD(fixture, "tune: what others have begun on the way is not left again") {
    known = {at(490)};
    tune(9, 201);
    receive(9, 201);
    after(1ms);
    where.held = "service 202 is in use here";
    CHECK(end_session() == lines{"unwant 201"});
    where.held.clear();
    CHECK(after(1h).empty());
}

TEST_CASE_METHOD(fixture, "tune: a lost module is left as a closed session is") {
    known = {at(490)};
    tune(9, 201);
    subject.module_lost(1);
    CHECK(taken().empty());
    subject.module_lost(0);
    CHECK(taken() == lines{"go to 474 MHz"});
    // a receiver that was idle is let go of
    where.tuning.reset();
    tables = {};
    tune(9, 201);
    taken();
    subject.module_lost(0);
    CHECK(taken() == lines{"go to nothing"});
}

TEST_CASE_METHOD(fixture, "tune: a module that zaps like mad is stopped, and is told so") {
    unsigned wanted = 0;
    unsigned busy = 0;
    for (int i = 0; i < 1000; ++i)
        for (const auto& line : tune(7, 101)) {
            wanted += line == "want 101" ? 1 : 0;
            busy += line == "reply 0/4 3" ? 1 : 0;
        }
    CHECK(wanted == 20);
    CHECK(busy == 980);
    CHECK(log.size() == 20);
    now += 10s;
    subject.tick(now);
    CHECK(tune(7, 101) == lines{"unwant 101", "want 101", "reply 0/4 0"});
    now += 1min;
    subject.tick(now);
    CHECK(says("981 more times"));
}

TEST_CASE_METHOD(fixture, "replace: until clear_replace, the end of the session, or the module's") {
    using list = std::vector<pid_replacement>;
    tell(replace(0x101, 0x700, 1));
    tell(replace(0x102, 0x701, 1));
    tell(replace(0x101, 0x702, 2));
    tell(replace(0x101, 0x703, 1), 1);
    CHECK(changes == 1); // told once, until somebody looks
    CHECK(subject.replacements() == list{{0x102, 0x701}, {0x101, 0x703}});
    subject.module_lost(1);
    CHECK(changes == 2);
    CHECK(subject.replacements() == list{{0x102, 0x701}, {0x101, 0x702}});
    tell(en50221::host_control_clear_replace{4, 2});
    CHECK(subject.replacements() == list{{0x101, 0x700}, {0x102, 0x701}});
    tell(en50221::host_control_clear_replace{4, 9});
    tell(en50221::host_control_clear_replace{5, 1});
    CHECK(changes == 3);
    end_session();
    CHECK(subject.replacements().empty());
    tell(replace(0x101, 0x700));
    subject.multiplex_left();
    CHECK(subject.replacements().empty());
}

TEST_CASE_METHOD(fixture, "replace: tables, nothing at all, and too much are refused") {
    for (const auto& [pid, by] : {std::pair{0x00, 0x700}, std::pair{0x11, 0x700},
                                  std::pair{0x101, 0x1FFF}, std::pair{0x101, 0x101}})
        tell(replace(static_cast<ts::pid_t>(pid), static_cast<ts::pid_t>(by)));
    CHECK(changes == 0);
    CHECK(log.size() == 4);
    for (ts::pid_t pid = 0x100; pid < 0x200; ++pid)
        tell(replace(pid, 0x700));
    CHECK(subject.replacements().size() == host_control::most_replacements);
}
