// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "receiver/control_thread.hpp"
#include "receiver/settings.hpp"

#include <cihost/receiver.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

namespace cihost {

class receiver::impl {
  public:
    impl(embedded::devices_and_settings what, log_function log);
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl() { thread_->close(); }

    void tune(const tuning& where);
    void untune();
    receiver_status status() const;
    receiver_status wait_for_lock(std::chrono::milliseconds patience) const;
    std::vector<cam_status> cams() const;
    cam_status wait_for_cam(std::chrono::milliseconds patience) const;
    std::vector<service_status> services() const;
    service_status service(std::uint16_t program_number) const;
    void want(std::uint16_t program_number);
    void unwant(std::uint16_t program_number);
    service_status wait_until_clear(std::uint16_t program_number,
                                    std::chrono::milliseconds patience) const;
    recording record(std::uint16_t program_number, const std::filesystem::path& file);

  private:
    runtime::receiver_report report() const;

    const bool of_kernel_;
    const bool has_ca_;
    /// Shared with the recordings.
    const std::shared_ptr<embedded::control_thread> thread_;
};

namespace embedded {

/// For tests: a receiver on other devices than the settings name.
struct receiver_maker {
    static receiver make(devices_and_settings what, log_function log);
};

} // namespace embedded
} // namespace cihost
