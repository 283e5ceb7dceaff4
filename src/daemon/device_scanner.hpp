// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/device_inventory.hpp"
#include "daemon/surroundings.hpp"
#include "runtime/control_queue.hpp"
#include "runtime/job_thread.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace cihost::daemon {

/// Looks at the adapters on a thread of its own, because asking them may block. All calls, and all
/// answers, are on the control thread; none comes after destruction.
class device_scanner {
  public:
    /// `frontends` are those that receivers are configured on.
    device_scanner(boost::asio::io_context& context, const surroundings& around,
                   std::vector<std::filesystem::path> frontends = {});
    device_scanner(const device_scanner&) = delete;
    device_scanner& operator=(const device_scanner&) = delete;

    /// In place of those it was made with, from the next look on.
    void use_frontends(std::vector<std::filesystem::path> frontends) {
        frontends_ = std::move(frontends);
    }

    using scanned = std::function<void(const device_inventory&)>;
    /// The inventory of a scan that is under way, else of a new one.
    void scan(scanned done);
    /// Of a scan that begins after this call.
    void scan_anew(scanned done);

    using listed = std::function<void(const std::string&)>;
    /// A text to tell a change by. Empty: there is nothing.
    void list(listed done);

  private:
    void begin();

    surroundings around_;
    std::vector<std::filesystem::path> frontends_;
    bool scanning_ = false;
    /// For the scan under way.
    std::vector<scanned> waiting_;
    /// For the one after it.
    std::vector<scanned> next_;
    runtime::control_queue control_;
    /// Last: what it runs may use the others.
    runtime::job_thread worker_;
};

} // namespace cihost::daemon
