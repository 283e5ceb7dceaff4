// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/cam.hpp"

#include <utility>
#include <variant>

namespace cihost::runtime {

using clock = std::chrono::steady_clock;

cam::cam(control_queue& control, trace_recorder& trace, unsigned number,
         const policy::cam_profile& profile, cam_hooks hooks)
    : trace_{trace}
    , number_{number}
    , hooks_{std::move(hooks)}
    , thread_{control}
    , timer_{control.context(), [this] { run(); }}
    , host_{profile} {}

void cam::log(severity level, std::string message) const {
    hooks_.log({level, "cam", "Slot " + std::to_string(number_) + ": " + std::move(message)});
}

void cam::attach(std::shared_ptr<device::ca_device> device) {
    device_ = std::move(device);
    ++device_generation_;
    host_.device_opened(device_->interface(), clock::now());
    obey();
}

void cam::detach() {
    if (!device_)
        return;
    ++device_generation_;
    thread_.release(std::exchange(device_, nullptr));
    host_.device_closed(clock::now());
    status_error_ = {};
    problem_.clear();
    obey();
}

void cam::received(bytes_view block) {
    // bytes of an earlier opener may come first
    if (!host_.talking())
        return;
    trace_.tpdu(number_, en50221::direction::module_to_host, host_.traced(block));
    host_.received(block, clock::now());
    obey();
}

bool cam::reset_device(std::function<void(error_code)> done) {
    return thread_.reset(device_, std::move(done));
}

void cam::reset_refused() {
    host_.reset_refused(clock::now());
    obey();
}

void cam::look_at(time_point when) {
    host_.look_at(when);
    timer_.set(host_.deadline());
}

void cam::was_reset() {
    host_.reset_done(clock::now());
    obey();
}

void cam::set_time(std::chrono::sys_seconds utc, std::chrono::minutes local_offset) {
    host_.set_time(utc, local_offset, clock::now());
    obey();
}

error_code cam::enter_menu() {
    const auto error = host_.enter_menu(clock::now());
    obey();
    return error;
}

error_code cam::answer_menu(std::uint64_t id, const policy::menu_answer& answer) {
    const auto error = host_.answer_menu(id, answer, clock::now());
    obey();
    return error;
}

error_code cam::close_menu() {
    const auto error = host_.close_menu(clock::now());
    obey();
    return error;
}

void cam::ask_release() {
    host_.ask_release(clock::now());
    obey();
}

void cam::reply_to_tune(std::uint16_t session_nb, en50221::tune_status status) {
    host_.reply_to_tune(session_nb, status, clock::now());
    obey();
}

void cam::run() {
    host_.tick(clock::now());
    obey();
}

void cam::obey() {
    // hooks come back here
    if (std::exchange(obeying_, true))
        return;
    while (const auto output = host_.next())
        std::visit([this](const auto& what) { act(what); }, *output);
    obeying_ = false;
    timer_.set(host_.deadline());
}

void cam::act(const policy::write_block& order) {
    trace_.tpdu(number_, en50221::direction::host_to_module, host_.traced(order.block));
    bytes block{static_cast<std::uint8_t>(number_)};
    block.insert(block.end(), order.block.begin(), order.block.end());
    const auto done = [this, which = device_generation_,
                       conversation = order.conversation](error_code error) {
        if (which != device_generation_)
            return;
        if (!error) {
            host_.write_done(conversation, clock::now());
        } else {
            explain_write(error);
            host_.write_failed(conversation, clock::now());
        }
        obey();
    };
    if (!device_ || !thread_.write(device_, std::move(block), done))
        host_.write_refused(order.conversation, clock::now());
    else if (order.ca_pmt_program)
        hooks_.ca_pmt_handed(*order.ca_pmt_program, clock::now());
}

void cam::act(const policy::ask_status&) {
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
            obey();
        });
    if (!asked)
        host_.status_failed(clock::now());
}

void cam::act(const policy::reset_device&) { hooks_.reset_wanted(); }
void cam::act(const policy::time_needed&) { hooks_.time_needed(); }
void cam::act(const policy::ca_systems_changed&) { hooks_.ca_systems_changed(); }
void cam::act(const policy::ca_pmt_sent& news) {
    hooks_.ca_pmt_sent(news.program_number, clock::now());
}
void cam::act(const policy::hardware_changed& news) { trace_.event(number_, news.what); }
void cam::act(const policy::module_asks& wish) { hooks_.asked(wish.what); }
void cam::act(const policy::conversation_lost&) { hooks_.lost(); }
void cam::act(const policy::log_line& line) { log(line.level, line.message); }

void cam::status_came(device::slot_status status) {
    if (std::exchange(status_error_, {}))
        log(severity::info, "the device tells again whether there is a module.");
    problem_.clear();
    host_.status_came(status.present, status.ready, clock::now());
}

void cam::status_failed(const error_code& error) {
    host_.status_failed(clock::now());
    if (std::exchange(status_error_, error) == error)
        return;
    hooks_.explain(error, [this, error](const std::string& why) {
        if (status_error_ != error)
            return;
        problem_ = why;
        log(severity::warning, "the device does not tell whether there is a module. " + why);
    });
}

void cam::explain_write(const error_code& error) {
    // high-level drivers know a few objects; the device is well
    if (error == boost::system::errc::not_supported)
        return log(severity::warning, "the driver does not take this kind of message.");
    hooks_.explain(error, [this](const std::string& why) {
        log(severity::warning, "a write failed. " + why);
    });
}

cam_report cam::report() const {
    cam_report r;
    r.slot = number_;
    r.state = name(host_.state());
    r.reason = problem_;
    r.application = host_.application();
    r.menu = host_.menu().current();
    r.menu_request = host_.menu().asked_for();
    r.ca_system_ids = host_.plan().ca_system_ids().value_or(std::vector<std::uint16_t>{});
    if (const auto time = host_.ready_to_ca_info())
        r.ready_to_ca_info = std::chrono::duration<double>(*time).count();
    r.tpdus_sent = host_.tpdus_sent();
    r.tpdus_received = host_.tpdus_received();
    r.restarts = host_.restarts();
    return r;
}

} // namespace cihost::runtime
