// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/file_keeper.hpp"
#include "daemon/replace_file.hpp"
#include "runtime/receiver.hpp"

#include <cihost/time.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace cihost::daemon {

/// Small files that have to be right in the end: written one after the other on a thread of its
/// own, and again from time to time what the disk does not take now. On the control thread.
class kept_files {
  public:
    static constexpr std::chrono::seconds retry_period{5};
    /// Those that wait for room at most; of more the oldest are given up.
    static constexpr std::size_t most_waiting = 100;

    struct order {
        std::filesystem::path file;
        std::string text;
        replace_options how = {};
        /// The sentences for the log about one that cannot be written, from why that is.
        std::function<std::string(const std::string& why)> trouble;
    };

    explicit kept_files(runtime::log_function log);
    kept_files(const kept_files&) = delete;
    kept_files& operator=(const kept_files&) = delete;
    /// Tries once more what waits.
    ~kept_files();

    /// False: too much waits already.
    bool write(order what);
    bool remove(std::filesystem::path file);
    /// What else is to be done with files, in its turn.
    bool post(std::function<void()> job) { return keeper_.post(std::move(job)); }
    /// Tries again what could not be written. Every second or so.
    void look(time_point now);

  private:
    struct waiting;

    const std::shared_ptr<waiting> waiting_;
    time_point retried_at_ = time_point::min();
    file_keeper keeper_;
};

} // namespace cihost::daemon
