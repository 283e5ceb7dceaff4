// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/cam.hpp"

#include "base/cursor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace cihost::runtime {

using clock = std::chrono::steady_clock;
using policy::slot_action;

std::optional<std::uint16_t> ca_pmt_program(bytes_view tpdu) {
    constexpr std::array<std::uint8_t, 3> tag{0x9F, 0x80, 0x32};
    const auto found = std::ranges::search(tpdu, tag);
    if (found.empty())
        return std::nullopt;
    cursor c{tpdu.subspan(static_cast<std::size_t>(found.end() - tpdu.begin()))};
    if (const auto length = c.u8(); length > 0x80)
        c.skip(length & 0x7FU);
    c.skip(1); // ca_pmt_list_management
    const auto program_number = c.u16();
    return c.ok() ? std::optional{program_number} : std::nullopt;
}

cam::cam(control_queue& control, trace_recorder& trace, unsigned number,
         const en50221::slot_settings& settings, cam_hooks hooks)
    : control_{control}
    , trace_{trace}
    , number_{number}
    , hooks_{std::move(hooks)}
    , thread_{control}
    , timer_{control.context(), [this] { run(); }}
    , settings_{settings}
    , talk_{make_conversation(device::ca_interface::link, settings)} {}

void cam::log(severity level, std::string message) const {
    hooks_.log({level, "cam", "Slot " + std::to_string(number_) + ": " + std::move(message)});
}

void cam::attach(std::shared_ptr<device::ca_device> device) {
    device_ = std::move(device);
    ++device_generation_;
    if (talk_->interface() != device_->interface())
        talk_ = make_conversation(device_->interface(), settings_);
    if (talk_->interface() == device::ca_interface::high_level)
        log(severity::info,
            "the driver holds the conversation with the module; its TPDUs in traces "
            "are made up from the messages that it passes on.");
    supervisor_.opened(clock::now());
    run();
}

void cam::detach() {
    if (!device_)
        return;
    const auto now = clock::now();
    ++device_generation_;
    thread_.release(std::exchange(device_, nullptr));
    if (supervisor_.talking()) {
        talk_->abandon(now);
        lose(now);
    }
    supervisor_.closed();
    status_error_ = {};
    problem_.clear();
    run();
}

void cam::lose(time_point now) {
    ++conversation_;
    plan_.module_lost(now);
    too_large_.clear();
    application_.reset();
    menu_.clear();
    initialised_ = false;
    hooks_.ca_systems_changed();
}

void cam::received(bytes_view block) {
    // bytes of an earlier opener may come first
    if (!supervisor_.talking())
        return;
    ++tpdus_received_;
    answered_ = true;
    trace_.tpdu(number_, en50221::direction::module_to_host, talk_->traced(block));
    talk_->receive(block, clock::now());
    if (!farewell_)
        run();
}

bool cam::reset_device(std::function<void(error_code)> done) {
    return thread_.reset(device_, std::move(done));
}

void cam::reset_refused() {
    supervisor_.reset_refused(clock::now());
    run();
}

void cam::look_at(time_point when) {
    supervisor_.look_at(when);
    wait();
}

void cam::was_reset() {
    trace_.event(number_, en50221::hardware_event::reset);
    supervisor_.reset_done(clock::now());
    run();
}

void cam::set_time(std::chrono::sys_seconds utc, std::chrono::minutes local_offset) {
    talk_->set_time(utc, local_offset, clock::now());
    run();
}

void cam::run() {
    // hooks and events come back here
    if (std::exchange(running_, true))
        return;
    const auto now = clock::now();
    talk_->tick(now);
    plan_.tick(now);
    if (const auto count = violations_.left_out(now); count > 0)
        log(severity::warning, "the module broke the protocol " + std::to_string(count) +
                                   " more times in the last minute.");
    if (const auto count = comings_.left_out(now); count > 0)
        log(severity::warning, "a module came and went again: " + std::to_string(count) +
                                   " more changes in the last minute.");
    bool more = true;
    while (more) {
        more = false;
        // writes first: the last of a conversation come before the event that ends it
        while (auto tpdu = talk_->next_write()) {
            write(std::move(*tpdu), now);
            more = true;
        }
        while (const auto event = talk_->next_event()) {
            act(*event);
            more = true;
        }
        while (const auto out = plan_.next(now)) {
            too_large_.erase(out->value.program_number);
            talk_->send_ca_pmt(out->value, out->session_nb, now);
            hooks_.ca_pmt_sent(out->value.program_number, now);
            more = true;
        }
        while (const auto action = supervisor_.next(now)) {
            carry_out(*action, now);
            more = true;
        }
    }
    const bool unfiltered = plan_.unfiltered();
    if (unfiltered && !unfiltered_)
        log(severity::info, "the module has told no CA systems: every CA descriptor is "
                            "passed to it.");
    unfiltered_ = unfiltered;
    const bool no_ca_support = supervisor_.state() == policy::slot_state::no_ca_support;
    if (no_ca_support && !no_ca_support_)
        log(severity::error, "the module answers, but does not offer CA Support: it cannot be "
                             "asked to descramble anything.");
    no_ca_support_ = no_ca_support;
    const bool early_fetch = !talk_->early_fetch_given_up();
    if (!early_fetch && early_fetch_)
        log(severity::warning, "the module does not bear that its answers are fetched early: it is "
                               "not done any more.");
    early_fetch_ = early_fetch;
    running_ = false;
    wait();
}

void cam::wait() {
    timer_.set(std::min({talk_->deadline(), plan_.deadline(), supervisor_.deadline(),
                         violations_.deadline(), comings_.deadline()}));
}

void cam::write(bytes tpdu, time_point now) {
    trace_.tpdu(number_, en50221::direction::host_to_module, talk_->traced(tpdu));
    ++tpdus_sent_;
    answered_ = false;
    const auto program = ca_pmt_program(tpdu);
    tpdu.insert(tpdu.begin(), static_cast<std::uint8_t>(number_));
    const auto done = [this, talk = conversation_](error_code error) {
        if (talk != conversation_)
            return;
        if (!error) {
            talk_->write_done(clock::now());
            return run();
        }
        write_failed(error);
        talk_->write_failed(clock::now());
        run();
    };
    if (!device_ || !thread_.write(device_, std::move(tpdu), done))
        talk_->write_refused(now);
    else if (program)
        hooks_.ca_pmt_handed(*program, clock::now());
}

void cam::carry_out(slot_action action, time_point now) {
    switch (action) {
    case slot_action::ask_status:
        ask_status();
        break;
    case slot_action::reset:
        hooks_.reset_wanted();
        break;
    case slot_action::start:
        trace_.event(number_, en50221::hardware_event::ready);
        start(now);
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

void cam::start(time_point now) {
    ++conversation_;
    if (std::exchange(left_, false))
        talk_->module_changed();
    hooks_.time_needed();
    talk_->start(now);
}

void cam::ask_status() {
    const bool asked = thread_.ask_status(
        device_, number_, [this, which = device_generation_](result<device::slot_status> status) {
            if (which != device_generation_)
                return;
            if (status) {
                status_came(*status);
                hooks_.status_told();
            } else {
                status_failed(status.error());
                if (status.error() == boost::system::errc::no_such_device)
                    return hooks_.device_gone();
            }
            run();
        });
    if (!asked)
        supervisor_.status_failed(clock::now());
}

void cam::status_failed(const error_code& error) {
    supervisor_.status_failed(clock::now());
    if (std::exchange(status_error_, error) == error)
        return;
    hooks_.explain(error, [this, error](const std::string& why) {
        if (status_error_ != error)
            return;
        problem_ = why;
        log(severity::warning, "the device does not tell whether there is a module. " + why);
    });
}

void cam::write_failed(const error_code& error) {
    // high-level drivers know a few objects; the device is well
    if (error == boost::system::errc::not_supported)
        return log(severity::warning, "the driver does not take this kind of message.");
    hooks_.explain(error, [this](const std::string& why) {
        log(severity::warning, "a write failed. " + why);
    });
}

error_code cam::enter_menu() {
    const auto error = [](int value) {
        return error_code{value, boost::system::generic_category()};
    };
    if (device_ && talk_->interface() != device::ca_interface::high_level)
        return error(ENOTSUP);
    if (!supervisor_.talking() || !talk_->enter_menu(clock::now()))
        return error(EAGAIN);
    run();
    return {};
}

void cam::status_came(device::slot_status status) {
    if (std::exchange(status_error_, {}))
        log(severity::info, "the device tells again whether there is a module.");
    problem_.clear();
    const bool was_present = supervisor_.present();
    if (supervisor_.talking() && status.present && !status.ready)
        talk_->module_failed();
    supervisor_.status(status.present, status.ready, clock::now());
    if (status.present == was_present)
        return;
    trace_.event(number_, status.present ? en50221::hardware_event::module_in
                                         : en50221::hardware_event::module_out);
    left_ = left_ || !status.present;
    if (!comings_.pass(clock::now()))
        return;
    if (status.present)
        log(severity::info, "a module is in the slot.");
    else
        log(severity::warning, "the module was taken out.");
}

cam_report cam::report() const {
    cam_report r;
    r.slot = number_;
    r.state = name(supervisor_.state());
    r.reason = problem_;
    r.application = application_;
    r.menu = menu_.shown();
    r.ca_system_ids = plan_.ca_system_ids().value_or(std::vector<std::uint16_t>{});
    if (ready_to_ca_info_)
        r.ready_to_ca_info = std::chrono::duration<double>(*ready_to_ca_info_).count();
    r.tpdus_sent = tpdus_sent_;
    r.tpdus_received = tpdus_received_;
    r.restarts = supervisor_.restarts();
    return r;
}

} // namespace cihost::runtime
