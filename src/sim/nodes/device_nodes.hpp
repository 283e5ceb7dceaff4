// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/nodes/ca_node.hpp"
#include "sim/nodes/dvr_node.hpp"
#include "sim/nodes/frontend_node.hpp"
#include "sim/nodes/host_side.hpp"
#include "sim/nodes/node_folder.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cihost::sim {

/// The three nodes of one virtual receiver, with a slot for each module. `folder`, the ports and
/// the log must outlive them.
class device_nodes final : public host_side {
  public:
    static result<std::unique_ptr<device_nodes>> open(const node_folder& folder,
                                                      const std::vector<module_port*>& modules,
                                                      tuner_port& tuner, event_log& log,
                                                      std::string& why);

    void prepare(poll_set& set) const override;
    void serve(const poll_set& set, time_point now) override;
    time_point deadline(time_point now) const override { return ca_.deadline(now); }
    void deliver(bytes_view packets, time_point now) override { dvr_.deliver(packets, now); }
    void overflow(time_point now) override { dvr_.overflow(now); }

    frontend_node& frontend() noexcept { return frontend_; }
    ca_node& ca() noexcept { return ca_; }
    dvr_node& dvr() noexcept { return dvr_; }

  private:
    device_nodes(listener frontend, listener ca, listener dvr,
                 const std::vector<module_port*>& modules, tuner_port& tuner, event_log& log);

    frontend_node frontend_;
    ca_node ca_;
    dvr_node dvr_;
};

} // namespace cihost::sim
