// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/lab/lab_nodes.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace cihost::sim {

lab_nodes::lab_nodes(record_channel air, std::vector<record_channel> slots, receiver& playing,
                     const std::vector<module_card>& cards, event_log& log)
    : air_{std::move(air), playing.reception(), log} {
    for (std::size_t slot = 0; slot < slots.size(); ++slot)
        slots_.emplace_back(std::move(slots[slot]), cards[slot], playing.slots()[slot], log);
}

result<std::unique_ptr<lab_nodes>> lab_nodes::open(unsigned adapter, receiver& playing,
                                                   const std::vector<module_card>& cards,
                                                   event_log& log, std::string& why) {
    const auto number = std::to_string(adapter);
    auto air = record_channel::open("/dev/cihost_lab_ts" + number, why);
    if (!air)
        return air.error();
    std::vector<record_channel> slots;
    for (std::size_t slot = 0; slot < playing.slots().size(); ++slot) {
        const auto file = "/dev/cihost_lab_cam" + number + "." + std::to_string(slot);
        auto node = record_channel::open(file, why);
        if (!node && node.error() == boost::system::errc::no_such_file_or_directory)
            why = "the lab's module has fewer slots than --slots says: there is no " + file;
        if (!node)
            return node.error();
        slots.push_back(std::move(*node));
    }
    return std::make_unique<lab_nodes>(std::move(*air), std::move(slots), playing, cards, log);
}

void lab_nodes::prepare(poll_set& set) const {
    air_.prepare(set);
    for (const auto& slot : slots_)
        slot.prepare(set);
}

void lab_nodes::serve(const poll_set&, time_point now) {
    air_.serve(now);
    for (auto& slot : slots_)
        slot.serve(now);
}

time_point lab_nodes::deadline(time_point now) const {
    auto next = air_.deadline(now);
    for (const auto& slot : slots_)
        next = std::min(next, slot.deadline(now));
    return next;
}

std::string lab_nodes::failure() const {
    if (!air_.failure().empty())
        return air_.failure();
    for (const auto& slot : slots_)
        if (!slot.failure().empty())
            return slot.failure();
    return {};
}

} // namespace cihost::sim
