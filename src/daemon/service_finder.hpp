// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/receiver_set.hpp"
#include "daemon/tuner_pool.hpp"

#include <cihost/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cihost::daemon {

/// Finds the receiver for a service that somebody asks for: in what the receivers receive now,
/// then by the channel list, for which one is tuned; and lets go of those nobody needs any more.
class service_finder {
  public:
    /// `receivers` must outlive this object.
    service_finder(receiver_set& receivers, std::vector<device::channel> channels,
                   duration idle_after);

    /// Throws rpc_error: not_found, or conflict when no receiver is free.
    receiver_set::location find(const service_ref& service,
                                const std::optional<std::string>& receiver);
    /// Where the channel list has services of this number: for a module of that member, which
    /// knows which it means once it is there. Nothing that its frontend cannot receive.
    std::vector<device::tuning> multiplexes_of(std::uint16_t service_id, std::size_t member) const;
    /// To be called every second or so.
    void release(time_point now);

  private:
    std::vector<const device::channel*> listed(const service_ref& service) const;
    static bool is_good(const receiver_set::location& there,
                        const std::vector<const device::channel*>& channels);
    pool_member describe(const receiver_set::member& m,
                         const std::vector<set_recording>& recordings) const;
    receiver_set::location tune(const device::channel& wanted,
                                const std::optional<std::string>& receiver);

    receiver_set& receivers_;
    std::vector<device::channel> channels_;
    tuner_pool pool_;
};

} // namespace cihost::daemon
