// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/config.hpp"
#include "daemon/receiver_plan.hpp"
#include "daemon/surroundings.hpp"
#include "runtime/control_queue.hpp"
#include "runtime/job_thread.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace cihost::daemon {

/// What came of reading the configuration again.
struct reload_report {
    /// False: nothing is different from before; `problems` says why.
    bool reloaded = false;
    /// What is different now, and what would be after a restart: for people.
    std::vector<std::string> changed;
    std::vector<std::string> restart;
    /// What could not be had although the file says so: why, and what is instead, in sentences; the
    /// log has them already.
    std::vector<std::string> failed;
    /// "FILE:LINE:COLUMN: what is wrong".
    std::vector<std::string> problems;
};
boost::json::object to_json(const reload_report& report);

/// Another configuration, and what it stands for on this machine.
struct new_configuration {
    config settings;
    receiver_plan plan;
    /// With any of these it is not to be used.
    std::vector<std::string> problems;
};

/// Reads the configuration, and what it names, on a thread of its own.
class config_loader {
  public:
    config_loader(boost::asio::io_context& context, const surroundings& around);

    using loaded = std::function<void(new_configuration)>;
    /// False: it is being read already.
    bool load(const std::filesystem::path& file, loaded done);

  private:
    const surroundings around_;
    bool loading_ = false;
    runtime::control_queue control_;
    /// Last: what it runs may use the others.
    runtime::job_thread worker_{1};
};

/// What of a configuration can change only with a restart: compares `next` with what is in use,
/// says so in the report, and puts into `next` what stays.
void keep_what_needs_restart(const config& used, config& next, reload_report& report);
/// What else is different, but for the receivers.
void note_changes(const config& used, const config& next, reload_report& report);

} // namespace cihost::daemon
