// SPDX-License-Identifier: LGPL-2.1-or-later

/// Policy and protocol in simulated time: people, broadcasters and hardware do something every
/// minute, over four receivers and four CAMs, of which the host learns. CIHOST_WEEKS=n runs n
/// weeks, CIHOST_SEED another one than the first; what fails is shrunk to a script that can be
/// pasted into a test here.

#include "policy/weeks/operation.hpp"
#include "policy/weeks/shrink.hpp"
#include "policy/weeks/world.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <malloc.h>
#include <sstream>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

/// Every eight hours all come to rest.
constexpr unsigned minutes_a_shift = 8 * 60;
constexpr unsigned shifts_a_day = 3;

/// What may come to be known of four CAMs, as the host has it and as it is kept, in bytes.
constexpr std::size_t most_learned = 16 * 1024;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const auto* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::size_t bytes_in_use() { return ::mallinfo2().uordblks; }

std::uint64_t seed_of(std::uint64_t seed, unsigned shift) { return seed * 1000 + shift; }

/// What fails, as C++.
std::string script_of(const std::vector<operation>& operations) {
    std::ostringstream out;
    out << "CHECK(run_operations({\n";
    for (const auto& o : operations)
        out << "    " << o << ",\n";
    out << "}) == \"\");\n" << run_operations(operations);
    return out.str();
}

bool fails(const std::vector<operation>& operations) { return !run_operations(operations).empty(); }

/// The last `count`, as if nothing had been before.
std::vector<operation> last_of(const std::vector<operation>& all, std::size_t count) {
    std::vector<operation> last(all.end() - static_cast<std::ptrdiff_t>(count), all.end());
    const auto idle = last.front().at - 1min;
    for (auto& o : last)
        o.at -= idle;
    return last;
}

/// What fails within `failed_after`.
std::string shrunk(std::vector<operation> operations, duration failed_after) {
    std::erase_if(operations, [&](const operation& o) { return o.at > failed_after; });
    // most often what matters was a moment ago
    for (std::size_t count = 4; count < operations.size(); count *= 2)
        if (auto last = last_of(operations, count); fails(last))
            return script_of(shrink(std::move(last), fails));
    if (!fails(operations))
        return "none: what was before matters";
    return script_of(shrink(std::move(operations), fails));
}

void run_shifts(std::uint64_t seed, unsigned shifts, unsigned operations_a_shift) {
    weeks_world world;
    std::size_t at_rest = 0;
    for (unsigned shift = 0; shift < shifts; ++shift) {
        const auto operations = random_operations(seed_of(seed, shift), operations_a_shift);
        const auto length = operations.back().at + 2min;
        if (const auto wrong = world.run(operations, length); !wrong.empty()) {
            // shrinking takes a while
            std::cerr << "seed " << seed << ", shift " << shift << ", " << wrong << std::endl;
            FAIL("seed " << seed << ", shift " << shift << "; the same in short:\n"
                         << shrunk(operations, world.run_for()));
        }
        if (const auto wrong = world.rest(); !wrong.empty())
            FAIL("seed " << seed << ", the end of shift " << shift << ", " << wrong);
        // the first ones fill what is filled once; the longer it runs, the rarer what comes first
        const auto used = bytes_in_use();
        if (shift < std::max(2U, shifts / 2))
            at_rest = std::max(at_rest, used);
        else if (!sanitized)
            CHECK(used <= at_rest + most_learned);
    }
    std::cout << "seed " << seed << ": " << shifts << " times " << operations_a_shift
              << " minutes and operations, " << world.steps() << " steps, " << at_rest
              << " bytes in use\n";
}

} // namespace

TEST_CASE("through weeks of zaps, faults and removals nothing that runs is disturbed, and what is "
          "wanted gets clear") {
    const auto weeks = from_environment("CIHOST_WEEKS", 0);
    const auto seed = from_environment("CIHOST_SEED", 1);
    if (weeks == 0)
        return run_shifts(seed, sanitized ? 1 : shifts_a_day,
                          minutes_a_shift / (sanitized ? 4 : 1));
    for (std::uint64_t week = 0; week < weeks; ++week)
        run_shifts(seed + week, 7 * shifts_a_day, minutes_a_shift);
}
