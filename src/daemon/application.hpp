// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/adapter_watch.hpp"
#include "daemon/cam_knowledge.hpp"
#include "daemon/cam_methods.hpp"
#include "daemon/config.hpp"
#include "daemon/control_methods.hpp"
#include "daemon/control_server.hpp"
#include "daemon/device_scanner.hpp"
#include "daemon/event_log.hpp"
#include "daemon/listening_socket.hpp"
#include "daemon/log_methods.hpp"
#include "daemon/receiver_plan.hpp"
#include "daemon/receiver_set.hpp"
#include "daemon/recording_book.hpp"
#include "daemon/reload.hpp"
#include "daemon/rpc_dispatcher.hpp"
#include "daemon/rule_watch.hpp"
#include "daemon/service_finder.hpp"
#include "daemon/standing_services.hpp"
#include "daemon/subscriptions.hpp"
#include "daemon/viewer_door.hpp"
#include "daemon/viewer_streams.hpp"
#include "daemon/why_methods.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cihost::daemon {

/// The daemon: one control thread, the one that calls run(), with the receivers and the control
/// socket on it.
class application {
  public:
    using receiver_factory = std::function<std::unique_ptr<receiver_port>(
        boost::asio::io_context&, const config&, const receiver_config&, runtime::log_function)>;

    /// Opens the control socket. Throws std::runtime_error with a sentence if that fails. `log`
    /// must outlive the application.
    application(config settings, const receiver_factory& make, event_log& log,
                const surroundings& around = {},
                std::chrono::milliseconds watch_period = std::chrono::seconds{2});

    /// Until SIGTERM or SIGINT. Then recordings are closed, services withdrawn, and the control
    /// socket goes; a second signal no longer waits for the disk.
    void run();

  private:
    void begin();
    /// Its receiver, not yet started.
    void add(const planned_receiver& planned);
    void start(std::size_t member, const receiver_config& settings);
    /// How modules lead a receiver to services; empty where they must not.
    runtime::multiplex_finder modules_way(const receiver_config& receiver);
    /// Reads the configuration again; `done` gets what came of it.
    void reload(std::function<void(const reload_report&)> done);
    void reload_by_signal();
    void tell(const reload_report& report);
    reload_report adopt(new_configuration next);
    /// What cannot be had stays as it is, in `next` too.
    void adopt_http(config& next, reload_report& report);
    void adopt_receivers(const std::vector<planned_receiver>& planned, reload_report& report);
    void change(std::size_t member, const receiver_config& next, reload_report& report);
    void let_go_of_retired();
    /// If any of them may be ours.
    void watch_adapters();
    /// Devices came or went.
    void devices_changed(const device_inventory& found);
    void note_presence(std::size_t member, const device_inventory& found);
    void add_found(const device_inventory& found);
    void start_trace(const receiver_config& receiver);
    /// Lets go of receivers that nobody needs any more, from time to time.
    void look_after_receivers();
    /// Tells the service manager how the daemon fares.
    void tell_status();
    /// From the control thread, so that one that hangs is noticed.
    void feed_watchdog();
    void await_signal();
    void stop();
    /// Without patience for the disk.
    void give_up(const std::string& why);
    void finish();
    void say(runtime::severity level, std::string message);

    config config_;
    receiver_factory make_;
    event_log& log_;
    boost::asio::io_context context_{1};
    receiver_plan plan_;
    /// Before the socket opens: who can reach the daemon may stop it.
    boost::asio::signal_set signals_;
    listening_socket listening_;
    cam_knowledge cams_;
    receiver_set receivers_;
    service_finder finder_;
    rule_watch rules_;
    recording_book book_;
    viewer_streams viewers_;
    viewer_door door_;
    device_scanner scanner_;
    adapter_watch watch_;
    bool watching_ = false;
    config_loader loader_;
    /// Those of each receiver, and what it was made from.
    std::map<std::string, std::unique_ptr<standing_services>> standing_;
    std::map<std::string, receiver_config> configured_;
    rpc_dispatcher dispatcher_;
    control_methods methods_;
    cam_methods cam_methods_{cams_, receivers_};
    why_methods why_methods_{receivers_, finder_};
    log_methods log_methods_;
    subscriptions subscriptions_;
    control_server server_;
    boost::asio::steady_timer stop_patience_;
    boost::asio::steady_timer look_timer_;
    boost::asio::steady_timer watchdog_timer_;
    std::string status_told_;
    bool stopping_ = false;
    bool finished_ = false;
};

} // namespace cihost::daemon
