// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/config.hpp"
#include "daemon/receiver_port.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace cihost::daemon {

/// A receiver_port in front of a runtime::receiver.
std::unique_ptr<receiver_port> make_runtime_receiver(boost::asio::io_context& context,
                                                     const config& settings,
                                                     const receiver_config& receiver,
                                                     runtime::log_function log);

} // namespace cihost::daemon
