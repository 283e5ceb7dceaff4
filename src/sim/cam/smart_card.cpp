// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/smart_card.hpp"

#include <algorithm>

namespace cihost::sim {

const emm_content* smart_card::find(std::uint32_t service_key_number) const noexcept {
    const auto entry =
        std::find_if(service_keys_.begin(), service_keys_.end(), [&](const emm_content& key) {
            return key.service_key_number == service_key_number;
        });
    return entry != service_keys_.end() ? &*entry : nullptr;
}

bool smart_card::lapse(time_point now) {
    if (lapses_after_ == duration{0} || service_keys_.empty())
        return false;
    if (refreshed_at_ == never)
        refreshed_at_ = now;
    if (now - refreshed_at_ < lapses_after_)
        return false;
    service_keys_.clear();
    refreshed_at_ = never;
    return true;
}

std::optional<std::uint32_t> smart_card::take_emm(bytes_view section, time_point now) {
    if (!card_key_)
        return std::nullopt;
    const auto emm = open_emm(section, *card_key_);
    if (emm)
        refreshed_at_ = now;
    if (!emm || entitled(emm->service_key_number))
        return std::nullopt;
    if (service_keys_.size() == max_service_keys)
        service_keys_.pop_front();
    service_keys_.push_back(*emm);
    return emm->service_key_number;
}

std::optional<ecm_content> smart_card::open(bytes_view ecm) const {
    const auto number = ecm_key_number(ecm);
    const auto* key = number ? find(*number) : nullptr;
    if (key == nullptr)
        return std::nullopt;
    const auto content = open_ecm(ecm, key->service_key);
    if (!content)
        return std::nullopt;
    return *content;
}

} // namespace cihost::sim
