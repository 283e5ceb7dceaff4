// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/device_scanner.hpp"

#include <cihost/time.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace cihost::daemon {

/// Tells when devices came or went: looks at their listing from time to time, and takes an
/// inventory once a new one has stood for a period, since the nodes of an adapter come one by one.
class adapter_watch {
  public:
    using changed = std::function<void(const device_inventory&)>;

    /// `listing` is what stood there when the receivers were planned. `scanner` must outlive this
    /// object, which must outlive the control thread's run.
    adapter_watch(boost::asio::io_context& context, device_scanner& scanner, std::string listing,
                  changed tell, std::chrono::milliseconds period = std::chrono::seconds{2});

    void start();
    void stop();

  private:
    void look();
    void listed(const std::string& listing);

    device_scanner& scanner_;
    /// That of the latest inventory, and the one seen last.
    std::string known_;
    std::string last_;
    const changed tell_;
    const std::chrono::milliseconds period_;
    bool stopped_ = false;
    runtime::control_timer timer_;
};

} // namespace cihost::daemon
