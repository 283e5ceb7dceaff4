// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/receiver_port.hpp"
#include "daemon/service_ref.hpp"
#include "runtime/control_queue.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <vector>

namespace cihost::daemon {

/// Keeps the services wanted that the configuration lists for one receiver. Numbers are wanted at
/// once; a name as soon as the receiver knows what it stands for.
class standing_services {
  public:
    /// `receiver` must outlive this object.
    standing_services(boost::asio::io_context& context, receiver_port& receiver,
                      std::vector<service_ref> services,
                      std::chrono::milliseconds period = std::chrono::milliseconds{500});

    void start();

  private:
    void look();

    receiver_port& receiver_;
    /// Not yet found.
    std::vector<service_ref> open_;
    std::chrono::milliseconds period_;
    runtime::control_timer timer_;
};

} // namespace cihost::daemon
