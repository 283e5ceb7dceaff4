// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/receiver/cam_slot.hpp"

#include <algorithm>
#include <chrono>

namespace cihost::sim {

cam_slot::cam_slot(cam& module, event_log& log)
    : module_{module}
    , log_{log} {}

void cam_slot::insert(time_point now) {
    log_.write(now, "receiver", "insert");
    hung_until_ = now;
    module_.boot(now);
}

void cam_slot::eject(time_point now) {
    log_.write(now, "receiver", "eject");
    module_.remove(now);
}

void cam_slot::hang(duration length, time_point now) {
    log_.write(now, "receiver", "hang",
               {{"seconds", std::chrono::duration<double>(length).count()}});
    hung_until_ = now + length;
}

void cam_slot::host_wrote(bytes_view tpdu, time_point now) { module_.host_wrote(tpdu, now); }

std::optional<bytes> cam_slot::host_reads(time_point now) {
    return free(now) ? module_.host_reads(now) : std::nullopt;
}

void cam_slot::reset(time_point now) {
    log_.write(now, "receiver", "reset");
    hung_until_ = now;
    if (module_.present())
        module_.boot(now);
}

time_point cam_slot::deadline() const { return std::max(module_.deadline(), hung_until_); }

} // namespace cihost::sim
