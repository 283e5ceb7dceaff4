// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/standing_services.hpp"

#include "daemon/service_lookup.hpp"

#include <algorithm>
#include <utility>

namespace cihost::daemon {

standing_services::standing_services(boost::asio::io_context& context, receiver_port& receiver,
                                     std::vector<service_ref> services,
                                     std::chrono::milliseconds period)
    : receiver_{receiver}
    , open_{std::move(services)}
    , period_{period}
    , timer_{context, [this] { look(); }} {}

void standing_services::start() {
    std::erase_if(open_, [this](const service_ref& service) {
        const auto* number = std::get_if<std::uint16_t>(&service);
        if (number != nullptr)
            receiver_.want(*number);
        return number != nullptr;
    });
    look();
}

void standing_services::look() {
    if (open_.empty())
        return;
    const auto known = receiver_.report().services;
    std::erase_if(open_, [&](const service_ref& service) {
        const auto found = find_services(known, service);
        for (const auto* s : found)
            receiver_.want(s->program_number);
        return !found.empty();
    });
    timer_.set(std::chrono::steady_clock::now() + period_);
}

} // namespace cihost::daemon
