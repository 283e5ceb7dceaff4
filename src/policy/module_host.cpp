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

module_host::module_host(const cam_profile& profile)
    : profile_{profile}
    , talk_{en50221::make_conversation(ca_interface::link, profile.slot)}
    , supervisor_{profile.supervision}
    , plan_{profile.ca_pmt}
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
        talk_ = en50221::make_conversation(interface, profile_.slot);
    if (interface == ca_interface::high_level)
        log(severity::info,
            "the driver holds the conversation with the module; its TPDUs in traces "
            "are made up from the messages that it passes on.");
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
    supervisor_.reset_refused(now);
    run(now);
}

void module_host::received(bytes_view block, time_point now) {
    // bytes of an earlier opener may come first
    if (!supervisor_.talking())
        return;
    ++tpdus_received_;
    answered_ = true;
    talk_->receive(block, now);
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
    talk_->tick(now);
    plan_.tick(now);
    close_unasked_menu(now);
    bool more = true;
    while (more) {
        more = false;
        // writes first: the last of a conversation come before the event that ends it
        queue_writes();
        while (const auto event = talk_->next_event()) {
            act(*event, now);
            more = true;
        }
        while (const auto out = plan_.next(now)) {
            too_large_.erase(out->value.program_number);
            talk_->send_ca_pmt(out->value, out->session_nb, now);
            outputs_.emplace_back(ca_pmt_sent{out->value.program_number});
            more = true;
        }
        while (const auto action = supervisor_.next(now)) {
            carry_out(*action, now);
            more = true;
        }
    }
    remark(now);
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
                     menu_.deadline(), violations_.deadline(), comings_.deadline()});
}

void module_host::queue_writes() {
    while (auto block = talk_->next_write()) {
        ++tpdus_sent_;
        // a high-level driver gives no answer to a CA_PMT
        answered_ = talk_->interface() == ca_interface::high_level;
        const auto program = ca_pmt_program(*block);
        outputs_.emplace_back(write_block{std::move(*block), conversation_, program});
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
        break;
    case slot_action::give_up:
        log(severity::warning, "the module answers, but does not tell its CA systems; the "
                               "conversation is begun anew.");
        talk_->module_failed();
        talk_->abandon(now);
        lose(now);
        break;
    }
}

void module_host::prepare_start(time_point now) {
    ++conversation_;
    if (std::exchange(left_, false))
        talk_->module_changed();
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
    menu_.clear();
    initialised_ = false;
    outputs_.emplace_back(conversation_lost{});
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
    queue_writes();
    if (answered_ && !std::exchange(leaving_, true)) {
        talk_->stop(now);
        queue_writes();
    }
}

} // namespace cihost::policy
