// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/cam.hpp"

#include "policy/slot_assignment.hpp"

#include <optional>
#include <utility>
#include <variant>

namespace cihost::runtime {

using clock = std::chrono::steady_clock;

namespace {

/// What a state means for those who wait for the module; empty: nothing that the word does not say.
std::string slot_sentence(policy::slot_state state, const std::string& broke_off) {
    using policy::slot_state;
    const auto why = broke_off.empty() ? "" : ": " + broke_off;
    switch (state) {
    case slot_state::empty:
    case slot_state::ready:
        return {};
    case slot_state::present:
    case slot_state::starting:
        return broke_off.empty() ? "" : "The conversation before this one broke off" + why + ".";
    case slot_state::silent:
        return "It owes an answer. If none comes, the conversation is begun anew." +
               (broke_off.empty() ? "" : " The one before broke off" + why + ".");
    case slot_state::restarting:
        return "The conversation broke off" + why + ". It is begun anew.";
    case slot_state::no_ca_support:
        return "It answers, but offers no CA Support: it cannot be asked to descramble anything.";
    case slot_state::failed:
        return "No conversation comes about" + why +
               ". It is left alone until it is taken out, or somebody asks for a service.";
    }
    return {};
}

} // namespace

cam::cam(control_queue& control, trace_recorder& trace, unsigned number,
         const policy::cam_profile& profile, cam_hooks hooks, policy::profile_choice choose)
    : control_{control}
    , trace_{trace}
    , number_{number}
    , hooks_{std::move(hooks)}
    , thread_{control}
    , timer_{control.context(),
             [this] {
                 wake_up();
                 run();
             }}
    , host_{profile, std::move(choose)} {}

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
    tell_of_writes(severity::warning);
    obey();
}

void cam::received(bytes_view block) {
    wake_up();
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

void cam::was_reset(bool by_order) {
    resets_by_order_ += by_order ? 1 : 0;
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

void cam::wake_up() {
    control_.catch_up();
    if (hooks_.awake)
        hooks_.awake();
}

void cam::run() {
    // early fetches go by when a poll was taken
    control_.catch_up();
    host_.tick(clock::now());
    obey();
}

void cam::begin_anew(std::uint16_t program_number) {
    host_.begin_anew(program_number, clock::now());
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
    using success = slot_thread::success;
    if (!device_ || !thread_.write(device_, std::move(block),
                                   order.quiet ? success::quiet : success::told, done))
        host_.write_refused(order.conversation, clock::now());
    else if (order.ca_pmt_program)
        hooks_.ca_pmt_handed(*order.ca_pmt_program, clock::now());
}

void cam::act(const policy::ask_status&) {
    if (!device_) // it went after the order
        return;
    std::optional<device::slot_status> expected;
    if (host_.talking())
        expected = device::slot_status{.present = true, .ready = true};
    const bool asked =
        thread_.ask_status(device_, number_, expected,
                           [this, which = device_generation_](result<device::slot_status> status) {
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

void cam::act(const policy::reset_device&) {
    if (device_)
        hooks_.reset_wanted();
}
void cam::act(const policy::time_needed&) { hooks_.time_needed(); }
void cam::act(const policy::ca_systems_changed&) { hooks_.ca_systems_changed(); }
void cam::act(const policy::ca_pmt_sent& news) {
    hooks_.ca_pmt_sent(news.program_number, clock::now());
}
void cam::act(const policy::hardware_changed& news) { trace_.event(number_, news.what); }
void cam::act(const policy::module_asks& wish) { hooks_.asked(wish.what); }
void cam::act(const policy::conversation_lost&) { hooks_.lost(); }
void cam::act(const policy::strategy_tried& news) {
    if (hooks_.strategy_tried)
        hooks_.strategy_tried(news);
}
void cam::act(const policy::log_line& line) { log(line.level, line.message); }

void cam::status_came(device::slot_status status) {
    if (std::exchange(status_error_, {}))
        log(severity::info, "the device tells again whether there is a module.");
    problem_.clear();
    tell_of_writes(status.present ? severity::warning : severity::debug);
    host_.status_came(status.present, status.ready, clock::now());
}

void cam::status_failed(const error_code& error) {
    host_.status_failed(clock::now());
    tell_of_writes(severity::warning);
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
    hooks_.explain(error, [this](const std::string& why) { failed_writes_.push_back(why); });
}

void cam::tell_of_writes(severity level) {
    for (const auto& why : std::exchange(failed_writes_, {}))
        log(level, "a write failed. " + why);
}

cam_report cam::report() const {
    cam_report r;
    r.slot = number_;
    r.state = name(host_.state());
    r.reason = !problem_.empty() ? problem_ : slot_sentence(host_.state(), host_.broke_off());
    r.application = host_.application();
    r.menu = host_.menu().current();
    r.menu_request = host_.menu().asked_for();
    r.unusable = policy::unusable_text(host_.state());
    r.takes_all = host_.plan().unfiltered();
    r.waits_for_answer = host_.waits_for_answer();
    r.max_services = host_.asked_as().max_services;
    r.max_streams = host_.asked_as().max_streams;
    r.profile = host_.profile().name;
    r.profile_remark = host_.profile().remark;
    r.ca_system_ids = host_.plan().ca_system_ids().value_or(std::vector<std::uint16_t>{});
    if (const auto time = host_.ready_to_ca_info())
        r.ready_to_ca_info = std::chrono::duration<double>(*time).count();
    r.tpdus_sent = host_.tpdus_sent();
    r.tpdus_received = host_.tpdus_received();
    r.restarts = host_.restarts();
    r.resets = host_.resets();
    r.resets_by_order = resets_by_order_;
    r.spoken_to_slowly = host_.patient();
    return r;
}

} // namespace cihost::runtime
