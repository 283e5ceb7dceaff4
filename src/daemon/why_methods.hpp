// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/rpc_dispatcher.hpp"
#include "daemon/service_inquiry.hpp"

#include <boost/json/object.hpp>

namespace cihost::daemon {

/// `why`, as CONTROL.md documents it.
class why_methods {
  public:
    /// Both must outlive the dispatcher's use of the method.
    why_methods(receiver_set& receivers, service_finder& finder)
        : inquiry_{receivers, finder} {}

    void add_to(rpc_dispatcher& dispatcher);

  private:
    boost::json::object why(const boost::json::object& params);

    service_inquiry inquiry_;
};

} // namespace cihost::daemon
