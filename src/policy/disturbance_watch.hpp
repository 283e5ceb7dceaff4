// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/en50221/ca_pmt.hpp>
#include <cihost/time.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>

namespace cihost::policy {

/// A service that was clear became scrambled right after the module was told of another.
struct disturbance {
    enum class cause {
        /// A service more than before.
        addition,
        /// Other content, by UPDATE.
        update,
        /// not_selected.
        withdrawal,
        /// ONLY, or a list from FIRST to LAST.
        list,
    };

    cause what = cause::addition;
    /// The service that the module was told of, and the one that it cost.
    std::uint16_t by = 0;
    std::uint16_t victim = 0;
    /// So many were clear before.
    unsigned clear_before = 0;
    /// It has not come back so far.
    bool lasting = false;
};

/// Finds out what a module cannot do without disturbing services that are clear.
///
/// Call protocol: told() for each CA_PMT, see() for each service as it comes from the module; then
/// take next() until it gives nothing; again at deadline().
class disturbance_watch {
  public:
    void told(const en50221::ca_pmt& value, time_point now);
    /// `clear`: nothing while it is not received, or not asked for.
    void see(std::uint16_t program_number, std::optional<bool> clear, time_point now);
    void forget(std::uint16_t program_number) { services_.erase(program_number); }
    /// The module is gone.
    void reset();

    std::optional<disturbance> next(time_point now);
    time_point deadline() const;

  private:
    struct order {
        disturbance::cause what = disturbance::cause::addition;
        std::uint16_t program_number = 0;
        time_point at = never;
        std::set<std::uint16_t> clear_before;
    };
    struct service {
        time_point clear_since = never;
        time_point scrambled_since = never;
        std::optional<disturbance> suspicion;
    };

    std::deque<order> orders_;
    std::map<std::uint16_t, service> services_;
    /// On the module's list.
    std::set<std::uint16_t> listed_;
};

} // namespace cihost::policy
