// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/cam_knowledge.hpp"
#include "daemon/receiver_set.hpp"
#include "daemon/rpc_dispatcher.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace cihost::daemon {

/// What was learned of modules: cam.list, cam.show, cam.pin and cam.forget, as CONTROL.md documents
/// them.
class cam_methods {
  public:
    /// All must outlive the dispatcher's use of the methods.
    cam_methods(cam_knowledge& cams, const receiver_set& receivers)
        : cams_{cams}
        , receivers_{receivers} {}

    void add_to(rpc_dispatcher& dispatcher);

  private:
    boost::json::object list() const;
    boost::json::object show(const boost::json::object& params) const;
    boost::json::object pin(const boost::json::object& params);
    boost::json::object forget(const boost::json::object& params);

    /// The one that is meant; throws if there is none, or several.
    const policy::cam_record& named(const std::string& cam) const;
    boost::json::object report(const policy::cam_record& record) const;

    /// The profile of one that is in a slot now; nothing: it is in none.
    std::optional<std::string> profile_in_use(const policy::cam_identity& who) const;

    cam_knowledge& cams_;
    const receiver_set& receivers_;
};

} // namespace cihost::daemon
