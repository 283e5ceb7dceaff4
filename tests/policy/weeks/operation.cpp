// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/weeks/operation.hpp"

#include <array>
#include <ostream>
#include <random>
#include <utility>

namespace cihost::test {
namespace {

using namespace std::chrono_literals;

constexpr unsigned services = 20;
constexpr unsigned viewers = 2;
constexpr unsigned cams = 4;
constexpr unsigned slots = 5;
constexpr unsigned tuners = 4;

constexpr std::array names{"record",
                           "stop",
                           "zap",
                           "pmt_version",
                           "move_ecms",
                           "move_ecms_same_version",
                           "change_systems",
                           "switch_scrambling",
                           "switch_scrambling_unsaid",
                           "unlist",
                           "list",
                           "pull",
                           "insert",
                           "move",
                           "reboot",
                           "swap_card",
                           "hang",
                           "silent",
                           "slow",
                           "garbage",
                           "wrong_length",
                           "wrong_tcid",
                           "short_apdu",
                           "unready",
                           "lose_lock",
                           "unplug",
                           "restart",
                           "crash",
                           "pin",
                           "unpin"};

/// How often each comes, in the order of `deed`.
constexpr std::array<unsigned, names.size()> weights{
    16, 12, 16, 3, 4, 3, 4, 3, 2, 2, 4, 2, 6, 3, 3, 2, 2, 2, 2, 2, 1, 1, 1, 2, 3, 2, 1, 1, 1, 1};

bool about_cam(deed what) {
    return (what >= deed::pull && what <= deed::unready) || what >= deed::pin;
}
bool about_tuner(deed what) { return what == deed::lose_lock || what == deed::unplug; }
bool takes_time(deed what) {
    return what == deed::move || (what >= deed::hang && what <= deed::crash);
}

} // namespace

std::vector<operation> random_operations(std::uint64_t seed, unsigned count) {
    std::mt19937_64 random{seed};
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    unsigned sum = 0;
    for (const auto w : weights)
        sum += w;
    std::vector<operation> all;
    for (unsigned i = 0; i < count; ++i) {
        operation o;
        // at any time of the minute
        o.at = std::chrono::minutes{i + 1} + std::chrono::milliseconds{below(60'000)};
        auto pick = below(sum);
        unsigned kind = 0;
        while (pick >= weights[kind])
            pick -= weights[kind++];
        o.what = static_cast<deed>(kind);
        if (o.what == deed::zap) {
            o.who = below(viewers);
            o.which = below(services + 4);
        } else if (about_cam(o.what)) {
            o.who = below(cams);
            o.which = below(slots);
        } else if (about_tuner(o.what)) {
            o.who = below(tuners);
        } else if (o.what < deed::pull) {
            o.who = below(services);
        }
        if (takes_time(o.what))
            o.ms = 100 + below(below(2) == 0 ? 2'000 : 30'000);
        all.push_back(o);
    }
    return all;
}

std::ostream& operator<<(std::ostream& out, const operation& o) {
    out << '{' << o.at.count() << "ms, deed::" << names[static_cast<unsigned>(o.what)] << ", "
        << o.who << ", " << o.which;
    if (o.ms > 0)
        out << ", " << o.ms;
    return out << '}';
}

} // namespace cihost::test
