// SPDX-License-Identifier: LGPL-2.1-or-later

/// What a module_host does for services that stay scrambled, and for modules that do not bear how
/// they are spoken to.

#include "policy/ca_pmt_strategy.hpp"
#include "policy/module_host.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

namespace cihost::policy {

namespace {

using namespace std::chrono_literals;

/// Conversations in a row that failed at the usual pace: one of them was on a fresh connection, one
/// after a reset.
constexpr unsigned patient_from = 3;
/// As many descrambler channels as the smallest modules have.
constexpr unsigned few_streams = 4;
/// While nothing is wanted only the module's own news wait for a poll: its menus, another card.
/// There are hosts that never ask more often than once a second.
constexpr auto resting_poll = 500ms;
/// The longest that modules are known to take from CA_INFO until they listen, and from one CA_PMT
/// to the next.
constexpr auto slow_settle = 10s;
constexpr auto slow_pace = 3s;

std::string of_service(std::uint16_t program_number) {
    return "service " + std::to_string(program_number);
}

std::string in_seconds(duration length) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f s",
                  std::chrono::duration<double>(length).count());
    return text.data();
}

en50221::slot_settings patiently(en50221::slot_settings s) {
    s.poll_floor = std::max<duration>(s.poll_floor, 300ms);
    s.early_fetch = false;
    s.suspect_after = std::max<duration>(s.suspect_after, 4s);
    s.dead_after = std::max<duration>(s.dead_after, 10s);
    return s;
}

/// An answer that nothing but a viewer or a subscription can change.
bool refuses(const service_status& status) {
    const auto why = status.reply ? en50221::refusal(*status.reply) : std::nullopt;
    return why && *why != en50221::ca_enable::technical_reasons;
}

} // namespace

void module_host::begin_anew(std::uint16_t program_number, time_point now) {
    recovery_.begin_anew(program_number, now);
    supervisor_.begin_anew(now);
    run(now);
}

bool module_host::waits_for_answer() const {
    return menu_waits() && std::ranges::any_of(sights_, [this](const auto& seen) {
               const auto& [program_number, sight] = seen;
               const auto status = plan_.status(program_number);
               return sight.received && sight.scrambled && sight.ecms > 0 && status &&
                      status->phase == service_phase::requested && !refuses(*status) &&
                      !too_large_.contains(program_number);
           });
}

void module_host::forget_module(time_point now) {
    known_ = profile_.ca_pmt;
    plan_.use(known_, false, now);
    list_tried_for_.reset();
    limit_tried_.reset();
    ways_changed_ = 0;
    were_only_.clear();
    card_systems_.reset();
    recovering_ = false;
    patient_ = false;
    host_control_wanted_ = host_control_ = 0;
    talk_->adjust(pace(), now);
    recovery_.begin_anew(now);
}

en50221::slot_settings module_host::pace() const {
    auto settings = patient_ ? patiently(profile_.slot) : profile_.slot;
    if (resting_)
        settings.idle_poll = std::max<duration>(settings.idle_poll, resting_poll);
    auto& host_control = settings.resources.host_control;
    host_control = std::max(host_control, host_control_);
    return settings;
}

slot_supervisor_settings module_host::supervision(const cam_profile& profile, bool patient) {
    auto settings = profile.supervision;
    // without recovery a module gets the profile's time and no other
    if (!profile.recovery.enabled)
        settings.ready_patience_longest = settings.ready_patience;
    if (patient)
        settings.start_up_patience = std::max<duration>(settings.start_up_patience, 5min);
    return settings;
}

void module_host::end_trials(time_point now) {
    if (!list_tried_for_ && !limit_tried_)
        return;
    list_tried_for_.reset();
    limit_tried_.reset();
    plan_.use(known_, false, now);
}

void module_host::choose_pace() {
    if (!profile_.recovery.enabled)
        return;
    const bool patient = patient_ || supervisor_.failures() >= patient_from;
    const auto& offered = profile_.slot.resources.host_control;
    const auto host_control =
        supervisor_.failures() > 0 && host_control_wanted_ > offered && host_control_wanted_ <= 3
            ? host_control_wanted_
            : std::max(offered, host_control_);
    const bool other = patient != patient_ || host_control != std::max(offered, host_control_);
    patient_ = patient;
    host_control_ = host_control > offered ? host_control : 0;
    supervisor_.use(supervision(profile_, patient_));
    if (!other)
        return;
    talk_ = en50221::make_conversation(talk_->interface(), pace());
    if (host_control_ > 0)
        log(severity::warning, "the module waits for Host Control in version " +
                                   std::to_string(host_control_) + ": it is offered.");
    if (patient_)
        log(severity::warning, "the module does not bear the usual pace: it is spoken to more "
                               "slowly.");
}

/// Another list is another card, in this conversation or since the one before. An empty one is
/// none: many modules tell it first, until they have read their card.
void module_host::card_told(time_point now) {
    recovering_ = false;
    auto ids = plan_.ca_system_ids();
    if (!ids || ids->empty()) {
        card_left_ = told_card_;
        return;
    }
    if (card_left_ || (card_systems_ && *ids != *card_systems_))
        recovery_.begin_anew(now);
    card_left_ = false;
    told_card_ = true;
    card_systems_ = std::move(ids);
}

std::optional<recovery_order> module_host::next_recovery(time_point now) {
    const auto& shown = menu_.current();
    recovery_.menu(menu_waits(), shown && shown->answered, now);
    if (!profile_.recovery.enabled)
        return std::nullopt;
    if (sights_.empty()) {
        end_trials(now);
        return std::nullopt;
    }
    for (auto it = sights_.begin(); it != sights_.end();) {
        const auto& [program_number, sight] = *it;
        const auto status = plan_.status(program_number);
        if (!status) {
            recovery_.forget(program_number);
            disturbances_.forget(program_number);
            holds_logged_.erase(program_number);
            it = sights_.erase(it);
            continue;
        }
        const bool asked = status->phase == service_phase::requested && supervisor_.talking();
        recovery_.see(program_number, sight,
                      {.at = asked ? status->requested_at : never,
                       .pmt_at = status->pmt_at,
                       .refused = too_large_.contains(program_number) || refuses(*status)},
                      now);
        ++it;
    }
    see_disturbances(now);
    if (list_tried_for_ && (!plan_.wanted().contains(*list_tried_for_) || holds_back_newcomers())) {
        list_tried_for_.reset();
        plan_.use(known_, false, now);
    }
    return recovery_.next(now);
}

/// The time that a module is given to settle, for the sake of one service that stays scrambled, is
/// not taken from one that was asked for meanwhile: it may well need none.
bool module_host::holds_back_newcomers() const {
    return plan_.settings().settle > known_.settle &&
           std::ranges::any_of(plan_.wanted(), [this](std::uint16_t program_number) {
               const auto status = plan_.status(program_number);
               return status->phase == service_phase::queued && status->wanted_at > slow_start_at_;
           });
}

void module_host::carry_out(const recovery_order& order, time_point now) {
    using kind = recovery_order::kind;
    const auto who = of_service(order.program_number);
    switch (order.what) {
    case kind::take:
        if (take(order, now))
            log(severity::warning,
                who + " has been scrambled for " + in_seconds(order.scrambled_for) +
                    " although its ECMs come; tried now: " + describe(order.step) + ".");
        else
            recovery_.not_applicable(order.program_number);
        break;
    case kind::drop:
        drop(order, now);
        break;
    case kind::worked:
        log(severity::info, who + " is clear; what helped: " + describe(order.step) + ".");
        adopt(order, now);
        break;
    case kind::menu_helped:
        log(severity::info,
            who + " is clear; what helped: the module's menu was answered, or closed.");
        break;
    case kind::give_up:
        plan_.use(known_, false, now);
        log(severity::error,
            who + " stays scrambled: all that a host can do was done in " +
                in_seconds(order.scrambled_for) +
                ". The smart card may not be entitled to it, or the module may be broken.");
        break;
    }
}

bool module_host::ask_otherwise(const recovery_order& order, const ca_pmt_settings& settings,
                                time_point now) {
    if (!plan_.use_content(order.program_number, settings, now)) {
        plan_.use_content(order.program_number, std::nullopt, now);
        return false;
    }
    plan_.tell_again(order.program_number, ca_pmt_change::replace, now);
    return true;
}

bool module_host::take(const recovery_order& order, time_point now) {
    const auto program = order.program_number;
    auto settings = plan_.settings();
    switch (order.step) {
    case recovery_step::resend:
        plan_.tell_again(program, std::nullopt, now);
        return true;
    case recovery_step::add_again:
        if (plan_.begun_by_only(program))
            were_only_.insert(program);
        // where one that is taken off stops others, it is not
        plan_.tell_again(program,
                         settings.withdrawal == ca_pmt_withdrawal::not_selected
                             ? ca_pmt_change::replace
                             : ca_pmt_change::add,
                         now);
        return true;
    case recovery_step::programme_level:
        settings.raise_ca_descriptors = true;
        return ask_otherwise(order, settings, now);
    case recovery_step::few_streams:
        settings.presentation_streams_only = true;
        settings.max_streams = few_streams;
        return ask_otherwise(order, settings, now);
    case recovery_step::whole_list:
        if (settings.listing == ca_pmt_listing::whole_list)
            return false;
        settings.listing = ca_pmt_listing::whole_list;
        settings.change = ca_pmt_change::add;
        settings.withdrawal = ca_pmt_withdrawal::whole_list;
        list_tried_for_ = program;
        plan_.use(settings, true, now);
        return true;
    case recovery_step::one_at_a_time:
        // who came first stays: for that one it is tried
        if (settings.max_services == 1 || sights_.size() < 2 || !plan_.comes_first(program))
            return false;
        settings.max_services = 1;
        list_tried_for_ = program;
        plan_.use(settings, true, now);
        return true;
    case recovery_step::reconnect:
        if (!supervisor_.renew_connection())
            return false;
        recovering_ = true;
        plan_.module_lost(now);
        talk_->stop(now);
        return true;
    case recovery_step::slow_start:
        if (settings.settle >= slow_settle && settings.pace >= slow_pace)
            return false;
        if (!supervisor_.renew_by_reset(now))
            return false;
        recovering_ = true;
        settings.settle = std::max<duration>(settings.settle, slow_settle);
        settings.pace = std::max<duration>(settings.pace, slow_pace);
        list_tried_for_ = program;
        slow_start_at_ = now;
        plan_.use(settings, false, now);
        return true;
    case recovery_step::reset:
        recovering_ = supervisor_.renew_by_reset(now);
        return recovering_;
    }
    return false;
}

void module_host::drop(const recovery_order& order, time_point now) {
    auto tried = plan_.settings();
    if (order.step == recovery_step::programme_level)
        tried.raise_ca_descriptors = true;
    if (order.step == recovery_step::few_streams)
        tried.presentation_streams_only = true;
    // another way to list; what was tried beside it may fail for reasons of the service's own
    if (!order.not_judged && strategy_of(tried) != strategy_of(known_))
        outputs_.emplace_back(strategy_tried{tried, false});
    if (disturbs(order.step)) {
        list_tried_for_.reset();
        plan_.use(known_, false, now);
    } else {
        plan_.use_content(order.program_number, std::nullopt, now);
    }
}

void module_host::adopt(const recovery_order& order, time_point now) {
    const auto program = order.program_number;
    auto found = known_;
    switch (order.step) {
    case recovery_step::resend:
    case recovery_step::reconnect:
    case recovery_step::reset:
        return;
    case recovery_step::add_again:
        if (order.was_clear)
            found.change = found.withdrawal == ca_pmt_withdrawal::not_selected
                               ? ca_pmt_change::replace
                               : ca_pmt_change::add;
        else if (were_only_.contains(program) && found.listing == ca_pmt_listing::only_then_add)
            found.listing = ca_pmt_listing::add;
        else
            return;
        break;
    case recovery_step::programme_level:
        found.raise_ca_descriptors = true;
        break;
    case recovery_step::few_streams:
        found.presentation_streams_only = true;
        found.max_streams = few_streams;
        break;
    case recovery_step::whole_list:
    case recovery_step::one_at_a_time:
    case recovery_step::slow_start:
        found = plan_.settings();
        break;
    }
    // what is clear is not told anything new
    for (const auto other : plan_.wanted())
        if (other != program && recovery_.clear(other))
            plan_.use_content(other, known_, now);
    if (strategy_of(found) != strategy_of(known_))
        outputs_.emplace_back(strategy_tried{known_, false});
    known_ = found;
    list_tried_for_.reset();
    plan_.use(known_, false, now);
    plan_.use_content(program, std::nullopt, now);
    outputs_.emplace_back(strategy_tried{known_, true});
}

void module_host::remark_holds() {
    for (const auto& [program_number, sight] : sights_) {
        const auto* const status = recovery_.status(program_number);
        const auto hold = status != nullptr ? status->hold : recovery_hold::none;
        auto& logged = holds_logged_[program_number];
        if (std::exchange(logged, hold) != hold && hold == recovery_hold::running_services)
            log(severity::info, of_service(program_number) +
                                    " stays scrambled: what is left to try might disturb services "
                                    "that are clear, and waits for their end.");
    }
}

} // namespace cihost::policy
