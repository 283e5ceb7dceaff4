// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/watched_pids.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <set>

using namespace cihost;
using namespace cihost::runtime;

namespace {

std::set<unsigned> pids(const stream_watch& watch) {
    std::set<unsigned> all;
    const auto filter = watched_pids(watch);
    for (unsigned pid = 0; pid < ts::pid_count; ++pid)
        if (filter.contains(static_cast<ts::pid_t>(pid)))
            all.insert(pid);
    return all;
}

const std::set<unsigned> tables{0x00, 0x01, 0x11, 0x12, 0x14};

std::set<unsigned> and_tables(std::set<unsigned> more) {
    more.insert(tables.begin(), tables.end());
    return more;
}

} // namespace

TEST_CASE("without anything wanted: the tables of the multiplex") {
    CHECK(pids({}) == tables);
    stream_watch watch;
    watch.pmt_pids = {0x100, 0x200};
    watch.emm_pids = {0x500};
    stream_watch::service s;
    s.elementary_pids = {0x101, 0x102};
    s.ecm_pids = {0x300};
    s.pcr_pid = 0x101;
    watch.services = {s};
    CHECK(pids(watch) == and_tables({0x100, 0x200, 0x500}));
}

TEST_CASE("tables that a module does without are left out") {
    stream_watch watch;
    watch.si_pids = {ts::pid_sdt};
    CHECK(pids(watch) == std::set<unsigned>{0x00, 0x01, 0x11});
    watch.si_pids = {};
    CHECK(pids(watch) == std::set<unsigned>{0x00, 0x01});

    policy::cam_profile profile;
    CHECK(needed_si_pids(profile) == stream_watch{}.si_pids);
    profile.needs_sdt = profile.needs_tdt = false;
    CHECK(needed_si_pids(profile) == std::vector<ts::pid_t>{ts::pid_eit});
    profile.needs_eit = false;
    CHECK(needed_si_pids(profile).empty());
}

TEST_CASE("a wanted service comes with its streams, ECMs and clock; PID 1FFF means none") {
    const auto now = time_point{} + std::chrono::seconds{1};
    stream_watch watch;
    watch.services = {{1, {0x101, 0x102}, {0x101}, {0x300, 0x301}, now, 0x1F0},
                      {2, {0x201}, {0x201}, {0x300}, now, ts::pid_null}};
    CHECK(pids(watch) == and_tables({0x101, 0x102, 0x1F0, 0x201, 0x300, 0x301}));
}

TEST_CASE("the end of a service takes no PID that another one needs") {
    const auto now = time_point{} + std::chrono::seconds{1};
    stream_watch watch;
    watch.emm_pids = {0x301}; // which is an ECM PID too
    watch.services = {{1, {0x101, 0x201}, {}, {0x300, 0x301}, now, 0x1F0},
                      {2, {0x102, 0x201}, {}, {0x300}, now, 0x1F0}};
    CHECK(pids(watch) == and_tables({0x101, 0x102, 0x1F0, 0x201, 0x300, 0x301}));
    watch.services[0].wanted_at = never;
    CHECK(pids(watch) == and_tables({0x102, 0x1F0, 0x201, 0x300, 0x301}));
    watch.services.clear();
    CHECK(pids(watch) == and_tables({0x301}));
}

TEST_CASE("what stands for a wanted stream is taken too") {
    const auto now = time_point{} + std::chrono::seconds{1};
    stream_watch watch;
    watch.services = {{1, {0x101}, {}, {}, now, ts::pid_null},
                      {2, {0x201}, {}, {}, never, ts::pid_null}};
    watch.replacements = {{0x101, 0x700}, {0x201, 0x701}, {0x301, 0x702}};
    CHECK(pids(watch) == and_tables({0x101, 0x700}));
}
