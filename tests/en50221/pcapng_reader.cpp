// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/pcapng_reader.hpp"

#include "base/hex.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/worked_trace.hpp"

#include <array>
#include <string>
#include <variant>
#include <vector>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;

namespace {

bytes header() {
    const std::array<std::string, 2> names{"slot zero", "slot one"};
    return pcapng_header(names);
}

bytes operator+(bytes a, const bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

struct read_back {
    std::vector<trace_entry> entries;
    error_code failed;
    std::size_t position = 0;
    std::size_t passed_over = 0;
    std::string name;
};

read_back read(const bytes& file) {
    pcapng_reader reader{file};
    read_back all;
    for (;;) {
        auto entry = reader.next();
        if (!entry) {
            all.failed = entry.error();
            CHECK(reader.next().error() == all.failed);
            break;
        }
        if (!*entry)
            break;
        all.entries.push_back(std::move(**entry));
    }
    all.position = reader.position();
    all.passed_over = reader.passed_over();
    all.name = reader.interface_name(0);
    return all;
}

std::string text(const trace_entry& entry) {
    const auto at = std::to_string(entry.interface) + " " + std::to_string(entry.unix_ns) + " ";
    if (const auto* tpdu = std::get_if<traced_tpdu>(&entry.what))
        return at + (tpdu->which == direction::host_to_module ? "H " : "M ") +
               to_hex(tpdu->tcid_and_tpdu);
    return at + "event " + std::to_string(static_cast<int>(std::get<hardware_event>(entry.what)));
}

/// A little-endian section with one interface of the options given, and one packet of it.
bytes one_packet(std::string_view options, std::string_view stamp) {
    const auto more = from_hex(options).value();
    auto file = "0A0D0D0A 1C000000 4D3C2B1A 0100 0000 FFFFFFFFFFFFFFFF 1C000000"_hex;
    const auto size = static_cast<std::uint8_t>(20 + more.size());
    file = file + bytes{1, 0, 0, 0, size, 0, 0, 0, 0xEB, 0, 0, 0, 0, 0, 0, 0} + more +
           bytes{size, 0, 0, 0};
    return file + "06000000 2C000000 00000000"_hex + from_hex(stamp).value() +
           "09000000 09000000 00FE0005 0100A00101000000 2C000000"_hex;
}

std::uint64_t stamp_of(std::string_view options, std::string_view stamp) {
    const auto all = read(one_packet(options, stamp));
    REQUIRE(all.entries.size() == 1);
    return all.entries[0].unix_ns;
}

} // namespace

TEST_CASE("pcapng reader: gives back what the writer wrote") {
    auto file = header();
    std::vector<std::string> written;
    std::uint64_t now = 1'709'296'496'123'456'789;
    file = file + pcapng_event(1, hardware_event::module_in, ++now, "a hand");
    written.push_back("1 " + std::to_string(now) + " event 0");
    for (const auto& line : worked_trace()) {
        const auto& block = line.block;
        file =
            file + pcapng_tpdu(0, line.host ? direction::host_to_module : direction::module_to_host,
                               block, ++now, line.host ? "why" : "");
        written.push_back("0 " + std::to_string(now) + (line.host ? " H " : " M ") + to_hex(block));
    }
    for (const auto what :
         {hardware_event::reset, hardware_event::ready, hardware_event::module_out})
        file = file + pcapng_event(0, what, now);
    const auto all = read(file);
    CHECK_FALSE(all.failed);
    CHECK(all.passed_over == 0);
    CHECK(all.name == "slot zero");
    REQUIRE(all.entries.size() == written.size() + 3);
    for (std::size_t i = 0; i < written.size(); ++i) {
        CHECK(text(all.entries[i]) == written[i]);
        CHECK(all.entries[i].packet == i + 1);
    }
    CHECK(std::get<hardware_event>(all.entries.back().what) == hardware_event::module_out);
}

TEST_CASE("pcapng reader: sections follow each other, each with interfaces of its own") {
    const auto poll = pcapng_tpdu(1, direction::host_to_module, "01 A0 01 01"_hex, 7);
    const auto all = read(header() + poll + header() + poll);
    CHECK_FALSE(all.failed);
    CHECK(all.entries.size() == 2);
}

TEST_CASE("pcapng reader: the other byte order") {
    const auto all = read("0A0D0D0A 0000001C 1A2B3C4D 0001 0000 FFFFFFFFFFFFFFFF 0000001C"
                          "00000001 00000014 00EB 0000 00000000 00000014"
                          "00000006 0000002C 00000000 00000000 00000003 00000009 00000009"
                          "00 FE 0005 01 00 A0 01 01 000000 0000002C"_hex);
    CHECK_FALSE(all.failed);
    REQUIRE(all.entries.size() == 1);
    // microseconds, without a word on it
    CHECK(text(all.entries[0]) == "0 3000 H 01 a0 01 01");
}

TEST_CASE("pcapng reader: time stamps in every resolution") {
    CHECK(stamp_of("", "00000000 02000000") == 2000);
    CHECK(stamp_of("0900 0100 03000000", "00000000 02000000") == 2'000'000);
    CHECK(stamp_of("0900 0100 09000000 0000 0000", "01000000 02000000") == (1ULL << 32 | 2));
    CHECK(stamp_of("0900 0100 0C000000", "00000000 D0070000") == 2);
    CHECK(stamp_of("0900 0100 7F000000", "FFFFFFFF FFFFFFFF") == 0);
    // halves, and 2^-40, of a second
    CHECK(stamp_of("0900 0100 81000000", "00000000 03000000") == 1'500'000'000);
    CHECK(stamp_of("0900 0100 A8000000", "80010000 00000000") == 1'500'000'000);
    CHECK(stamp_of("0900 0100 FF000000", "FFFFFFFF FFFFFFFF") == 0);
    CHECK(stamp_of("0900 0100 80000000", "00000000 03000000") == 3'000'000'000);
    // ten seconds later than they say
    CHECK(stamp_of("0E00 0800 0A00000000000000", "00000000 02000000") == 10'000'002'000);
}

TEST_CASE("pcapng reader: link fragments are put together") {
    const auto fragment = [](std::string_view data) {
        const auto lpdu = from_hex(data).value();
        auto block = bytes{6, 0, 0, 0, 0x2C, 0, 0, 0} + bytes(12) + bytes{9, 0, 0, 0, 9, 0, 0, 0} +
                     bytes{0, 0xFF, 0, 5} + lpdu;
        block.resize(40);
        return block + bytes{0x2C, 0, 0, 0};
    };
    const auto all = read(header() + fragment("01 80 A0 02 01") + fragment("01 00 55 80 02") +
                          fragment("01 00 01 02 03"));
    CHECK_FALSE(all.failed);
    REQUIRE(all.entries.size() == 2);
    CHECK(text(all.entries[0]) == "0 0 M 01 a0 02 01 55 80 02");
    CHECK(text(all.entries[1]) == "0 0 M 01 01 02 03");
}

TEST_CASE("pcapng reader: fragments without end are no TPDU") {
    // 17 times 4096 bytes, the flag of the last one left out
    auto fragment = pcapng_tpdu(0, direction::module_to_host, bytes(4097, 0x01), 7);
    fragment[33] = 0x80;
    auto file = header();
    for (int i = 0; i < 17; ++i)
        file = file + fragment;
    const auto all = read(file);
    CHECK_FALSE(all.failed);
    CHECK(all.entries.empty());
    CHECK(all.passed_over == 1);
}

TEST_CASE("pcapng reader: what is no DVB-CI is passed over") {
    auto ethernet = header();
    ethernet[36] = 1;
    const auto poll = pcapng_tpdu(0, direction::host_to_module, "01 A0 01 01"_hex, 7);
    CHECK(read(ethernet + poll).passed_over == 1);
    // a later version, the module's memory, a length beyond the packet, no link header
    for (const auto& [at, value] :
         std::vector<std::pair<std::size_t, unsigned>>{{28, 1}, {29, 0xFD}, {31, 6}, {31, 1}}) {
        auto other = poll;
        other[at] = static_cast<std::uint8_t>(value);
        const auto all = read(header() + other);
        CHECK_FALSE(all.failed);
        CHECK(all.entries.empty());
        CHECK(all.passed_over == 1);
    }
    // power on: an event, of no concern
    auto power = pcapng_event(0, hardware_event::module_in, 7);
    power[32] = 0x03;
    CHECK(read(header() + power).entries.empty());
    CHECK(read(header() + power).passed_over == 0);
    // packets without time, and statistics
    CHECK(read(header() + "03000000 10000000 00000000 10000000"_hex).passed_over == 1);
    CHECK(read(header() + "05000000 0C000000 0C000000"_hex).passed_over == 0);
}

TEST_CASE("pcapng reader: files that are broken") {
    CHECK(read({}).failed == errc::wrong_tag);
    CHECK(read("474011100042F0"_hex).failed == errc::wrong_tag);
    const auto poll = pcapng_tpdu(0, direction::host_to_module, "01 A0 01 01"_hex, 7);
    const auto whole = header() + poll;
    std::size_t complete = 0;
    for (std::size_t size = 4; size < whole.size(); ++size) {
        const auto all = read({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        if (!all.failed)
            ++complete; // between two blocks
        else
            CHECK(all.failed == errc::truncated);
    }
    CHECK(complete == 3);
    CHECK(read({whole.begin(), whole.end() - 1}).position == header().size());

    const auto broken = [&](std::size_t at, unsigned value) {
        auto file = whole;
        file[at] = static_cast<std::uint8_t>(value);
        return read(file).failed;
    };
    CHECK(broken(8, 0) == errc::wrong_tag);
    CHECK(broken(12, 2) == errc::bad_value);
    CHECK(broken(4, 8) == errc::bad_length);
    CHECK(broken(4, 0x1E) == errc::bad_length);
    CHECK(broken(24, 0x20) == errc::bad_length);
    // an option beyond its block, an interface that is none, data beyond the packet
    CHECK(broken(28 + 18, 0xFF) == errc::bad_length);
    CHECK(broken(header().size() + 8, 9) == errc::bad_value);
    CHECK(broken(header().size() + 20, 99) == errc::bad_length);
    auto second = header() + header();
    second[header().size() + 8] = 0;
    CHECK(read(second).failed == errc::bad_value);
    // a section header that is too short
    CHECK(read("0A0D0D0A 10000000 4D3C2B1A 10000000"_hex).failed == errc::bad_length);
    CHECK(read("0A0D0D0A 0C000000 0C000000"_hex).failed == errc::wrong_tag);
}
