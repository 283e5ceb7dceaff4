// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/cam_profile.hpp"
#include "runtime/stream_watch.hpp"

#include <cihost/ts/packet.hpp>
#include <cihost/ts/pid_filter.hpp>

#include <vector>

namespace cihost::runtime {

/// The PIDs that `watch` needs, for an input that does not give the whole multiplex: the tables
/// always looked for, PMTs, EMMs, and all of the wanted services with their ECMs and clock.
ts::pid_filter watched_pids(const stream_watch& watch);

/// What stream_watch::si_pids has to hold for modules of this profile.
std::vector<ts::pid_t> needed_si_pids(const policy::cam_profile& profile);

} // namespace cihost::runtime
