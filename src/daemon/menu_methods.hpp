// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/receiver_set.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace cihost::daemon {

/// The menus of the modules: cam.menu and what belongs to it, as CONTROL.md documents them. What
/// cannot be done is thrown as rpc_error. The text of an answer may be a PIN: it is passed on and
/// stands in no message.
class menu_methods {
  public:
    explicit menu_methods(receiver_set& receivers)
        : receivers_{receivers} {}

    boost::json::object ask(const boost::json::object& params);
    boost::json::object answer(const boost::json::object& params);
    boost::json::object close(const boost::json::object& params);

  private:
    receiver_set& receivers_;
};

} // namespace cihost::daemon
