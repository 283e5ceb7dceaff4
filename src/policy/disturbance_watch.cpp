// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/disturbance_watch.hpp"

#include <algorithm>
#include <chrono>

namespace cihost::policy {
namespace {

using namespace std::chrono_literals;

/// A service that was clear for so long before counts.
constexpr auto settled = 1s;
/// What comes later has another cause.
constexpr auto effect = 1500ms;
/// Sooner than anything else is done about a service that is scrambled.
constexpr auto patience = 1200ms;

} // namespace

void disturbance_watch::reset() {
    orders_.clear();
    services_.clear();
    listed_.clear();
}

void disturbance_watch::told(const en50221::ca_pmt& value, time_point now) {
    using cause = disturbance::cause;
    using en50221::list_management;
    const auto program = value.program_number;
    order o{.program_number = program, .at = now};
    if (value.command == en50221::ca_pmt_command::not_selected) {
        listed_.erase(program);
        o.what = cause::withdrawal;
    } else {
        const bool is_new = listed_.insert(program).second;
        if (value.list == list_management::add && !is_new)
            return; // takes part in nothing else
        o.what = value.list == list_management::add      ? cause::addition
                 : value.list == list_management::update ? cause::update
                                                         : cause::list;
    }
    for (const auto& [other, s] : services_)
        if (other != program && s.clear_since != never && now - s.clear_since >= settled)
            o.clear_before.insert(other);
    while (!orders_.empty() && now - orders_.front().at > effect)
        orders_.pop_front();
    if (!o.clear_before.empty())
        orders_.push_back(std::move(o));
}

void disturbance_watch::see(std::uint16_t program_number, std::optional<bool> clear,
                            time_point now) {
    auto& s = services_[program_number];
    if (!clear) {
        s = {};
        return;
    }
    if (*clear) {
        if (s.clear_since == never)
            s.clear_since = now;
        s.scrambled_since = never;
        return;
    }
    const bool was_clear = s.clear_since != never;
    s.clear_since = never;
    if (s.scrambled_since == never)
        s.scrambled_since = now;
    if (!was_clear || s.suspicion)
        return;
    // the first of several is what the others follow from
    for (const auto& o : orders_)
        if (o.clear_before.contains(program_number) && now - o.at <= effect) {
            s.suspicion = {o.what, o.program_number, program_number,
                           static_cast<unsigned>(o.clear_before.size()), false};
            return;
        }
}

std::optional<disturbance> disturbance_watch::next(time_point now) {
    for (auto& [program_number, s] : services_) {
        if (!s.suspicion)
            continue;
        const bool back = s.scrambled_since == never;
        if (!back && now < s.scrambled_since + patience)
            continue;
        auto found = *s.suspicion;
        found.lasting = !back;
        s.suspicion.reset();
        return found;
    }
    return std::nullopt;
}

time_point disturbance_watch::deadline() const {
    auto earliest = never;
    for (const auto& [program_number, s] : services_)
        if (s.suspicion && s.scrambled_since != never)
            earliest = std::min(earliest, s.scrambled_since + patience);
    return earliest;
}

} // namespace cihost::policy
