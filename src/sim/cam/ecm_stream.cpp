// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/ecm_stream.hpp"

#include <algorithm>
#include <utility>

namespace cihost::sim {

std::optional<std::uint32_t> ecm_stream::push(ts::packet_view packet, const smart_card& card,
                                              time_point keys_due, time_point now, journal& log) {
    std::optional<std::uint32_t> seen;
    for (const auto& section : sections_.push(packet)) {
        const auto number = ecm_key_number(section);
        if (!number)
            continue; // another table
        seen = *number;
        if (section != done_)
            take(section, *number, card, keys_due, now, log);
    }
    return seen;
}

void ecm_stream::take(bytes_view section, std::uint32_t key_number, const smart_card& card,
                      time_point keys_due, time_point now, journal& log) {
    if (!card.entitled(key_number)) {
        // not done: an EMM may bring the key before the ECM comes again
        if (std::exchange(missing_key_, key_number) != key_number)
            log.write(now, "ecm_without_entitlement",
                      {{"ecm_pid", pid_}, {"key_number", key_number}});
        return;
    }
    missing_key_.reset();
    done_.assign(section.begin(), section.end());
    if (const auto content = card.open(section))
        pending_.push_back({keys_due, *content});
    else
        log.write(now, "ecm_unreadable", {{"ecm_pid", pid_}, {"key_number", key_number}});
}

bool ecm_stream::install(time_point now) {
    const bool had_keys = keys_ != nullptr;
    for (; !pending_.empty() && pending_.front().due <= now; pending_.pop_front()) {
        const auto& content = pending_.front().content;
        if (!keys_)
            keys_ = std::make_shared<key_set>();
        // a key schedule is dear, and of two control words one is old
        if (!installed_ || installed_->even != content.even)
            keys_->keys.set_key(parity::even, content.even);
        if (!installed_ || installed_->odd != content.odd)
            keys_->keys.set_key(parity::odd, content.odd);
        installed_ = content;
    }
    return !had_keys && keys_ != nullptr;
}

} // namespace cihost::sim
