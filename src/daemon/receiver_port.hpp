// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "runtime/receiver.hpp"

#include <cihost/error.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cihost::daemon {

/// The receiver as the daemon sees it. runtime::receiver has the contract of every call; tests
/// put a fake in its place. Destruction withdraws services and stops the threads.
class receiver_port {
  public:
    receiver_port() = default;
    receiver_port(const receiver_port&) = delete;
    receiver_port& operator=(const receiver_port&) = delete;
    virtual ~receiver_port() = default;

    virtual void start() = 0;
    virtual void tune(std::optional<device::tuning> where) = 0;
    virtual void let_modules_tune(runtime::multiplex_finder find) = 0;
    virtual void ask_about_cams(policy::cam_adviser& adviser) = 0;
    virtual void want(std::uint16_t program_number) = 0;
    virtual void unwant(std::uint16_t program_number) = 0;
    virtual void use_rules(const policy::assignment_rules& rules,
                           const policy::assignment_priorities& priorities) = 0;
    virtual error_code reset_cam(unsigned slot, bool force) = 0;
    virtual result<std::uint64_t> start_recording(const runtime::recording_order& what,
                                                  runtime::recording_created created) = 0;
    virtual error_code stop_recording(std::uint64_t id,
                                      std::function<void(runtime::recording_report)> done) = 0;
    virtual std::vector<runtime::recording_report> recordings() const = 0;
    virtual std::uint64_t start_stream(std::uint16_t program_number, runtime::stream_sink sink) = 0;
    virtual void stop_stream(std::uint64_t id) = 0;
    virtual error_code enter_menu(unsigned slot) = 0;
    virtual error_code answer_menu(unsigned slot, std::uint64_t id,
                                   const policy::menu_answer& answer) = 0;
    virtual error_code close_menu(unsigned slot) = 0;
    virtual error_code start_trace(const std::filesystem::path& file, bool from_start,
                                   std::function<void(const std::string& failed)> done) = 0;
    virtual error_code stop_trace(std::function<void(std::uint64_t bytes)> done) = 0;
    virtual void give_up_disk() = 0;
    virtual runtime::receiver_report report() const = 0;
    virtual runtime::service_verdict why(std::uint16_t program_number) const = 0;
};

} // namespace cihost::daemon
