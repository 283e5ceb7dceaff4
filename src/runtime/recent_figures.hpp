// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/recent_count.hpp"
#include "policy/service_facts.hpp"
#include "runtime/stream_watch.hpp"

#include <cihost/time.hpp>

#include <cstdint>
#include <map>
#include <optional>

namespace cihost::runtime {

/// What became of a multiplex and its wanted services in the last seconds, by the pump's totals:
/// what a diagnosis needs beyond them.
class recent_figures {
  public:
    /// To be called every 250 ms or so. `received`: the multiplex that was asked for comes in.
    void see(const stream_figures& totals, std::uint64_t overflows, bool received, time_point now);
    /// Whether a module is at work for a wanted service, to be told before see(). What comes
    /// scrambled from when none is, until the service is clear with one, is no matter of its keys.
    void attend(std::uint16_t program_number, policy::module_absence absence);
    /// Another multiplex.
    void retuned();

    policy::service_facts::recent_counts counts(std::uint16_t program_number) const;
    /// How long a wanted service is received without an ECM; 0 for others.
    duration ecm_silence(std::uint16_t program_number) const;
    /// How long a wanted service is clear by now.
    std::optional<duration> clear_for(std::uint16_t program_number) const;
    /// How long a wanted service is scrambled that was clear before.
    std::optional<duration> scrambled_again_for(std::uint16_t program_number) const;

  private:
    struct service {
        time_point wanted_at = never;
        std::uint64_t ecms = 0;
        time_point silent_since = never;
        time_point clear_since = never;
        time_point scrambled_again_since = never;
        policy::recent_count errors{policy::lately};
        policy::recent_count scrambled{policy::lately};
        /// As of now; the worst since the service was clear with a module; the latest of those.
        policy::module_absence absence = policy::module_absence::none;
        policy::module_absence interruption = policy::module_absence::none;
        policy::module_absence latest = policy::module_absence::none;
        /// Of the scrambled ones, up to where the reason is known, and how many were unattended.
        std::uint64_t judged = 0;
        std::uint64_t unattended_so_far = 0;
        policy::recent_count unattended{policy::lately};
    };
    static void count_unattended(service& s, const service_figures& figures);
    const service* find(std::uint16_t program_number) const;

    time_point now_{};
    policy::recent_count packets_{policy::lately};
    policy::recent_count continuity_errors_{policy::lately};
    policy::recent_count transport_errors_{policy::lately};
    policy::recent_count overflows_{policy::lately};
    std::map<std::uint16_t, service> services_;
};

} // namespace cihost::runtime
