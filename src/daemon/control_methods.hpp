// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/device_scanner.hpp"
#include "daemon/menu_methods.hpp"
#include "daemon/receiver_set.hpp"
#include "daemon/rpc_dispatcher.hpp"
#include "daemon/service_finder.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <filesystem>

namespace cihost::daemon {

/// The methods of the control socket, CONTROL.md: between JSON and the receivers.
class control_methods {
  public:
    /// They must outlive the dispatcher's use of the methods.
    control_methods(receiver_set& receivers, service_finder& finder, device_scanner& scanner,
                    std::filesystem::path recording_directory);

    void add_to(rpc_dispatcher& dispatcher);
    /// From now on nothing new is begun.
    void stop() noexcept { stopping_ = true; }

  private:
    boost::json::object status();
    boost::json::object services() const;
    void devices(const boost::json::object& params, rpc_dispatcher::reply done);
    boost::json::object record_start(const boost::json::object& params);
    void record_stop(const boost::json::object& params, rpc_dispatcher::reply done);
    boost::json::object record_list();
    void trace_start(const boost::json::object& params, rpc_dispatcher::reply done);
    void trace_stop(const boost::json::object& params, rpc_dispatcher::reply done);

    std::filesystem::path resolve(const std::filesystem::path& file) const;
    std::filesystem::path unused_name(const receiver_set::location& what);
    void refuse_if_stopping() const;

    receiver_set& receivers_;
    service_finder& finder_;
    device_scanner& scanner_;
    menu_methods menus_;
    std::filesystem::path recording_directory_;
    std::chrono::steady_clock::time_point started_;
    bool stopping_ = false;
};

} // namespace cihost::daemon
