// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/lab/lab_link.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using sim::lab_link;

namespace {

bytes numbered(std::uint8_t tcid, std::size_t size) {
    bytes block{tcid};
    for (std::size_t i = 0; i < size; ++i)
        block.push_back(static_cast<std::uint8_t>(i * 7 + tcid));
    return block;
}

/// Takes all there is to send, as a host that fetches each fragment.
std::vector<bytes> fetch(lab_link& link) {
    std::vector<bytes> fragments;
    while (const auto next = link.next_fragment()) {
        fragments.emplace_back(next->begin(), next->end());
        link.fragment_given();
        CHECK_FALSE(link.next_fragment()); // one at a time
        CHECK_FALSE(link.idle());
        link.fragment_read();
    }
    return fragments;
}

/// Says what a host that does it by the book makes of fragments.
bytes joined(const std::vector<bytes>& fragments, std::size_t buffer_size) {
    bytes block;
    for (std::size_t i = 0; i < fragments.size(); ++i) {
        const auto& fragment = fragments[i];
        REQUIRE(fragment.size() >= 2);
        REQUIRE(fragment.size() <= buffer_size);
        const bool last = i + 1 == fragments.size();
        CHECK(fragment[1] == (last ? 0x00 : 0x80));
        CHECK((last || fragment.size() == buffer_size));
        if (block.empty())
            block.push_back(fragment[0]);
        CHECK(fragment[0] == block[0]);
        block.insert(block.end(), fragment.begin() + 2, fragment.end());
    }
    return block;
}

error_code take(lab_link& link, const bytes& fragment) {
    const auto taken = link.host_fragment(fragment);
    return taken ? error_code{} : taken.error();
}

} // namespace

TEST_CASE("lab_link: a block leaves in fragments of the agreed size, whatever it is") {
    for (std::size_t size = 16; size <= 600; ++size) {
        lab_link link;
        REQUIRE_FALSE(link.agree(size));
        for (const std::size_t length :
             {std::size_t{0}, std::size_t{1}, size - 3, size - 2, size - 1, 2 * (size - 2),
              2 * (size - 2) + 1, std::size_t{1000}}) {
            const auto block = numbered(3, length);
            link.send(block);
            const auto fragments = fetch(link);
            CHECK(fragments.size() == std::max<std::size_t>(1, (length + size - 3) / (size - 2)));
            CHECK(joined(fragments, size) == block);
            CHECK(link.idle());
        }
    }
}

TEST_CASE("lab_link: fragments of the host become TPDUs, connections interleaved") {
    lab_link link;
    REQUIRE_FALSE(link.agree(16));
    std::map<std::uint8_t, bytes> wanted;
    std::map<std::uint8_t, std::vector<bytes>> waiting;
    for (const std::uint8_t tcid : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{255}}) {
        wanted[tcid] = numbered(tcid, 100 + tcid);
        lab_link cutter;
        REQUIRE_FALSE(cutter.agree(16));
        cutter.send(wanted[tcid]);
        waiting[tcid] = fetch(cutter);
    }
    std::mt19937 random{5};
    std::map<std::uint8_t, bytes> got;
    while (!waiting.empty()) {
        auto from = std::next(waiting.begin(), static_cast<int>(random() % waiting.size()));
        const auto tpdu = link.host_fragment(from->second.front()).value();
        from->second.erase(from->second.begin());
        CHECK(tpdu.has_value() == from->second.empty());
        if (tpdu)
            got[from->first] = *tpdu;
        if (from->second.empty())
            waiting.erase(from);
    }
    CHECK(got == wanted);
}

TEST_CASE("lab_link: what breaks the rules is refused and spoils nothing else") {
    lab_link link;
    CHECK(take(link, "01 00 A0 01 01"_hex) == errc::unexpected); // no size yet
    CHECK(link.agree(15) == errc::bad_value);
    CHECK(take(link, "01 00 A0 01 01"_hex) == errc::unexpected);
    REQUIRE_FALSE(link.agree(16));
    CHECK(take(link, {}) == errc::truncated);
    CHECK(take(link, "01"_hex) == errc::truncated);
    CHECK_FALSE(take(link, "02 80 A0"_hex));
    CHECK_FALSE(take(link, "01 80 A0"_hex));
    CHECK(take(link, bytes(17, 1)) == errc::too_large); // ends what connection 1 had begun
    CHECK(link.host_fragment("01 00 07"_hex).value() == "01 07"_hex);
    CHECK(link.host_fragment("02 00 07"_hex).value() == "02 A0 07"_hex);
    CHECK(link.host_fragment("02 00"_hex).value() == "02"_hex);

    REQUIRE_FALSE(link.agree(4096));
    bytes endless(4096, 0);
    endless[1] = 0x80;
    int fragments = 0;
    while (!take(link, endless))
        ++fragments;
    CHECK(fragments * 4094UL <= lab_link::max_tpdu);
    CHECK((fragments + 1) * 4094UL > lab_link::max_tpdu - 1);
}

TEST_CASE("lab_link: a reset and a new size forget what was under way") {
    lab_link link;
    REQUIRE_FALSE(link.agree(16));
    const auto half = [&] {
        CHECK_FALSE(take(link, "01 80 A0"_hex));
        link.send(numbered(1, 40));
        link.fragment_given();
        CHECK_FALSE(link.idle());
    };
    half();
    REQUIRE_FALSE(link.agree(20));
    CHECK(link.idle());
    CHECK_FALSE(link.next_fragment());
    CHECK(link.host_fragment("01 00 07"_hex).value() == "01 07"_hex);
    half();
    link.reset();
    CHECK(link.idle());
    CHECK(take(link, "01 00 07"_hex) == errc::unexpected);
    link.send(numbered(1, 40)); // to nobody
    CHECK(link.idle());
}

TEST_CASE("lab_link: no bytes hurt") {
    std::mt19937 random{11};
    lab_link link;
    std::size_t whole = 0;
    for (int i = 0; i < 20'000; ++i) {
        if (random() % 50 == 0)
            (void)link.agree(random() % 64);
        bytes fragment(random() % 40);
        for (auto& byte : fragment)
            byte = static_cast<std::uint8_t>(random());
        const auto tpdu = link.host_fragment(fragment);
        if (tpdu && *tpdu) {
            CHECK((*tpdu)->front() == fragment.front());
            ++whole;
        }
    }
    CHECK(whole > 0);
}
