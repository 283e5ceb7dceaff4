// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "runtime/stream_watch.hpp"

#include <cihost/ts/pid_filter.hpp>

namespace cihost::runtime {

/// The PIDs that `watch` needs, for an input that does not give the whole multiplex: the tables
/// always looked for, PMTs, EMMs, and all of the wanted services with their ECMs and clock.
ts::pid_filter watched_pids(const stream_watch& watch);

} // namespace cihost::runtime
