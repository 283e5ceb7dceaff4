// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/capacity.hpp"

#include <algorithm>
#include <utility>

namespace cihost::sim {

bool capacity::fits(unsigned services, std::size_t streams) const noexcept {
    return (behaviour_.services == 0 || services <= behaviour_.services) &&
           (behaviour_.streams == 0 || streams <= behaviour_.streams);
}

std::vector<selected_service> capacity::fit(const std::vector<selected_service>& selected,
                                            time_point now) {
    const auto find = [&](std::uint16_t program) {
        return std::find_if(selected.begin(), selected.end(),
                            [&](const auto& s) { return s.program_number == program; });
    };
    std::erase_if(by_age_, [&](auto program) { return find(program) == selected.end(); });
    for (const auto& service : selected)
        if (std::find(by_age_.begin(), by_age_.end(), service.program_number) == by_age_.end())
            by_age_.push_back(service.program_number);

    auto order = by_age_;
    if (behaviour_.newest_wins)
        std::reverse(order.begin(), order.end());
    std::vector<selected_service> taken;
    std::set<std::uint16_t> left_out;
    std::size_t streams = 0;
    for (const auto program : order) {
        const auto& service = *find(program);
        if (!fits(static_cast<unsigned>(taken.size()) + 1, streams + service.streams.size())) {
            left_out.insert(program);
            continue;
        }
        streams += service.streams.size();
        taken.push_back(service);
    }
    for (const auto program : left_out)
        if (!left_out_.contains(program))
            log_.write(now, "over_capacity", {{"program", program}});
    left_out_ = std::move(left_out);
    return taken;
}

} // namespace cihost::sim
