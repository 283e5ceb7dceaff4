// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/service_recovery.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cihost::policy {
namespace {

using namespace std::chrono_literals;

/// A service is clear when it stays so.
constexpr auto steady = 1s;
/// No card takes longer: what takes longer has another cause.
constexpr duration longest_clear_time = 20s;

} // namespace

const char* name(recovery_state state) noexcept {
    switch (state) {
    case recovery_state::none:
        return "none";
    case recovery_state::suspect:
        return "suspect";
    case recovery_state::trying:
        return "trying";
    case recovery_state::held:
        return "held";
    case recovery_state::given_up:
        return "given_up";
    }
    return "";
}

const char* name(recovery_hold hold) noexcept {
    switch (hold) {
    case recovery_hold::none:
        return "";
    case recovery_hold::ecm:
        return "ecm";
    case recovery_hold::menu:
        return "menu";
    case recovery_hold::refused:
        return "refused";
    case recovery_hold::running_services:
        return "running_services";
    }
    return "";
}

service_recovery::service_recovery(const recovery_settings& settings)
    : settings_{settings}
    , resets_{settings.resets, settings.reset_period}
    , reconnects_{2 * settings.resets, settings.reset_period}
    , usual_clear_time_{settings.usual_clear_time} {
    made_at_.fill(time_point::min());
}

void service_recovery::see(std::uint16_t program_number, const service_sight& sight,
                           const service_request& request, time_point now) {
    const auto [found, is_new] = services_.try_emplace(
        program_number, service{.pauses = {settings_.retry_first, settings_.retry_last}});
    auto& s = found->second;
    if (!is_new && ((s.request.pmt_at != never && request.pmt_at != s.request.pmt_at) ||
                    (s.request.refused && !request.refused)))
        restart(s, now);
    if (sight.ecms > s.sight.ecms)
        s.ecm_at = now;
    s.sight = sight;
    s.request = request;
    if (request.at == never)
        s.asked_at = never;
    else if (s.asked_at == never)
        s.asked_at = request.at;
    if (!sight.received || !sight.scrambled)
        s.scrambled_since = never;
    else if (s.scrambled_since == never)
        s.scrambled_since = now;
    if (!sight.received || sight.scrambled)
        s.clear_since = never;
    else if (s.clear_since == never)
        s.clear_since = now;
}

void service_recovery::forget(std::uint16_t program_number) { services_.erase(program_number); }

void service_recovery::restart(service& s, time_point now) const {
    s.rung = 0;
    s.taken = 0;
    s.began_at = never;
    s.ended = false;
    s.retries = 0;
    s.pauses = {settings_.retry_first, settings_.retry_last};
    s.retry_at = never;
    s.asked_at = never;
    s.stepped_at = now;
}

void service_recovery::begin_anew(time_point now) {
    for (auto& [program_number, s] : services_) {
        restart(s, now);
        s.was_clear = false;
    }
}

void service_recovery::begin_anew(std::uint16_t program_number, time_point now) {
    if (const auto found = services_.find(program_number); found != services_.end())
        restart(found->second, now);
}

/// Services that waited for it begin anew: perhaps it was all that stood in their way. All do when
/// somebody has answered: the module gets its time to make something of it. A module that shows and
/// closes things by itself must not keep the ladder from being climbed.
void service_recovery::menu(bool shown, bool answered, time_point now) {
    if (menu_ && !shown) {
        menu_gone_at_ = now;
        for (auto& [program_number, s] : services_)
            if (s.status.hold == recovery_hold::menu || (answered && stuck(s)))
                restart(s, now);
    }
    menu_ = shown;
}

bool service_recovery::cleared_by_menu(const service& s) const {
    return menu_gone_at_ != never && s.asked_at <= menu_gone_at_ && s.stepped_at <= menu_gone_at_ &&
           s.clear_since >= menu_gone_at_ && s.clear_since <= menu_gone_at_ + 2 * wait(s);
}

void service_recovery::not_applicable(std::uint16_t program_number) {
    const auto found = services_.find(program_number);
    if (found == services_.end() || !found->second.status.latest)
        return;
    auto& s = found->second;
    auto& steps = s.status.steps;
    --s.taken;
    if (--steps[index(*s.status.latest)].times == 0)
        steps[index(*s.status.latest)] = {};
    s.status.latest.reset();
    for (const auto step : recovery_steps)
        if (const auto& made = steps[index(step)];
            made.times > 0 &&
            (!s.status.latest || made.latest > steps[index(*s.status.latest)].latest))
            s.status.latest = step;
    s.stepped_at = time_point::min();
    s.trial.reset();
}

void service_recovery::reset_refused() {
    for (auto& [program_number, s] : services_)
        s.status.reset_refused = s.status.latest && *s.status.latest >= recovery_step::reset;
}

bool service_recovery::stuck(const service& s) {
    return s.asked_at != never && s.scrambled_since != never;
}

time_point service_recovery::base(const service& s) {
    return std::max({s.scrambled_since, s.asked_at, s.stepped_at});
}

duration service_recovery::wait(const service& s) const {
    auto usual = usual_clear_time_;
    if (patience_ == patience::tested)
        usual = std::max(usual, tested_clear_time_);
    const auto first = std::max(settings_.act_after, usual * 3 / 2);
    return first * (2 + s.taken) / 2;
}

bool service_recovery::clear(std::uint16_t program_number) const {
    const auto found = services_.find(program_number);
    return found != services_.end() && found->second.clear_since != never;
}

const service_request* service_recovery::request(std::uint16_t program_number) const {
    const auto found = services_.find(program_number);
    return found == services_.end() ? nullptr : &found->second.request;
}

bool service_recovery::others_clear(std::uint16_t program_number) const {
    return std::ranges::any_of(services_, [&](const auto& item) {
        return item.first != program_number && item.second.clear_since != never;
    });
}

time_point service_recovery::others_settled_at(std::uint16_t program_number) const {
    auto latest = time_point::min();
    for (const auto& [other, s] : services_)
        if (other != program_number && stuck(s) && !s.request.refused && !s.ended && s.taken == 0)
            latest = std::max(latest, base(s) + wait(s));
    return latest;
}

time_point service_recovery::due(std::uint16_t program_number, const service& s) const {
    const auto own = base(s) + wait(s);
    return s.rung < recovery_steps.size() && disturbs(recovery_steps[s.rung])
               ? std::max(own, others_settled_at(program_number))
               : own;
}

recovery_hold service_recovery::hold_of(std::uint16_t program_number, const service& s,
                                        time_point now) const {
    if (s.request.refused)
        return recovery_hold::refused;
    if (s.ecm_at == never || now - s.ecm_at >= settings_.ecm_patience)
        return recovery_hold::ecm;
    if (menu_ && s.rung > index(recovery_step::add_again))
        return recovery_hold::menu;
    if (s.rung < recovery_steps.size() && disturbs(recovery_steps[s.rung]) &&
        others_clear(program_number))
        return recovery_hold::running_services;
    return recovery_hold::none;
}

/// One restart of the module is one for all its services, and there are only so many.
bool service_recovery::left_out(const service& s, recovery_step step, time_point now) {
    if (!restarts_module(step))
        return false;
    if (made_at_[index(step)] >= s.began_at)
        return true;
    auto& budget = step == recovery_step::reconnect ? reconnects_ : resets_;
    budget.left_out(now);
    return !budget.pass(now);
}

recovery_order service_recovery::take(std::uint16_t program_number, service& s, recovery_step step,
                                      time_point now) {
    const auto scrambled_for = now - std::max(s.scrambled_since, s.asked_at);
    auto& count = s.status.steps[index(step)];
    ++count.times;
    count.latest = now;
    count.scrambled_for = scrambled_for;
    s.status.latest = step;
    s.status.reset_refused = false;
    s.stepped_at = made_at_[index(step)] = now;
    return {recovery_order::kind::take, program_number, step, scrambled_for, s.was_clear};
}

std::optional<recovery_order> service_recovery::climb(std::uint16_t program_number, service& s,
                                                      time_point now) {
    if (!stuck(s)) {
        s.status.hold = recovery_hold::none;
        s.status.state = s.taken > 0 && s.clear_since == never && s.request.at == never
                             ? recovery_state::trying
                             : recovery_state::none;
        return std::nullopt;
    }
    // what ended may have been all that stood in its way
    if (s.status.hold == recovery_hold::running_services && !others_clear(program_number)) {
        s.status.hold = recovery_hold::none;
        restart(s, now);
        return std::nullopt;
    }
    s.status.hold = recovery_hold::none;
    const bool suspicious = now >= base(s) + settings_.suspect_after;
    s.status.state = s.ended       ? recovery_state::given_up
                     : s.taken > 0 ? recovery_state::trying
                     : suspicious  ? recovery_state::suspect
                                   : recovery_state::none;
    if (s.ended) {
        s.status.hold = now < s.retry_at ? recovery_hold::none : hold_of(program_number, s, now);
        if (now < s.retry_at || s.status.hold != recovery_hold::none)
            return std::nullopt;
        s.retry_at = ++s.retries < settings_.retries ? now + s.pauses.next() : never;
        return take(program_number, s, recovery_step::resend, now);
    }
    if (s.trial && (s.taken == 0 || now >= base(s) + wait(s))) {
        const auto tried_at = s.status.steps[index(*s.trial)].latest;
        const bool in_the_way = menu_ || (menu_gone_at_ != never && menu_gone_at_ >= tried_at);
        const recovery_order drop{.what = recovery_order::kind::drop,
                                  .program_number = program_number,
                                  .step = *s.trial,
                                  .not_judged = in_the_way};
        s.trial.reset();
        return drop;
    }
    while (now >= due(program_number, s)) {
        s.status.hold = hold_of(program_number, s, now);
        if (s.status.hold != recovery_hold::none) {
            s.status.state = recovery_state::held;
            return std::nullopt;
        }
        if (s.began_at == never)
            s.began_at = std::max(s.scrambled_since, s.asked_at);
        if (s.rung == recovery_steps.size()) {
            s.ended = true;
            s.retry_at = settings_.retries > 0 ? now + s.pauses.next() : never;
            s.status.state = recovery_state::given_up;
            return recovery_order{recovery_order::kind::give_up, program_number,
                                  s.status.latest.value_or(recovery_step::resend), now - s.began_at,
                                  s.was_clear};
        }
        const auto step = recovery_steps[s.rung++];
        if (left_out(s, step, now))
            continue;
        if (s.taken++ == 0 && patience_ == patience::tested)
            patience_ = patience::useless;
        if (!restarts_module(step) && step > recovery_step::add_again)
            s.trial = step;
        s.status.state = recovery_state::trying;
        return take(program_number, s, step, now);
    }
    return std::nullopt;
}

/// Only of a service that became clear by itself: how long this module takes.
void service_recovery::learn_from(const service& s) {
    if (s.was_clear || s.asked_at == never || s.clear_since < s.asked_at)
        return;
    const auto took = s.clear_since - s.asked_at;
    if (took > longest_clear_time)
        return;
    if (s.taken == 0) {
        usual_clear_time_ = std::max(usual_clear_time_, took);
        patience_ = patience_ == patience::tested ? patience::untested : patience_;
    } else if (s.taken == 1 && patience_ == patience::untested) {
        // perhaps it would have become clear without that step as well
        tested_clear_time_ = took;
        patience_ = patience::tested;
    }
}

std::optional<recovery_order> service_recovery::judge_clear(std::uint16_t program_number,
                                                            service& s, time_point now) {
    if (s.clear_since == never || now < s.clear_since + steady || s.request.at == never)
        return std::nullopt;
    const bool by_menu = cleared_by_menu(s);
    if (menu_gone_at_ == never || menu_gone_at_ < s.asked_at)
        learn_from(s);
    recovery_order worked{recovery_order::kind::worked, program_number,
                          s.status.latest.value_or(recovery_step::resend),
                          s.began_at != never ? s.clear_since - s.began_at : duration{0},
                          s.was_clear};
    const bool by_step = s.taken > 0 && !by_menu &&
                         s.clear_since <= std::max(s.stepped_at, s.asked_at) + 2 * wait(s);
    s.was_clear = true;
    if (s.taken > 0)
        restart(s, now);
    if (by_menu && std::exchange(s.told_menu, menu_gone_at_) != menu_gone_at_) {
        s.status.helped.reset();
        s.status.menu_helped = true;
        worked.what = recovery_order::kind::menu_helped;
        return worked;
    }
    if (!by_step)
        return std::nullopt;
    s.trial.reset();
    s.status.helped = worked.step;
    s.status.menu_helped = false;
    return worked;
}

std::optional<recovery_order> service_recovery::next(time_point now) {
    if (!settings_.enabled)
        return std::nullopt;
    for (auto& [program_number, s] : services_) {
        if (const auto order = judge_clear(program_number, s, now))
            return order;
        if (const auto order = climb(program_number, s, now))
            return order;
    }
    return std::nullopt;
}

time_point service_recovery::deadline() const {
    auto earliest = never;
    if (!settings_.enabled)
        return earliest;
    for (const auto& [program_number, s] : services_) {
        if (s.clear_since != never && s.request.at != never && (s.taken > 0 || !s.was_clear))
            earliest = std::min(earliest, s.clear_since + steady);
        if (!stuck(s))
            continue;
        if (s.status.state == recovery_state::none)
            earliest = std::min(earliest, base(s) + settings_.suspect_after);
        if (s.status.hold != recovery_hold::none)
            continue; // see() ends it
        earliest = std::min(earliest, s.ended ? s.retry_at : due(program_number, s));
    }
    return earliest;
}

const recovery_status* service_recovery::status(std::uint16_t program_number) const {
    const auto found = services_.find(program_number);
    return found == services_.end() ? nullptr : &found->second.status;
}

} // namespace cihost::policy
