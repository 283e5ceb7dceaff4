// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/module_host.hpp"

#include "base/cursor.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cihost::policy {

using en50221::ca_interface;

std::optional<std::uint16_t> ca_pmt_program(bytes_view tpdu) {
    constexpr std::array<std::uint8_t, 3> tag{0x9F, 0x80, 0x32};
    const auto found = std::search(tpdu.begin(), tpdu.end(), tag.begin(), tag.end());
    if (found == tpdu.end())
        return std::nullopt;
    cursor c{tpdu.subspan(static_cast<std::size_t>(found - tpdu.begin()) + tag.size())};
    if (const auto length = c.u8(); length > 0x80)
        c.skip(length & 0x7FU);
    c.skip(1); // ca_pmt_list_management
    const auto program_number = c.u16();
    return c.ok() ? std::optional{program_number} : std::nullopt;
}

/// [tcid], and an empty Data_Last of the same connection (EN 50221 §A.4.1.7).
bool is_poll(bytes_view block) {
    constexpr std::uint8_t data_last = 0xA0;
    return block.size() == 4 && block[1] == data_last && block[2] == 1;
}

module_host::module_host(const cam_profile& profile, profile_choice choose)
    : profile_{profile}
    , choose_{std::move(choose)}
    , talk_{en50221::make_conversation(ca_interface::link, profile.slot)}
    , supervisor_{supervision(profile, false)}
    , plan_{profile.ca_pmt}
    , recovery_{profile.recovery}
    , known_{profile.ca_pmt}
    , menu_{profile.close_unasked_menu_after} {}

void module_host::log(severity level, std::string message) {
    outputs_.emplace_back(log_line{level, std::move(message)});
}

std::optional<host_output> module_host::next() {
    if (outputs_.empty())
        return std::nullopt;
    auto first = std::move(outputs_.front());
    outputs_.pop_front();
    return first;
}

void module_host::device_opened(ca_interface interface, time_point now) {
    if (talk_->interface() != interface)
        talk_ = en50221::make_conversation(interface, pace());
    if (interface == ca_interface::high_level)
        log(severity::info,
            "the driver holds the conversation with the module; its TPDUs in traces "
            "are made up from the messages that it passes on.");
    // how long READY may take matters before any conversation
    choose_profile(std::nullopt, now);
    supervisor_.opened(now);
    run(now);
}

void module_host::device_closed(time_point now) {
    if (supervisor_.talking()) {
        talk_->abandon(now);
        lose(now);
    }
    supervisor_.closed();
    run(now);
}

void module_host::status_came(bool present, bool ready, time_point now) {
    const bool was_present = supervisor_.present();
    if (supervisor_.talking() && present && !ready)
        talk_->module_failed();
    supervisor_.status(present, ready, now);
    if (present != was_present) {
        outputs_.emplace_back(hardware_changed{present ? en50221::hardware_event::module_in
                                                       : en50221::hardware_event::module_out});
        left_ = left_ || !present;
        if (comings_.pass(now))
            log(present ? severity::info : severity::warning,
                present ? "a module is in the slot." : "the module was taken out.");
    }
    run(now);
}

void module_host::status_failed(time_point now) {
    supervisor_.status_failed(now);
    run(now);
}

void module_host::reset_done(time_point now) {
    outputs_.emplace_back(hardware_changed{en50221::hardware_event::reset});
    supervisor_.reset_done(now);
    run(now);
}

void module_host::reset_refused(time_point now) {
    if (recovering_)
        recovery_.reset_refused();
    supervisor_.reset_refused(now);
    run(now);
}

void module_host::received(bytes_view block, time_point now) {
    // bytes of an earlier opener may come first
    if (!supervisor_.talking())
        return;
    ++tpdus_received_;
    supervisor_.heard(now);
    if (!std::exchange(answered_, true) && asked_at_ != never)
        slowest_answer_ = std::max(slowest_answer_, now - asked_at_);
    talk_->take(block, now);
    run(now);
}

void module_host::write_done(unsigned conversation, time_point now) {
    if (conversation != conversation_)
        return;
    talk_->write_done(now);
    run(now);
}

void module_host::write_failed(unsigned conversation, time_point now) {
    if (conversation != conversation_)
        return;
    talk_->write_failed(now);
    run(now);
}

void module_host::write_refused(unsigned conversation, time_point now) {
    if (conversation != conversation_)
        return;
    talk_->write_refused(now);
    run(now);
}

void module_host::set_time(std::chrono::sys_seconds utc, std::chrono::minutes local_offset,
                           time_point now) {
    talk_->set_time(utc, local_offset, now);
    if (start_due_ != never)
        start(now);
    run(now);
}

void module_host::ask_release(time_point now) {
    talk_->ask_release(now);
    run(now);
}

void module_host::reply_to_tune(std::uint16_t session_nb, en50221::tune_status status,
                                time_point now) {
    talk_->reply_to_tune(session_nb, status, now);
    run(now);
}

void module_host::tick(time_point now) {
    if (now >= start_due_)
        start(now);
    run(now);
}

void module_host::run(time_point now) {
    if (farewell_)
        return say_farewell(now);
    plan_.tick(now);
    if (const bool resting = plan_.wanted().empty(); std::exchange(resting_, resting) != resting)
        talk_->adjust(pace(), now);
    close_unasked_menu(now);
    settle(now);
    // behind what the events brought about: that goes out before the module is asked for more
    talk_->tick(now);
    settle(now);
    remark(now);
}

void module_host::settle(time_point now) {
    bool more = true;
    while (more) {
        more = false;
        // writes first: the last of a conversation come before the event that ends it
        queue_writes(now);
        while (const auto event = talk_->next_event()) {
            act(*event, now);
            more = true;
        }
        while (const auto out = plan_.next(now)) {
            too_large_.erase(out->value.program_number);
            talk_->send_ca_pmt(out->value, out->session_nb, now);
            disturbances_.told(out->value, now);
            outputs_.emplace_back(ca_pmt_sent{out->value.program_number});
            more = true;
        }
        while (const auto action = supervisor_.next(now)) {
            carry_out(*action, now);
            more = true;
        }
        while (const auto order = next_recovery(now)) {
            carry_out(*order, now);
            more = true;
        }
    }
}

void module_host::remark(time_point now) {
    if (const auto count = violations_.left_out(now); count > 0)
        log(severity::warning, "the module broke the protocol " + std::to_string(count) +
                                   " more times in the last minute.");
    if (const auto count = comings_.left_out(now); count > 0)
        log(severity::warning, "a module came and went again: " + std::to_string(count) +
                                   " more changes in the last minute.");
    const bool unfiltered = plan_.unfiltered();
    if (unfiltered && !unfiltered_)
        log(severity::info, "the module has told no CA systems: every CA descriptor is "
                            "passed to it.");
    unfiltered_ = unfiltered;
    const bool no_ca_support = supervisor_.state() == slot_state::no_ca_support;
    if (no_ca_support && !no_ca_support_)
        log(severity::error, "the module answers, but does not offer CA Support: it cannot be "
                             "asked to descramble anything.");
    no_ca_support_ = no_ca_support;
    const bool failed = supervisor_.state() == slot_state::failed;
    if (failed && !failed_)
        log(severity::error, "the module does not come to a conversation, neither by fresh "
                             "connections nor by resets: it is left alone until it is taken out, "
                             "or somebody asks for a service again.");
    failed_ = failed;
    remark_holds();
    const bool early_fetch = !talk_->early_fetch_given_up();
    if (!early_fetch && early_fetch_)
        log(severity::warning, "the module does not bear that its answers are fetched early: it is "
                               "not done any more.");
    early_fetch_ = early_fetch;
}

time_point module_host::deadline() const {
    // nothing else is looked after any more
    if (farewell_)
        return std::min(talk_->deadline(), plan_.deadline());
    return std::min({talk_->deadline(), plan_.deadline(), supervisor_.deadline(), start_due_,
                     menu_.deadline(), recovery_.deadline(), disturbances_.deadline(),
                     limit_tried_ ? limit_tried_->until : never, violations_.deadline(),
                     comings_.deadline()});
}

void module_host::queue_writes(time_point now) {
    while (auto block = talk_->next_write()) {
        ++tpdus_sent_;
        if (answered_)
            asked_at_ = now;
        // a high-level driver gives no answer to a CA_PMT
        answered_ = talk_->interface() == ca_interface::high_level;
        const auto program = ca_pmt_program(*block);
        const bool quiet = talk_->interface() == ca_interface::link && is_poll(*block) &&
                           !talk_->counts_from_write_done();
        outputs_.emplace_back(write_block{std::move(*block), conversation_, program, quiet});
    }
}

void module_host::carry_out(slot_action action, time_point now) {
    switch (action) {
    case slot_action::ask_status:
        outputs_.emplace_back(ask_status{});
        break;
    case slot_action::reset:
        outputs_.emplace_back(reset_device{});
        break;
    case slot_action::start:
        outputs_.emplace_back(hardware_changed{en50221::hardware_event::ready});
        prepare_start(now);
        break;
    case slot_action::abandon:
        if (supervisor_.present())
            log(severity::warning, "the module is not ready any more.");
        talk_->abandon(now);
        lose(now);
        broke_off_ = "it was not ready any more";
        break;
    case slot_action::give_up:
        log(severity::warning, "the module answers, but does not tell its CA systems; the "
                               "conversation is begun anew.");
        talk_->module_failed();
        talk_->abandon(now);
        lose(now);
        broke_off_ = "it did not tell its CA systems";
        break;
    }
}

void module_host::prepare_start(time_point now) {
    ++conversation_;
    asked_at_ = never;
    slowest_answer_ = duration{};
    if (std::exchange(left_, false)) {
        forget_module(now);
        talk_->module_changed();
        nameless_starts_ = 0;
        broke_off_.clear();
    }
    choose_profile(std::nullopt, now);
    ++nameless_starts_;
    choose_pace();
    start_due_ = now;
    outputs_.emplace_back(time_needed{});
}

void module_host::start(time_point now) {
    start_due_ = never;
    talk_->start(now);
}

void module_host::lose(time_point now) {
    ++conversation_;
    start_due_ = never;
    plan_.module_lost(now);
    too_large_.clear();
    application_.reset();
    ready_to_ca_info_.reset();
    menu_.clear();
    initialised_ = false;
    told_card_ = card_left_ = false;
    disturbances_.reset();
    if (!recovering_) {
        recovery_.begin_anew(now);
        end_trials(now);
    }
    outputs_.emplace_back(conversation_lost{});
    outputs_.emplace_back(ca_systems_changed{});
}

void module_host::choose_profile(std::optional<std::vector<std::uint16_t>> ca_system_ids,
                                 time_point now) {
    if (!choose_)
        return;
    profile_question question;
    if (application_)
        question.who = identity_of(*application_);
    question.ca_system_ids = std::move(ca_system_ids);
    question.nameless_starts = nameless_starts_;
    auto chosen = choose_(question);
    chosen.slot.tcid = profile_.slot.tcid;
    chosen.slot.first_session_nb = profile_.slot.first_session_nb;
    chosen.slot.session_nb_stride = profile_.slot.session_nb_stride;
    chosen.slot.resources.delivery_descriptors = profile_.slot.resources.delivery_descriptors;
    if (chosen.name != profile_.name)
        log(severity::info, (application_ ? "the module is dealt with by profile '"
                                          : "the module is expected to need profile '") +
                                chosen.name + "'.");
    const bool another = chosen.name != profile_.name;
    const auto before = std::exchange(profile_, std::move(chosen)).ca_pmt;
    talk_->adjust(pace(), now);
    supervisor_.use(supervision(profile_, patient_));
    recovery_.use(profile_.recovery);
    if (profile_.ca_pmt != before) {
        // what was found out since holds on
        const auto found =
            another ? profile_.ca_pmt : with_differences(profile_.ca_pmt, before, known_);
        end_trials(now);
        known_ = found;
        plan_.use(known_, false, now);
    }
    menu_.close_unasked_after(profile_.close_unasked_menu_after);
    // the tables that it needs
    outputs_.emplace_back(ca_systems_changed{});
}

bool module_host::take_leave(time_point now) {
    if (gone())
        return false;
    farewell_ = true;
    for (const auto program : std::set{plan_.wanted()})
        plan_.unwant(program, now);
    say_farewell(now);
    return true;
}

void module_host::say_farewell(time_point now) {
    talk_->tick(now);
    plan_.tick(now);
    while (const auto out = plan_.next(now))
        talk_->send_ca_pmt(out->value, out->session_nb, now);
    queue_writes(now);
    if (answered_ && !std::exchange(leaving_, true)) {
        talk_->stop(now);
        queue_writes(now);
    }
}

} // namespace cihost::policy
