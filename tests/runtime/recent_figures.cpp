// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/recent_figures.hpp"

#include "support/catch.hpp"

using namespace cihost;
using namespace std::chrono_literals;
using runtime::recent_figures;

namespace {

const time_point start = time_point{} + 100s;

runtime::stream_figures figures_of(runtime::service_figures service) {
    runtime::stream_figures all;
    all.services.push_back(std::move(service));
    return all;
}

} // namespace

TEST_CASE("the multiplex's counts of the last seconds") {
    recent_figures recent;
    runtime::stream_figures totals{.packets = 1000, .continuity_errors = 5, .transport_errors = 2};
    recent.see(totals, 1, true, start);
    totals = {.packets = 1600, .continuity_errors = 8, .transport_errors = 6};
    recent.see(totals, 3, true, start + 1s);
    const auto counts = recent.counts(101);
    CHECK(counts.packets == 600);
    CHECK(counts.continuity_errors == 3);
    CHECK(counts.transport_errors == 4);
    CHECK(counts.overflows == 2);
    CHECK(counts.service_errors == 0);
    recent.retuned();
    CHECK(recent.counts(101).packets == 0);
}

TEST_CASE("ECMs that stay away are timed while the service is received") {
    recent_figures recent;
    runtime::service_figures s{
        .program_number = 101, .seen = true, .scrambled_now = true, .wanted_at = start, .ecms = 3};
    recent.see(figures_of(s), 0, true, start);
    recent.see(figures_of(s), 0, true, start + 4s);
    CHECK(recent.ecm_silence(101) == 4s);
    CHECK(recent.ecm_silence(102) == 0s);
    recent.see(figures_of(s), 0, false, start + 5s); // no lock
    CHECK(recent.ecm_silence(101) == 0s);
    recent.see(figures_of(s), 0, true, start + 7s);
    CHECK(recent.ecm_silence(101) == 2s);
    s.ecms = 4;
    recent.see(figures_of(s), 0, true, start + 8s);
    CHECK(recent.ecm_silence(101) == 0s);
}

TEST_CASE("how long a service is scrambled again that was clear") {
    recent_figures recent;
    runtime::service_figures s{
        .program_number = 101, .seen = true, .scrambled_now = true, .wanted_at = start};
    recent.see(figures_of(s), 0, true, start);
    CHECK_FALSE(recent.scrambled_again_for(101));
    s.scrambled_now = false;
    recent.see(figures_of(s), 0, true, start + 1s);
    CHECK_FALSE(recent.scrambled_again_for(101));
    s.scrambled_now = true;
    recent.see(figures_of(s), 0, true, start + 2s);
    CHECK(recent.scrambled_again_for(101) == 0s);
    recent.see(figures_of(s), 0, true, start + 3s);
    CHECK(recent.scrambled_again_for(101) == 1s);
    CHECK_FALSE(recent.scrambled_again_for(102));
    SECTION("clear again") {
        s.scrambled_now = false;
        recent.see(figures_of(s), 0, true, start + 4s);
        CHECK_FALSE(recent.scrambled_again_for(101));
    }
    SECTION("received no more") {
        recent.see(figures_of(s), 0, false, start + 4s);
        CHECK_FALSE(recent.scrambled_again_for(101));
    }
}

TEST_CASE("how long a service is clear, and what went wrong with it lately") {
    recent_figures recent;
    runtime::service_figures s{
        .program_number = 101, .seen = true, .scrambled_now = true, .wanted_at = start};
    recent.see(figures_of(s), 0, true, start);
    CHECK_FALSE(recent.clear_for(101));
    s.scrambled_now = false;
    recent.see(figures_of(s), 0, true, start + 1s);
    s.continuity_errors = 2;
    s.scrambled_after_clear = 9;
    recent.see(figures_of(s), 0, true, start + 3s);
    CHECK(recent.clear_for(101) == 2s);
    CHECK(recent.counts(101).service_errors == 2);
    CHECK(recent.counts(101).service_scrambled == 9);

    SECTION("wanted anew it begins anew") {
        s.wanted_at = start + 4s;
        s.continuity_errors = 0;
        recent.see(figures_of(s), 0, true, start + 4s);
        CHECK(recent.clear_for(101) == 0s);
        CHECK(recent.counts(101).service_errors == 0);
    }
    SECTION("one that nobody wants any more is forgotten") {
        s.wanted_at = never;
        recent.see(figures_of(s), 0, true, start + 4s);
        CHECK_FALSE(recent.clear_for(101));
    }
}

TEST_CASE("what is scrambled while the module is away is not late") {
    using policy::module_absence;
    recent_figures recent;
    runtime::service_figures s{.program_number = 101, .seen = true, .wanted_at = start};
    auto now = start;
    const auto look = [&](module_absence absence, std::uint64_t scrambled, bool dark) {
        s.scrambled_after_clear += scrambled;
        s.scrambled_now = dark;
        recent.attend(101, absence);
        recent.see(figures_of(s), 0, true, now);
        now += 250ms;
    };
    look(module_absence::none, 0, false);
    SECTION("late") {
        look(module_absence::none, 5, true);
        look(module_absence::none, 2, false);
        CHECK(recent.counts(101).service_scrambled == 7);
        CHECK(recent.counts(101).service_unattended == 0);
    }
    SECTION("taken out, put in, and back at work") {
        look(module_absence::out, 100, true);
        look(module_absence::restarting, 100, true);
        look(module_absence::none, 50, true); // asked, and not clear yet
        look(module_absence::none, 10, false);
        CHECK(recent.counts(101).service_unattended == 260);
        CHECK(recent.counts(101).absence == module_absence::out);
        look(module_absence::none, 3, false);
        CHECK(recent.counts(101).service_scrambled == 263);
        CHECK(recent.counts(101).service_unattended == 260);
    }
    SECTION("it falls silent, which is known a second later") {
        look(module_absence::none, 2, true);
        look(module_absence::none, 0, false); // was late, and is not blamed for more
        look(module_absence::none, 40, true);
        look(module_absence::none, 40, true);
        look(module_absence::restarting, 40, true);
        CHECK(recent.counts(101).service_scrambled == 122);
        CHECK(recent.counts(101).service_unattended == 120);
        CHECK(recent.counts(101).absence == module_absence::restarting);
    }
    SECTION("it is over after a while") {
        look(module_absence::out, 100, true);
        look(module_absence::none, 0, false);
        now += 11s;
        look(module_absence::none, 0, false);
        look(module_absence::none, 0, false);
        CHECK(recent.counts(101).service_unattended == 0);
    }
}
