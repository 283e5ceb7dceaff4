// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/event_log.hpp"
#include "daemon/rpc_dispatcher.hpp"

#include <boost/json/object.hpp>

namespace cihost::daemon {

/// The log by the control socket: log.tail, log.levels and log.set_level, as CONTROL.md documents
/// them.
class log_methods {
  public:
    /// Must outlive the dispatcher's use of the methods.
    explicit log_methods(event_log& log)
        : log_{log} {}

    void add_to(rpc_dispatcher& dispatcher);

  private:
    boost::json::object tail(const boost::json::object& params) const;
    boost::json::object levels(const boost::json::object& params) const;
    boost::json::object set_level(const boost::json::object& params);
    boost::json::object levels() const;

    event_log& log_;
};

} // namespace cihost::daemon
