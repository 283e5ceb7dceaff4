// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/receiver/receiver.hpp"

#include <cihost/ts/packet.hpp>

#include <utility>

namespace cihost::sim {

receiver::receiver(headend& transmitter, const std::vector<cam*>& modules,
                   const tuner_settings& reception, dump_writer* dumps, event_log& log)
    : headend_{transmitter}
    , tuner_{reception, log}
    , dumps_{dumps}
    , log_{log} {
    for (unsigned slot = 0; slot < modules.size(); ++slot)
        slots_.emplace_back(slot, *modules[slot], log);
}

void receiver::play(time_point now, const ts_sink& demux) {
    for (auto& slot : slots_)
        slot.tick(now);
    // The head-end transmits whether anybody listens or not.
    headend_.catch_up(now);
    auto block = headend_.produce(now);
    if (tuner_.locked(now) != locked_) {
        locked_ = !locked_;
        log_.write(now, "receiver", locked_ ? "lock" : "no_lock");
    }
    if (!locked_ || block.on_air.empty())
        return;
    packets_ += block.on_air.size() / ts::packet_size;
    if (dumps_ != nullptr)
        dumps_->write(std::move(block.source), block.on_air);
    tuner_.spoil(block.on_air);
    for (auto& slot : slots_)
        slot.pass(block.on_air, now);
    demux(block.on_air, now);
}

} // namespace cihost::sim
