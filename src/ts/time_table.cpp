// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/bcd.hpp"
#include "ts/descriptor_loop.hpp"

#include <cihost/ts/time_table.hpp>

namespace cihost::ts {
namespace {

using namespace std::chrono;

constexpr std::uint8_t table_id_tdt = 0x70;
constexpr std::uint8_t tot_table_id = 0x73;
constexpr std::uint8_t tag_local_time_offset = 0x58;
/// Modified Julian Date of 1970-01-01.
constexpr days mjd_of_epoch{40587};

void read_offsets(const descriptor& d, std::vector<time_table::local_offset>& offsets) {
    cursor c{d.body};
    while (!c.empty()) {
        time_table::local_offset entry;
        for (auto& letter : entry.country)
            letter = static_cast<char>(c.u8());
        const auto flags = c.u8();
        entry.region = flags >> 2;
        const auto hour = from_bcd(c.u8());
        const auto minute = from_bcd(c.u8());
        c.skip(7); // time_of_change, next_time_offset
        if (!c.ok() || !hour || !minute)
            continue;
        const bool west = (flags & 1) != 0;
        entry.offset = (west ? -1 : 1) * (hours{*hour} + minutes{*minute});
        offsets.push_back(entry);
    }
}

} // namespace

result<time_table> parse_time_table(const section_view& section) {
    const auto id = section.table_id();
    if (id != table_id_tdt && id != tot_table_id)
        return errc::wrong_tag;
    cursor c{section.payload()};
    const auto utc = from_mjd_bcd(c.u40());
    if (!c.ok())
        return errc::truncated;
    if (!utc)
        return errc::bad_value;
    time_table table;
    table.utc = *utc;
    if (id == table_id_tdt)
        return table;
    const auto loop = parse_descriptors(c, c.length12());
    if (!loop)
        return loop.error();
    for (const auto& d : *loop)
        if (d.tag == tag_local_time_offset)
            read_offsets(d, table.offsets);
    return table;
}

std::optional<sys_seconds> from_mjd_bcd(std::uint64_t value) noexcept {
    const auto byte = [&](int shift) {
        return from_bcd(static_cast<std::uint8_t>(value >> shift));
    };
    const auto hour = byte(16);
    const auto minute = byte(8);
    const auto second = byte(0);
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59)
        return std::nullopt;
    const days mjd{static_cast<int>(value >> 24 & 0xFFFF)};
    return sys_days{mjd - mjd_of_epoch} + hours{*hour} + minutes{*minute} + seconds{*second};
}

std::uint64_t to_mjd_bcd(sys_seconds time) noexcept {
    const auto day = floor<days>(time);
    const hh_mm_ss clock{time - day};
    const auto mjd = static_cast<std::uint64_t>((day.time_since_epoch() + mjd_of_epoch).count());
    return (mjd & 0xFFFF) << 24 |
           std::uint64_t{to_bcd(static_cast<int>(clock.hours().count()))} << 16 |
           std::uint64_t{to_bcd(static_cast<int>(clock.minutes().count()))} << 8 |
           to_bcd(static_cast<int>(clock.seconds().count()));
}

} // namespace cihost::ts
