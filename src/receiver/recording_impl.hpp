// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "receiver/control_thread.hpp"

#include <cihost/recording.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace cihost {

class recording::impl {
  public:
    impl(std::shared_ptr<embedded::control_thread> thread, std::uint64_t id,
         std::filesystem::path file)
        : thread_{std::move(thread)}
        , id_{id} {
        last_.file = std::move(file);
        last_.state = "waiting";
    }

    recording_status status();
    bool wait(std::chrono::milliseconds patience);
    recording_status stop(std::chrono::milliseconds patience);

    /// Creates the file and waits for it; or throws receiver_error.
    static std::unique_ptr<impl> begin(std::shared_ptr<embedded::control_thread> thread,
                                       std::uint16_t program_number,
                                       const std::filesystem::path& file);

  private:
    /// The latest that is known, when nothing newer is to be had.
    recording_status keep(recording_status now);
    recording_status last() const;

    const std::shared_ptr<embedded::control_thread> thread_;
    const std::uint64_t id_;
    mutable std::mutex mutex_;
    recording_status last_;
};

} // namespace cihost
