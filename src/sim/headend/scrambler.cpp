// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/scrambler.hpp"

#include "sim/headend/seam.hpp"

#include <utility>

namespace cihost::sim {

scrambler::scrambler(const std::vector<ca_group>& groups, key_schedule& keys, period_begins tell)
    : keys_{keys}
    , tell_{std::move(tell)}
    , groups_(groups.size()) {
    group_of_.fill(-1);
    for (std::size_t pid = 0; pid < ts::pid_count; ++pid) {
        for (std::size_t i = 0; i < groups.size(); ++i) {
            if (groups[i].scrambled.contains(static_cast<ts::pid_t>(pid)))
                group_of_[pid] = static_cast<std::int16_t>(i);
        }
    }
}

void scrambler::push(bytes& on_air, std::size_t offset, duration t) {
    const auto index = group_of_[view_packet(on_air.data() + offset).pid()];
    if (index < 0)
        return;
    const auto number = static_cast<std::size_t>(index);
    auto& group = groups_[number];
    if (group.clear)
        return;
    if (t >= group.period_end) {
        flush(on_air, group);
        group.current = key_schedule::parity_of(keys_.crypto_period_at(number, t));
        group.cipher.set_key(group.current, keys_.word_at(number, t));
        group.period_end = keys_.next_crypto_period(number, t);
        tell_(number, t);
    }
    group.offsets.push_back(offset);
}

void scrambler::flush(bytes& on_air) {
    for (auto& group : groups_)
        flush(on_air, group);
}

void scrambler::flush(bytes& on_air, group_state& group) {
    batch_.clear();
    for (const auto offset : group.offsets)
        batch_.push_back(on_air.data() + offset);
    group.offsets.clear();
    group.cipher.scramble(batch_, group.current);
}

} // namespace cihost::sim
