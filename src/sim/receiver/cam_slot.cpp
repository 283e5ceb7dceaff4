// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/receiver/cam_slot.hpp"

#include <algorithm>
#include <chrono>

namespace cihost::sim {

cam_slot::cam_slot(unsigned number, cam& module, event_log& log)
    : number_{number}
    , module_{module}
    , log_{log} {}

void cam_slot::insert(time_point now) {
    log_.write(now, "receiver", "insert", {{"slot", number_}});
    hung_until_ = now;
    ++insertions_;
    module_.boot(now);
}

void cam_slot::eject(time_point now) {
    log_.write(now, "receiver", "eject", {{"slot", number_}});
    ts_enabled_ = !in_lab_;
    module_.remove(now);
}

void cam_slot::hang(duration length, time_point now) {
    log_.write(now, "receiver", "hang",
               {{"slot", number_}, {"seconds", std::chrono::duration<double>(length).count()}});
    hung_until_ = now + length;
}

void cam_slot::host_wrote(bytes_view tpdu, time_point now) { module_.host_wrote(tpdu, now); }

std::optional<bytes> cam_slot::host_reads(time_point now) {
    return free(now) ? module_.host_reads(now) : std::nullopt;
}

void cam_slot::reset(time_point now) {
    log_.write(now, "receiver", "reset", {{"slot", number_}});
    hung_until_ = now;
    ts_enabled_ = !in_lab_;
    if (module_.present())
        module_.boot(now);
}

time_point cam_slot::deadline() const { return std::max(module_.deadline(), hung_until_); }

void cam_slot::pass(std::span<std::uint8_t> packets, time_point now) {
    if (ts_enabled_ && module_.present())
        module_.pass(packets, now);
}

void cam_slot::set_module_faults(std::bitset<cam_fault_count> faults, time_point now) {
    module_.set_faults(faults, now);
}

void cam_slot::attach_to_lab() noexcept {
    in_lab_ = true;
    ts_enabled_ = false;
}

void cam_slot::enable_ts(bool enabled, time_point now) {
    log_.write(now, "receiver", "ts_enable", {{"slot", number_}, {"enabled", enabled}});
    ts_enabled_ = enabled;
}

void cam_slot::interface_reset(time_point now) {
    log_.write(now, "receiver", "interface_reset", {{"slot", number_}});
    module_.forget_connections(now);
}

void cam_slot::power_off(time_point now) {
    ts_enabled_ = !in_lab_;
    module_.power_off(now);
}

void cam_slot::set_faults(std::uint32_t faults, time_point now) {
    log_.write(now, "receiver", "faults", {{"slot", number_}, {"faults", faults}});
    new_faults_ = faults;
}

} // namespace cihost::sim
