// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/watched_pids.hpp"

#include <algorithm>

namespace cihost::runtime {

ts::pid_filter watched_pids(const stream_watch& watch) {
    ts::pid_filter pids;
    const auto add = [&pids](ts::pid_t pid) {
        if (pid != ts::pid_null)
            pids.add(pid);
    };
    add(ts::pid_pat);
    add(ts::pid_cat);
    for (const auto* const list : {&watch.si_pids, &watch.pmt_pids, &watch.emm_pids})
        for (const auto pid : *list)
            add(pid);
    for (const auto& service : watch.services) {
        if (service.wanted_at == never)
            continue;
        add(service.pcr_pid);
        for (const auto* const list : {&service.elementary_pids, &service.ecm_pids})
            for (const auto pid : *list)
                add(pid);
        for (const auto& [replaced, replacement] : watch.replacements)
            if (std::ranges::find(service.elementary_pids, replaced) !=
                service.elementary_pids.end())
                add(replacement);
    }
    return pids;
}

std::vector<ts::pid_t> needed_si_pids(const policy::cam_profile& profile) {
    std::vector<ts::pid_t> pids;
    if (profile.needs_sdt)
        pids.push_back(ts::pid_sdt);
    if (profile.needs_eit)
        pids.push_back(ts::pid_eit);
    if (profile.needs_tdt)
        pids.push_back(ts::pid_tdt);
    return pids;
}

} // namespace cihost::runtime
