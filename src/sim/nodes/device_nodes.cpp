// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/nodes/device_nodes.hpp"

#include <sys/socket.h>
#include <utility>

namespace cihost::sim {

device_nodes::device_nodes(listener frontend, listener ca, listener dvr,
                           const std::vector<module_port*>& modules, tuner_port& tuner,
                           event_log& log)
    : frontend_{std::move(frontend), tuner, log}
    , ca_{std::move(ca), modules, log}
    , dvr_{std::move(dvr), log} {}

result<std::unique_ptr<device_nodes>> device_nodes::open(const node_folder& folder,
                                                         const std::vector<module_port*>& modules,
                                                         tuner_port& tuner, event_log& log,
                                                         std::string& why) {
    auto frontend = listener::open(folder, "frontend0", SOCK_SEQPACKET, why);
    if (!frontend)
        return frontend.error();
    auto ca = listener::open(folder, "ca0", SOCK_SEQPACKET, why);
    if (!ca)
        return ca.error();
    auto dvr = listener::open(folder, "dvr0", SOCK_SEQPACKET, why);
    if (!dvr)
        return dvr.error();
    return std::unique_ptr<device_nodes>{new device_nodes{std::move(*frontend), std::move(*ca),
                                                          std::move(*dvr), modules, tuner, log}};
}

void device_nodes::prepare(poll_set& set) const {
    frontend_.prepare(set);
    ca_.prepare(set);
    dvr_.prepare(set);
}

void device_nodes::serve(const poll_set& set, time_point now) {
    frontend_.serve(set, now);
    ca_.serve(set, now);
    dvr_.serve(set, now);
}

} // namespace cihost::sim
