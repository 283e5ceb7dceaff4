// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/receiver_set.hpp"
#include "daemon/service_plan.hpp"
#include "daemon/tuner_pool.hpp"
#include "device/channel_list.hpp"

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
                   duration idle_after, plan_settings settings = {});

    /// Throws rpc_error: not_found, or conflict when no receiver is free, or when the rules leave
    /// the service scrambled, which it is. `viewer`: it is to be watched, not recorded, and goes
    /// behind recordings.
    receiver_set::location find(const service_ref& service,
                                const std::optional<std::string>& receiver, bool viewer = false);
    /// Why a recording there may never begin although the service is received: the rules leave it
    /// scrambled. A sentence; empty: they do not, it is clear all the same, or nobody knows.
    std::string may_stay_scrambled(const receiver_set::location& there) const;
    /// Where the channel list has services of this number: for a module of that member, which
    /// knows which it means once it is there. Nothing that its frontend cannot receive.
    std::vector<device::tuning> multiplexes_of(std::uint16_t service_id,
                                               const std::string& receiver) const;
    /// The channel list, in the order of the file.
    const std::vector<device::channel>& channels() const noexcept { return channels_; }
    /// In place of those it was made with.
    void use(std::vector<device::channel> channels, duration idle_after, plan_settings settings);
    /// There are fewer of them than before.
    void receivers_left();
    /// To be called every second or so.
    void release(time_point now);
    /// Who wants what, and where it is served.
    std::vector<plan_line> plan() { return plan_.lines(); }
    /// What would become of a recording; nothing is done.
    service_plan::placement outlook(const service_plan::request& wanted) {
        return plan_.place(wanted);
    }

    std::vector<service_plan::able_cam>
    able_cams(const policy::assignment_service& service,
              const std::vector<std::uint16_t>& ca_system_ids,
              const std::optional<device::tuning>& where) const {
        return plan_.able_cams(service, ca_system_ids, where);
    }
    /// CAMs could descramble it, but for the rules.
    bool ruled_out(const policy::assignment_service& service,
                   const std::vector<std::uint16_t>& ca_system_ids,
                   const std::optional<device::tuning>& where) const {
        return plan_.ruled_out(service, ca_system_ids, where);
    }

    /// Those of the channel list that somebody may mean.
    std::vector<const device::channel*> listed(const service_ref& service) const;

  private:
    static bool is_good(const receiver_set::location& there,
                        const std::vector<const device::channel*>& channels);
    pool_member describe(const receiver_set::member& m,
                         const std::vector<set_recording>& recordings) const;
    void refuse_what_stays_scrambled(const receiver_set::location& there) const;
    receiver_set::location best_place(const receiver_set::location& there,
                                      const std::optional<std::string>& receiver, bool viewer);
    receiver_set::location tune(const device::channel& wanted,
                                const std::optional<std::string>& receiver, bool viewer);

    receiver_set& receivers_;
    std::vector<device::channel> channels_;
    duration idle_after_;
    tuner_pool pool_;
    service_plan plan_;
};

} // namespace cihost::daemon
