// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/section_watch.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace cihost::runtime {

namespace {
// More than any multiplex has services; what a hostile one invents beyond is passed over.
constexpr std::size_t max_tables = 512;
} // namespace

section_watch::section_watch(ts::pid_t pid, std::vector<std::uint8_t> table_ids)
    : pid_{pid}
    , table_ids_{std::move(table_ids)} {}

void section_watch::forget() {
    assembler_.reset();
    tables_.clear();
}

void section_watch::push(ts::packet_view packet, time_point now, const take_function& take) {
    assembler_.push(packet);
    while (const auto section = assembler_.next())
        push(*section, now, take);
}

void section_watch::push(const ts::section_view& section, time_point now,
                         const take_function& take) {
    const auto table_id = section.table_id();
    if (std::ranges::find(table_ids_, table_id) == table_ids_.end())
        return;
    const auto copy = [](const ts::section_view& s) {
        return bytes(s.data().begin(), s.data().end());
    };
    if (pid_ == ts::pid_tdt) {
        // each for itself: a TOT, which alone tells the local offset, often follows the TDT at once
        const auto last = last_times_.find(table_id);
        if (last != last_times_.end() && now - last->second < std::chrono::seconds{1})
            return;
        if (take({pid_, {copy(section)}, now}))
            last_times_[table_id] = now;
        return;
    }
    const auto key = std::uint32_t{table_id} << 16 | section.table_id_extension();
    auto table = tables_.find(key);
    if (table == tables_.end()) {
        if (tables_.size() >= max_tables)
            return;
        table = tables_.try_emplace(key).first;
    }
    const auto complete = table->second.push(section);
    if (!complete)
        return;
    table_sections message{pid_, {}, now};
    std::ranges::transform(*complete, std::back_inserter(message.sections), copy);
    if (!take(std::move(message)))
        table->second.reset();
}

} // namespace cihost::runtime
