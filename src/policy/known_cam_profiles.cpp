// SPDX-License-Identifier: LGPL-2.1-or-later

/// What users and other host stacks have found out about modules in the field.

#include "policy/cam_profile.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace cihost::policy {
namespace {

using namespace std::chrono_literals;

template<class Set>
cam_profile profile(const char* name, const char* description, const Set& set) {
    cam_profile p;
    p.name = name;
    p.description = description;
    set(p);
    return p;
}

/// No more than a poll every 300 ms, whatever is due: a start-up takes its time then.
void poll_rarely(cam_profile& p) {
    p.slot.poll_floor = 300ms;
    p.slot.early_fetch = false;
    p.supervision.start_up_patience = 40s;
}

void wait_long_for_ready(cam_profile& p) { p.supervision.ready_patience = 120s; }

std::vector<cam_profile> make_profiles() {
    std::vector<cam_profile> all{cam_profile{}};
    all.front().description = "A module that nothing is known of.";
    const auto add = [&all](const char* name, const char* description, const auto& set) {
        all.push_back(profile(name, description, set));
    };

    add("cautious",
        "A module that fails with everything else: polled rarely, asked for its services slowly "
        "and late, and the slot left in peace.",
        [](cam_profile& p) {
            poll_rarely(p);
            wait_long_for_ready(p);
            p.slot.suspect_after = 2s;
            p.slot.dead_after = 5s;
            p.supervision.start_up_patience = 60s;
            p.supervision.poll_starting = p.supervision.poll_booting = 500ms;
            p.supervision.poll_empty = p.supervision.poll_running = 500ms;
            p.insertion_kick = false;
            p.ca_pmt.settle = 10s;
            p.ca_pmt.pace = 3s;
        });
    add("dragoncam",
        "DragonCAM, and others that stop talking when they are polled more often than every "
        "300 ms.",
        poll_rarely);
    add("status-shy",
        "Modules that are disturbed when the slot is asked for its status more often than every "
        "500 ms.",
        [](cam_profile& p) {
            p.supervision.poll_starting = p.supervision.poll_booting = 500ms;
            p.supervision.poll_empty = p.supervision.poll_running = 500ms;
            p.insertion_kick = false;
        });
    add("irdeto-slow",
        "Irdeto modules and others that take up to two minutes from a reset until they are ready, "
        "and begin anew when they are reset before that.",
        wait_long_for_ready);
    add("slow-answers", "Modules that take up to 8 s to answer, where 2 s are usual.",
        [](cam_profile& p) {
            p.slot.early_fetch = false;
            p.slot.suspect_after = 4s;
            p.slot.dead_after = 10s;
            p.supervision.start_up_patience = 300s;
        });
    add("menu-blocker",
        "Modules, TechniCrypt with Irdeto among them, that do nothing else while they show a menu "
        "that nobody asked for: it is closed after 3 s.",
        [](cam_profile& p) { p.close_unasked_menu_after = 3s; });
    add("host-control-2", "Modules that wait for version 2 of Host Control.",
        [](cam_profile& p) { p.slot.resources.host_control = 2; });

    add("powercam-v4", "PowerCam of version 4, which refuses a CA_PMT right after its CA_INFO.",
        [](cam_profile& p) { p.ca_pmt.settle = 6s; });
    add("nds-videoguard",
        "NDS VideoGuard, which ignores CA_PMTs for 10 s after its CA_INFO, and hangs when they "
        "follow one another too fast.",
        [](cam_profile& p) {
            p.ca_pmt.settle = 10s;
            p.ca_pmt.pace = 3s;
        });
    add("powercam-hd-3.1",
        "PowerCam HD of version 3.1, which does not take up a service by UPDATE: it is told of "
        "changes by ADD.",
        [](cam_profile& p) { p.ca_pmt.change = ca_pmt_change::add; });
    add("alphacrypt-3.09",
        "AlphaCrypt of version 3.09, whose last service stops too when the last but one is "
        "withdrawn by itself: what stays is listed instead.",
        [](cam_profile& p) { p.ca_pmt.withdrawal = ca_pmt_withdrawal::whole_list; });
    add("alphacrypt-light",
        "AlphaCrypt Light and others that descramble one service: a second one would stop the "
        "first.",
        [](cam_profile& p) { p.ca_pmt.max_services = 1; });
    add("verimatrix-dance",
        "Verimatrix modules, which take a change only when the service is withdrawn and added "
        "again.",
        [](cam_profile& p) { p.ca_pmt.change = ca_pmt_change::replace; });
    add("update-rekeys",
        "Modules that interrupt all their services at an UPDATE: they are told by ADD and by "
        "lists.",
        [](cam_profile& p) {
            p.ca_pmt.change = ca_pmt_change::add;
            p.ca_pmt.withdrawal = ca_pmt_withdrawal::whole_list;
        });
    add("adds-only",
        "Modules that restart what runs at an ONLY, or ignore it: every service is "
        "added.",
        [](cam_profile& p) { p.ca_pmt.listing = ca_pmt_listing::add; });
    add("whole-list",
        "Modules for head-ends that obey only whole lists, from FIRST to LAST, or ONLY.",
        [](cam_profile& p) {
            p.ca_pmt.listing = ca_pmt_listing::whole_list;
            p.ca_pmt.change = ca_pmt_change::add;
            p.ca_pmt.withdrawal = ca_pmt_withdrawal::whole_list;
        });
    add("programme-level",
        "Modules that read CA descriptors of the programme alone: those that all its streams have "
        "are raised to it.",
        [](cam_profile& p) { p.ca_pmt.raise_ca_descriptors = true; });
    add("few-pids",
        "Cheap modules with four descrambler channels: video, audio and subtitles of one service "
        "or two.",
        [](cam_profile& p) {
            p.ca_pmt.presentation_streams_only = true;
            p.ca_pmt.max_streams = 4;
            p.needs_eit = false;
        });
    return all;
}

} // namespace

std::span<const cam_profile> known_cam_profiles() {
    static const auto all = make_profiles();
    return all;
}

const cam_profile* find_cam_profile(std::string_view name) {
    const auto all = known_cam_profiles();
    const auto found = std::ranges::find(all, name, &cam_profile::name);
    return found == all.end() ? nullptr : &*found;
}

} // namespace cihost::policy
