// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/key_schedule.hpp"

#include <algorithm>

namespace cihost::sim {
namespace {

constexpr std::uint8_t table_id_ecm_even = 0x80;

} // namespace

key_schedule::key_schedule(const key_schedule_settings& settings, std::size_t groups)
    : settings_{settings}
    , random_{settings.seed}
    , foreign_key_{random_.key()} {
    foreign_emm_ = make_emm(random_.key(), {1, foreign_key_}, ++nonce_);
    for (std::size_t i = 0; i < groups; ++i) {
        group_state group{random_source{settings.seed, i + 1}};
        group.offset = settings.crypto_period * static_cast<duration::rep>(i) /
                       static_cast<duration::rep>(groups);
        group.current = group.random.word();
        group.next = group.random.word();
        groups_.push_back(std::move(group));
    }
}

std::uint64_t key_schedule::crypto_period_at(std::size_t group, duration t) const noexcept {
    return static_cast<std::uint64_t>((t + groups_[group].offset) / settings_.crypto_period);
}

duration key_schedule::next_crypto_period(std::size_t group, duration t) const noexcept {
    const auto next = static_cast<duration::rep>(crypto_period_at(group, t) + 1);
    return settings_.crypto_period * next - groups_[group].offset;
}

key_schedule::group_state& key_schedule::advance(std::size_t group, duration t) {
    auto& state = groups_[group];
    for (const auto now = crypto_period_at(group, t); state.period < now; ++state.period) {
        state.current = state.next;
        state.next = state.random.word();
    }
    return state;
}

const control_word& key_schedule::word_at(std::size_t group, duration t) {
    return advance(group, t).current;
}

key_schedule::group_state& key_schedule::refresh_ecms(std::size_t group, duration t) {
    auto& state = advance(group, t);
    const auto number = service_key_number_at(t);
    if (!state.ecm.empty() && state.ecm_period == state.period && state.ecm_key_number == number)
        return state;
    const bool even = parity_of(state.period) == parity::even;
    const auto table_id = static_cast<std::uint8_t>(table_id_ecm_even + (even ? 0 : 1));
    const ecm_content content{even ? state.current : state.next, even ? state.next : state.current};
    state.ecm = make_ecm(table_id, number, service_key_of(number).key, content, ++nonce_);
    state.foreign_ecm = make_ecm(table_id, 1, foreign_key_, content, ++nonce_);
    state.ecm_period = state.period;
    state.ecm_key_number = number;
    return state;
}

const bytes& key_schedule::ecm_at(std::size_t group, duration t) {
    return refresh_ecms(group, t).ecm;
}

const bytes& key_schedule::foreign_ecm_at(std::size_t group, duration t) {
    return refresh_ecms(group, t).foreign_ecm;
}

duration key_schedule::next_ecm(std::size_t group, duration t) const noexcept {
    const auto next_key = settings_.service_key_period * (t / settings_.service_key_period + 1);
    return std::min(next_crypto_period(group, t), next_key);
}

std::uint32_t key_schedule::service_key_number_at(duration t) const noexcept {
    return static_cast<std::uint32_t>(t / settings_.service_key_period + 1);
}

const key_schedule::service_key& key_schedule::service_key_of(std::uint32_t number) {
    while (service_keys_.size() < number) {
        const auto next = static_cast<std::uint32_t>(service_keys_.size() + 1);
        const auto key = random_.key();
        service_keys_.push_back({key, make_emm(settings_.card_key, {next, key}, ++nonce_)});
    }
    return service_keys_[number - 1];
}

std::vector<bytes> key_schedule::emms_at(duration t) {
    const auto number = service_key_number_at(t);
    std::vector<bytes> emms{service_key_of(number).emm};
    if (t % settings_.service_key_period >= settings_.service_key_period / 2)
        emms.push_back(service_key_of(number + 1).emm);
    return emms;
}

std::vector<bytes> key_schedule::authorisation_at(duration t) {
    const auto number = service_key_number_at(t);
    return {service_key_of(number).emm, service_key_of(number + 1).emm};
}

} // namespace cihost::sim
