// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/ca_support.hpp"
#include "sim/cam/cam.hpp"
#include "sim/cam/journal.hpp"
#include "sim/cam/module_host_control.hpp"
#include "sim/cam/module_menu.hpp"
#include "sim/cam/module_sessions.hpp"
#include "sim/cam/stream_gate.hpp"

#include <cihost/time.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace cihost::sim {

/// What the CAM wants of the host's resources, and in which order: Resource Manager first; then,
/// as far as the host's profile offers them, Application Information, CA Support and Date-Time, the
/// next one when the opening dialogue of the one before is done. Menus, Host Control and what this
/// module insists on come as they may.
class module_applications {
  public:
    module_applications(const cam_settings& settings, module_sessions& sessions, ca_support& ca,
                        stream_gate& gate, journal& log);

    void power_on();

    /// A transport connection is there.
    void connected(time_point now);
    /// It is gone, and all sessions with it.
    void disconnected(const char* reason, time_point now);
    void handle(const session_event& event, time_point now);
    /// What the module does by itself.
    void tick(time_point now);

    /// Opens Host Control first if need be. False: the host does not offer it.
    bool control_host(host_control_order order, time_point now);
    bool release_host(time_point now) { return host_control_.release(now); }
    /// False: Application Information is not open from version 3 on.
    bool request_reset(time_point now);

  private:
    void opened(const session_event& event, time_point now);
    void refused(const session_event& event, time_point now);
    void closed(const session_event& event, time_point now);
    bool receive(const session_event& object, time_point now);
    bool manage_resources(const session_event& object, time_point now);
    bool inform(const session_event& object, time_point now);
    bool take_date_time(const session_event& object, time_point now);
    void take_profile(bytes_view body, time_point now);
    /// The opening dialogue with a resource is over, well or not.
    void go_on_after(std::uint32_t resource, time_point now);

    bytes application_info_;
    session_behaviour behaviour_;
    /// The version wanted, and the session.
    unsigned information_version_;
    std::optional<session_event> information_;
    module_host_control host_control_;
    module_sessions& sessions_;
    ca_support& ca_;
    stream_gate& gate_;
    journal& log_;
    module_menu menu_;
    /// profile_enq sent, profile not come yet.
    bool profile_asked_ = false;
    std::vector<std::uint32_t> profile_;
    std::deque<std::uint32_t> to_open_;
    /// Asked for, or open with its first dialogue not done.
    std::optional<std::uint32_t> opening_;
    /// When what the host refused is asked for again.
    time_point waited_for_again_ = never;
    time_point insists_again_ = never;
    bool reopened_ = false;
};

} // namespace cihost::sim
