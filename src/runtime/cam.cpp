// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/cam.hpp"

#include "base/cursor.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <type_traits>
#include <utility>
#include <variant>

namespace cihost::runtime {

using clock = std::chrono::steady_clock;
using policy::slot_action;

namespace {

const char* describe(en50221::disconnected::why reason) {
    using why = en50221::disconnected::why;
    switch (reason) {
    case why::create_failed:
        return "it did not answer to the offer of a connection";
    case why::silent:
        return "it stopped answering";
    case why::deleted_by_module:
        return "it ended the connection";
    case why::write_failed:
        return "the device did not take what was written to it";
    case why::stopped:
        return "it was ended in order";
    }
    return "";
}

std::string resource(en50221::resource_id id) {
    const std::string name = en50221::resource_name(id);
    if (!name.empty())
        return name;
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "resource %08X", id.value);
    return text.data();
}

} // namespace

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
    , slot_{settings} {}

void cam::log(severity level, std::string message) const {
    hooks_.log({level, "cam", "Slot " + std::to_string(number_) + ": " + std::move(message)});
}

void cam::attach(std::shared_ptr<device::ca_device> device) {
    device_ = std::move(device);
    ++device_generation_;
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
        slot_.abandon(now);
        lose(now);
    }
    supervisor_.closed();
    run();
}

void cam::lose(time_point now) {
    ++conversation_;
    plan_.module_lost(now);
    application_.reset();
    initialised_ = false;
    hooks_.ca_systems_changed();
}

void cam::received(bytes_view block) {
    // bytes of an earlier opener may come first
    if (!supervisor_.talking())
        return;
    ++tpdus_received_;
    answered_ = true;
    trace_.tpdu(number_, en50221::direction::module_to_host, block);
    slot_.receive(block, clock::now());
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
    slot_.set_time(utc, local_offset, clock::now());
    run();
}

void cam::run() {
    // hooks and events come back here
    if (std::exchange(running_, true))
        return;
    const auto now = clock::now();
    slot_.tick(now);
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
        while (auto tpdu = slot_.next_write()) {
            write(std::move(*tpdu), now);
            more = true;
        }
        while (const auto event = slot_.next_event()) {
            act(*event);
            more = true;
        }
        while (const auto out = plan_.next(now)) {
            slot_.send_ca_pmt(out->value, out->session_nb, now);
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
    const bool early_fetch = !slot_.early_fetch_given_up();
    if (!early_fetch && early_fetch_)
        log(severity::warning, "the module does not bear that its answers are fetched early: it is "
                               "not done any more.");
    early_fetch_ = early_fetch;
    running_ = false;
    wait();
}

void cam::wait() {
    timer_.set(std::min({slot_.deadline(), plan_.deadline(), supervisor_.deadline(),
                         violations_.deadline(), comings_.deadline()}));
}

void cam::write(bytes tpdu, time_point now) {
    trace_.tpdu(number_, en50221::direction::host_to_module, tpdu);
    ++tpdus_sent_;
    answered_ = false;
    const auto program = ca_pmt_program(tpdu);
    tpdu.insert(tpdu.begin(), static_cast<std::uint8_t>(number_));
    const auto done = [this, talk = conversation_](error_code error) {
        if (talk != conversation_)
            return;
        if (!error) {
            slot_.write_done(clock::now());
            return wait();
        }
        log(severity::warning, "a write failed: " + error.message() + ".");
        slot_.write_failed(clock::now());
        run();
    };
    if (!device_ || !thread_.write(device_, std::move(tpdu), done))
        slot_.write_failed(now);
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
        slot_.abandon(now);
        lose(now);
        break;
    case slot_action::give_up:
        log(severity::warning, "the module answers, but does not tell its CA systems; the "
                               "conversation is begun anew.");
        slot_.module_failed();
        slot_.abandon(now);
        lose(now);
        break;
    }
}

void cam::start(time_point now) {
    ++conversation_;
    if (std::exchange(left_, false))
        slot_.module_changed();
    hooks_.time_needed();
    slot_.start(now);
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
                supervisor_.status_failed(clock::now());
                if (status.error() == boost::system::errc::no_such_device)
                    return hooks_.device_gone();
            }
            run();
        });
    if (!asked)
        supervisor_.status_failed(clock::now());
}

void cam::status_came(const device::slot_status& status) {
    const bool was_present = supervisor_.present();
    if (supervisor_.talking() && status.present && !status.ready)
        slot_.module_failed();
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

void cam::act(const en50221::event& what) {
    const auto now = clock::now();
    std::visit(
        [&](const auto& e) {
            using type = std::decay_t<decltype(e)>;
            if constexpr (std::is_same_v<type, en50221::connected>) {
                log(severity::debug, "the connection to the module is up.");
            } else if constexpr (std::is_same_v<type, en50221::session_opened>) {
                log(severity::debug, "the module opened " + resource(e.resource) + ".");
                if (e.resource.same_resource(en50221::ca_support_v1))
                    plan_.ca_session_opened(e.session_nb, now);
            } else if constexpr (std::is_same_v<type, en50221::session_closed>) {
                log(severity::debug, "the session for " + resource(e.resource) + " was closed.");
                if (e.resource.same_resource(en50221::ca_support_v1)) {
                    plan_.ca_session_closed(e.session_nb, now);
                    hooks_.ca_systems_changed();
                }
            } else if constexpr (std::is_same_v<type, en50221::session_refused>) {
                log(severity::info,
                    "the module asked for " + resource(e.resource) + ", which is not offered.");
            } else if constexpr (std::is_same_v<type, en50221::application_info_received>) {
                if (!application_)
                    log(severity::info, "the module is \"" + e.info.menu_string + "\".");
                application_ = e.info;
            } else if constexpr (std::is_same_v<type, en50221::ca_info_received>) {
                if (supervisor_.ready_at() != never && !initialised_)
                    ready_to_ca_info_ = now - supervisor_.ready_at();
                initialised_ = true;
                supervisor_.initialised(now);
                plan_.ca_info_received(e.session_nb, e.ca_system_ids, now);
                hooks_.ca_systems_changed();
            } else if constexpr (std::is_same_v<type, en50221::ca_pmt_reply_received>) {
                plan_.ca_pmt_reply_received(e.reply, now);
            } else if constexpr (std::is_same_v<type, en50221::suspect>) {
                log(severity::warning, "the module owes an answer.");
                supervisor_.suspect();
            } else if constexpr (std::is_same_v<type, en50221::responsive>) {
                log(severity::info, "the module answers again.");
                supervisor_.responsive();
            } else if constexpr (std::is_same_v<type, en50221::disconnected>) {
                log(e.reason == en50221::disconnected::why::stopped ? severity::info
                                                                    : severity::warning,
                    std::string{"the conversation with the module is over: "} + describe(e.reason) +
                        ".");
                lose(now);
                supervisor_.disconnected(e.reason, now);
            } else if constexpr (std::is_same_v<type, en50221::violation>) {
                if (violations_.pass(now, 1 + e.more))
                    log(severity::warning,
                        e.what + (e.more > 0 ? " It sent " + std::to_string(e.more) +
                                                   " more such objects with it."
                                             : ""));
            }
        },
        what);
}

cam_report cam::report() const {
    cam_report r;
    r.slot = number_;
    r.state = name(supervisor_.state());
    r.application = application_;
    r.ca_system_ids = plan_.ca_system_ids().value_or(std::vector<std::uint16_t>{});
    if (ready_to_ca_info_)
        r.ready_to_ca_info = std::chrono::duration<double>(*ready_to_ca_info_).count();
    r.tpdus_sent = tpdus_sent_;
    r.tpdus_received = tpdus_received_;
    r.restarts = supervisor_.restarts();
    return r;
}

bool cam::begin_farewell() {
    // a job that took long was a module that hangs: it would not hear us
    constexpr auto hung = std::chrono::milliseconds{250};
    const auto before = clock::now();
    thread_.stop();
    const auto now = clock::now();
    if (!device_ || !slot_.active() || now - before > hung)
        return false;
    farewell_ = true;
    for (const auto program : std::set{plan_.wanted()})
        plan_.unwant(program, now);
    return true;
}

bool cam::farewell_step() {
    const auto now = clock::now();
    const auto flush = [&] {
        while (auto tpdu = slot_.next_write()) {
            trace_.tpdu(number_, en50221::direction::host_to_module, *tpdu);
            tpdu->insert(tpdu->begin(), static_cast<std::uint8_t>(number_));
            answered_ = false;
            if (device_->write(*tpdu))
                return false;
        }
        return true;
    };
    slot_.tick(now);
    while (const auto out = plan_.next(now))
        slot_.send_ca_pmt(out->value, out->session_nb, now);
    if (!flush())
        return false;
    if (answered_ && !std::exchange(leaving_, true))
        slot_.stop(now);
    return flush() && slot_.active();
}

} // namespace cihost::runtime
