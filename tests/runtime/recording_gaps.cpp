// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/recording_gaps.hpp"

#include "support/catch.hpp"

using namespace cihost::runtime;
using namespace std::chrono_literals;

TEST_CASE("what is missing again within a second belongs to the same gap") {
    using kind = recording_gap::kind;
    recording_gaps gaps;
    const recording_gaps::clock::time_point start{1'000'000s};
    gaps.note(kind::scrambled, start, 1880, 2);
    gaps.note(kind::reception, start + 100ms, 1880, 1);
    gaps.note(kind::scrambled, start + 900ms, 3760, 3);
    gaps.note(kind::scrambled, start + 1900ms, 3760, 1);
    gaps.note(kind::scrambled, start + 3s, 5640, 7);
    const std::vector<recording_gap> expected{
        {kind::scrambled, start, start + 1900ms, 1880, 6},
        {kind::reception, start + 100ms, start + 100ms, 1880, 1},
        {kind::scrambled, start + 3s, start + 3s, 5640, 7}};
    CHECK(gaps.list() == expected);
    CHECK(gaps.count() == 3);
    gaps.note_absence(start + 4s, start + 9s, 7520);
    CHECK(gaps.list().back() == recording_gap{kind::away, start + 4s, start + 9s, 7520, 0});
    CHECK(name(kind::disk) == "disk");
    CHECK(name(kind::away) == "away");
}

TEST_CASE("more gaps than are kept are counted") {
    recording_gaps gaps;
    const recording_gaps::clock::time_point start{1'000'000s};
    for (std::size_t i = 0; i < recording_gaps::most_kept + 50; ++i)
        gaps.note(recording_gap::kind::reception, start + 10s * static_cast<int>(i), i, 1);
    // one that is not kept grows, too, and takes nobody's place
    gaps.note(recording_gap::kind::reception, start + 10s * (recording_gaps::most_kept + 49), 0, 1);
    CHECK(gaps.list().size() == recording_gaps::most_kept);
    CHECK(gaps.list().back().packets == 1);
    CHECK(gaps.count() == recording_gaps::most_kept + 50);
}
