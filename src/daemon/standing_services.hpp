// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/receiver_port.hpp"
#include "daemon/service_ref.hpp"
#include "runtime/control_queue.hpp"

#include <cihost/time.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <vector>

namespace cihost::daemon {

/// Keeps the services wanted that the configuration lists for one receiver. Numbers are wanted at
/// once; a name as soon as the receiver knows what it stands for. What the multiplex does not hold
/// is told once, and looked for further: another one may be tuned to.
class standing_services {
  public:
    struct settings {
        std::chrono::milliseconds period{500};
        /// With a lock, until a service counts as missing: the names (SDT) come every 2 s at least.
        std::chrono::milliseconds patience{5000};
        runtime::log_function log;
        /// All that are missing now, whenever that changes.
        std::function<void(std::vector<missing_service>)> missing;
    };

    /// `receiver` must outlive this object.
    standing_services(boost::asio::io_context& context, receiver_port& receiver,
                      std::vector<service_ref> services, settings values);

    void start();
    /// Others from now on. Those that stay are not disturbed.
    void change(std::vector<service_ref> services);

  private:
    void look();
    void want(std::uint16_t program_number, const service_ref& service);
    bool found(const runtime::receiver_report& report, const service_ref& service);
    void tell(const runtime::receiver_report& report);

    receiver_port& receiver_;
    /// What is wanted, and for which of them.
    std::map<std::uint16_t, service_ref> wanted_;
    /// Not yet found.
    std::vector<service_ref> open_;
    const settings settings_;
    time_point locked_since_ = never;
    std::vector<missing_service> missing_;
    runtime::control_timer timer_;
};

} // namespace cihost::daemon
