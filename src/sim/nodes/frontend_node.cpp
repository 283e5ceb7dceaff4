// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/nodes/frontend_node.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace cihost::sim {

namespace protocol = device::virtual_protocol;

frontend_node::frontend_node(listener listening, tuner_port& tuner, event_log& log)
    : node{std::move(listening), "frontend0", log}
    , tuner_{tuner} {}

void frontend_node::closed(time_point now) { tuner_.power_down(now); }

void frontend_node::command(const request& asked, bytes_view payload, time_point now) {
    switch (asked.op) {
    case operation::fe_tune: {
        protocol::tune_parameters parameters;
        if (payload.size() != sizeof parameters)
            return reply(EINVAL);
        std::memcpy(&parameters, payload.data(), sizeof parameters);
        tuner_.tune(parameters.frequency_hz, now);
        return reply(0);
    }
    case operation::fe_get_status:
        return reply(0, raw_bytes(tuner_.status(now)));
    default:
        return reply(ENOTTY);
    }
}

} // namespace cihost::sim
