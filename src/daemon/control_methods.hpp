// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/device_scanner.hpp"
#include "daemon/menu_methods.hpp"
#include "daemon/receiver_set.hpp"
#include "daemon/record_methods.hpp"
#include "daemon/recording_book.hpp"
#include "daemon/rpc_dispatcher.hpp"
#include "daemon/service_finder.hpp"
#include "daemon/viewer_door.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <utility>

namespace cihost::daemon {

/// The methods of the control socket, CONTROL.md: between JSON and the receivers.
class control_methods {
  public:
    /// They must outlive the dispatcher's use of the methods.
    control_methods(receiver_set& receivers, service_finder& finder, device_scanner& scanner,
                    recording_book& book, std::filesystem::path recording_directory);

    void add_to(rpc_dispatcher& dispatcher);
    /// Where streams are; for `status`.
    void tell_http(std::function<http_place()> where) { http_ = std::move(where); }
    /// "receivers" and "recordings", as `status` and `subscribe` give them.
    boost::json::object report();
    void use_recording_directory(const std::filesystem::path& directory) {
        recording_directory_ = directory;
        records_.use_directory(directory);
    }
    /// From now on nothing new is begun.
    void stop() noexcept { stopping_ = true; }

  private:
    boost::json::object status();
    boost::json::object services() const;
    boost::json::object plan();
    void devices(const boost::json::object& params, rpc_dispatcher::reply done);
    void trace_start(const boost::json::object& params, rpc_dispatcher::reply done);
    void trace_stop(const boost::json::object& params, rpc_dispatcher::reply done);

    std::filesystem::path resolve(const std::filesystem::path& file) const;
    void refuse_if_stopping() const;

    receiver_set& receivers_;
    service_finder& finder_;
    device_scanner& scanner_;
    menu_methods menus_;
    record_methods records_;
    std::filesystem::path recording_directory_;
    std::chrono::steady_clock::time_point started_;
    std::function<http_place()> http_ = [] { return http_place{}; };
    bool stopping_ = false;
};

} // namespace cihost::daemon
