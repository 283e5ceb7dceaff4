// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/runtime_receiver.hpp"

#include "runtime/device_factory.hpp"

#include <optional>
#include <utility>

namespace cihost::daemon {
namespace {

class runtime_receiver final : public receiver_port {
  public:
    runtime_receiver(boost::asio::io_context& context, runtime::receiver_settings settings,
                     runtime::device_factory devices, runtime::log_function log)
        : receiver_{context, std::move(settings), std::move(devices), std::move(log)} {}

    void start() override { receiver_.start(); }
    void tune(std::optional<device::tuning> where) override { receiver_.tune(std::move(where)); }
    void let_modules_tune(runtime::multiplex_finder find) override {
        receiver_.let_modules_tune(std::move(find));
    }
    void ask_about_cams(policy::cam_adviser& adviser) override {
        receiver_.ask_about_cams(adviser);
    }
    void want(std::uint16_t program_number) override { receiver_.want(program_number); }
    void unwant(std::uint16_t program_number) override { receiver_.unwant(program_number); }
    void use_rules(const policy::assignment_rules& rules,
                   const policy::assignment_priorities& priorities) override {
        receiver_.use_rules(rules, priorities);
    }
    error_code reset_cam(unsigned slot, bool force) override {
        return receiver_.reset_cam(slot, force);
    }
    result<std::uint64_t> start_recording(const runtime::recording_order& what,
                                          runtime::recording_created created) override {
        return receiver_.start_recording(what, std::move(created));
    }
    error_code stop_recording(std::uint64_t id,
                              std::function<void(runtime::recording_report)> done) override {
        return receiver_.stop_recording(id, std::move(done));
    }
    std::vector<runtime::recording_report> recordings() const override {
        return receiver_.recordings();
    }
    std::uint64_t start_stream(std::uint16_t program_number, runtime::stream_sink sink) override {
        return receiver_.start_stream(program_number, std::move(sink));
    }
    void stop_stream(std::uint64_t id) override { receiver_.stop_stream(id); }
    error_code enter_menu(unsigned slot) override { return receiver_.enter_menu(slot); }
    error_code answer_menu(unsigned slot, std::uint64_t id,
                           const policy::menu_answer& answer) override {
        return receiver_.answer_menu(slot, id, answer);
    }
    error_code close_menu(unsigned slot) override { return receiver_.close_menu(slot); }
    error_code start_trace(const std::filesystem::path& file, bool from_start,
                           std::function<void(const std::string&)> done) override {
        return receiver_.start_trace(file, from_start, std::move(done));
    }
    error_code stop_trace(std::function<void(std::uint64_t)> done) override {
        return receiver_.stop_trace(std::move(done)).error();
    }
    void give_up_disk() override { receiver_.give_up_disk(); }
    runtime::receiver_report report() const override { return receiver_.report(); }
    runtime::service_verdict why(std::uint16_t program_number) const override {
        return receiver_.why(program_number);
    }

  private:
    runtime::receiver receiver_;
};

} // namespace

std::unique_ptr<receiver_port> make_runtime_receiver(boost::asio::io_context& context,
                                                     const config& settings,
                                                     const receiver_config& receiver,
                                                     runtime::log_function log) {
    runtime::receiver_settings values;
    values.name = receiver.name;
    values.virtual_device = receiver.virtual_device;
    values.tuning = receiver.tuning;
    values.whole_multiplex = receiver.full_multiplex.value_or(!receiver.nodes);
    values.cam = cam_profile_of(settings.cam, receiver.cam_profile);
    values.rules = settings.rules;
    values.priorities = settings.priorities;
    auto devices = receiver.nodes ? runtime::linux_devices(*receiver.nodes)
                                  : runtime::virtual_devices(receiver.virtual_device);
    return std::make_unique<runtime_receiver>(context, std::move(values), std::move(devices),
                                              std::move(log));
}

} // namespace cihost::daemon
