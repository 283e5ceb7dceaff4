// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/application.hpp"

#include "daemon/device_report.hpp"
#include "daemon/recording_file_name.hpp"
#include "daemon/rpc_params.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/status_report.hpp"

#include <cihost/version.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace cihost::daemon {
namespace {

using runtime::severity;

/// How long a stopping daemon waits for recordings to reach the disk; service managers kill after
/// 90 s.
constexpr std::chrono::seconds disk_patience{20};
/// Each look asks all receivers.
constexpr std::chrono::seconds look_period{3};

} // namespace

application::application(config settings, const receiver_factory& make, event_log& log,
                         const surroundings& around, std::chrono::milliseconds watch_period)
    : config_{std::move(settings)}
    , make_{make}
    , log_{log}
    , plan_{plan_receivers(config_, around)}
    , signals_{context_, SIGTERM, SIGINT, SIGHUP}
    , listening_{config_.socket, config_.socket_mode, config_.socket_group}
    , cams_{config_.cam, log_.function()}
    , finder_{receivers_, plan_.channels, config_.idle_after, {config_.rules, config_.priorities}}
    , rules_{receivers_, config_.rules, log_.function()}
    , book_{context_,
            receivers_,
            finder_,
            {config_.recording_directory, config_.recording_pattern, config_.socket,
             log_.function()}}
    , viewers_{receivers_, finder_, log_.function()}
    , door_{context_, viewers_, log_.function()}
    , scanner_{context_, around, configured_frontends(config_)}
    , watch_{context_, scanner_, plan_.listing,
             [this](const device_inventory& found) { devices_changed(found); }, watch_period}
    , loader_{context_, around}
    , methods_{receivers_, finder_, scanner_, book_, config_.recording_directory}
    , log_methods_{log}
    , subscriptions_{context_, log, [this] { return methods_.report(); }}
    , server_{context_, listening_.release(), dispatcher_, log.function()}
    , stop_patience_{context_}
    , look_timer_{context_}
    , watchdog_timer_{context_} {
    for (const auto& planned : plan_.receivers)
        add(planned);
    methods_.add_to(dispatcher_);
    methods_.tell_http([this] { return door_.place(); });
    cam_methods_.add_to(dispatcher_);
    why_methods_.add_to(dispatcher_);
    log_methods_.add_to(dispatcher_);
    subscriptions_.add_to(dispatcher_);
    dispatcher_.add(
        "reload", [this](const boost::json::object& params, const rpc_dispatcher::reply& done) {
            const rpc_params none{params, {}};
            reload([done](const reload_report& r) { done(boost::json::value(to_json(r))); });
        });
}

void application::add(const planned_receiver& planned) {
    const auto& receiver = planned.settings;
    receivers_.add(receiver.name, make_(context_, config_, receiver, log_.function(receiver.name)),
                   receiver.tuning.has_value(), planned.systems, receiver.nodes, planned.present);
    auto& port = *receivers_.members().back().port;
    port.ask_about_cams(cams_.adviser(receiver.name, receiver.cam_profile));
    port.let_modules_tune(modules_way(receiver));
    configured_[receiver.name] = receiver;
    standing_[receiver.name] = std::make_unique<standing_services>(
        context_, port, receiver.services,
        standing_services::settings{
            .log = log_.function(receiver.name),
            .missing = [this, name = receiver.name](std::vector<missing_service> missing) {
                receivers_.note_missing(name, std::move(missing));
            }});
}

runtime::multiplex_finder application::modules_way(const receiver_config& receiver) {
    if (receiver.tuning) // it is configured to stay where it is
        return {};
    return [this, name = receiver.name](std::uint16_t service_id) {
        return finder_.multiplexes_of(service_id, name);
    };
}

void application::start(std::size_t member, const receiver_config& settings) {
    if (settings.trace)
        start_trace(settings);
    receivers_.members()[member].port->start();
    standing_.at(settings.name)->start();
}

void application::run() {
    begin();
    notify_ready();
    context_.run();
}

void application::begin() {
    say(severity::info, "cihostd " + std::string(version()) + " starts.");
    for (const auto& remark : plan_.remarks)
        log_.write(remark);
    if (!config_.cam.profiles_remark.empty())
        say(severity::warning, config_.cam.profiles_remark);
    for (const auto& remark : cams_.remarks())
        say(severity::warning, remark);
    for (std::size_t i = 0; i < receivers_.members().size(); ++i)
        start(i, plan_.receivers[i].settings);
    watch_adapters();
    book_.begin();
    if (config_.http)
        door_.open(*config_.http);
    server_.start();
    say(severity::info, "Control socket " + listening_.path().string() + " is open.");
    look_after_receivers();
    feed_watchdog();
    await_signal();
}

void application::watch_adapters() {
    // virtual receivers alone: nothing in /dev/dvb is ours
    if (!watching_ && (config_.receivers.empty() || !configured_frontends(config_).empty())) {
        watching_ = true;
        watch_.start();
    }
}

void application::feed_watchdog() {
    const auto period = watchdog_period();
    if (!period)
        return;
    notify_watchdog();
    watchdog_timer_.expires_after(*period / 3);
    watchdog_timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled)
            feed_watchdog();
    });
}

void application::tell_status() {
    if (!service_manager_listens())
        return;
    auto text = status_line(receivers_);
    if (text == status_told_)
        return;
    notify_status(text);
    status_told_ = std::move(text);
}

void application::look_after_receivers() {
    let_go_of_retired();
    tell_status();
    finder_.release(std::chrono::steady_clock::now());
    cams_.look(std::chrono::steady_clock::now());
    rules_.look();
    viewers_.look(std::chrono::steady_clock::now());
    door_.look();
    look_timer_.expires_after(look_period);
    look_timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled && !stopping_)
            look_after_receivers();
    });
}

void application::devices_changed(const device_inventory& found) {
    if (stopping_)
        return;
    for (std::size_t i = 0; i < receivers_.members().size(); ++i)
        note_presence(i, found);
    if (config_.receivers.empty())
        add_found(found);
}

void application::note_presence(std::size_t member, const device_inventory& found) {
    const auto& known = receivers_.members()[member];
    if (!known.nodes)
        return;
    const bool present = found.has(known.nodes->frontend);
    if (present != known.present)
        log_.function(known.name)({severity::info, "daemon",
                                   present ? known.nodes->frontend.string() + " is there."
                                           : absent_reason(*known.nodes)});
    // another device may have come under the same name
    const auto* const frontend = found.find(known.nodes->frontend);
    const bool asked = frontend != nullptr && !frontend->systems.empty();
    receivers_.note_frontend(member, present, asked ? frontend->systems : known.systems);
}

void application::add_found(const device_inventory& found) {
    for (const auto& planned : found_receivers(found)) {
        const auto& nodes = *planned.settings.nodes;
        const auto& members = receivers_.members();
        const auto same =
            std::ranges::find(members, planned.settings.name, &receiver_set::member::name);
        if (same == members.end()) {
            add(planned);
            start(members.size() - 1, planned.settings);
            say(severity::info, "Receiver '" + planned.settings.name +
                                    "' has come: " + nodes.frontend.string() + " is used.");
        } else if (same->nodes && same->nodes->ca != nodes.ca) {
            say(severity::warning, "Receiver '" + same->name +
                                       "' has another CA device than before: restart cihostd "
                                       "to use it.");
        }
    }
}

/// Under a name of its own at each start: the daemon never writes over a file, and a service that
/// is started again shall be traced again.
void application::start_trace(const receiver_config& receiver) {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::error_code obstacle;
    std::filesystem::create_directories(receiver.trace->parent_path(), obstacle);
    std::error_code none_there;
    if (!obstacle && std::filesystem::is_directory(*receiver.trace, none_there))
        obstacle = std::make_error_code(std::errc::is_a_directory);
    if (obstacle)
        return say(severity::error, "There is no trace of receiver '" + receiver.name +
                                        "': " + receiver.trace->string() +
                                        " cannot be written: " + obstacle.message() +
                                        ". [[receiver]] trace names another file.");
    const auto file = unused_file_name(*receiver.trace, now);
    try {
        receivers_.start_trace(
            receiver.name, file, true,
            [this, wanted = *receiver.trace](const set_trace& trace, const std::string& failed) {
                if (failed.empty()) // else the receiver has said so
                    say(severity::info,
                        "The trace of receiver '" + trace.receiver + "' goes to " +
                            trace.file.string() +
                            (trace.file == wanted ? "." : ": " + wanted.string() + " is there."));
            });
    } catch (const rpc_error& e) {
        say(severity::error, e.message());
    }
}

void application::await_signal() {
    signals_.async_wait([this](const boost::system::error_code& failed, int signal) {
        if (failed)
            return;
        if (signal == SIGHUP)
            reload_by_signal();
        else if (stopping_)
            give_up("A second signal came; what is not on the disk yet is lost.");
        else
            stop();
        if (!finished_)
            await_signal();
    });
}

void application::stop() {
    stopping_ = true;
    look_timer_.cancel();
    watch_.stop();
    notify_stopping();
    say(severity::info, "cihostd stops.");
    server_.stop_accepting();
    methods_.stop();
    book_.halt();
    door_.close();
    viewers_.end_all();
    standing_.clear();

    // one guard shared by all: whoever is last to let go of it finishes
    const std::shared_ptr<void> guard{nullptr, [this](void*) { finish(); }};
    for (const auto& recording : receivers_.recordings()) {
        if (recording.report.state == "stopped" || recording.report.state == "failed")
            continue;
        try {
            receivers_.stop_recording(recording.report.id, [this, guard](const set_recording& r) {
                say(severity::info, "Recording " + r.report.file + " is closed with " +
                                        std::to_string(r.report.bytes) + " bytes.");
            });
        } catch (const rpc_error&) { // it ended by itself just now
        }
    }
    stop_patience_.expires_after(disk_patience);
    stop_patience_.async_wait([this](const boost::system::error_code& cancelled) {
        if (cancelled || finished_)
            return;
        give_up("The disk is too slow; recordings are left unfinished.");
    });
}

void application::give_up(const std::string& why) {
    if (finished_)
        return;
    say(severity::warning, why);
    receivers_.give_up_disk();
    finish();
}

void application::finish() {
    if (std::exchange(finished_, true))
        return;
    stop_patience_.cancel();
    // after the answers to those who stopped a recording have been written
    boost::asio::post(context_, [this] {
        server_.close();
        book_.finish();
        subscriptions_.close();
        watchdog_timer_.cancel();
        receivers_.clear();
        cams_.finish();
        signals_.cancel();
        say(severity::info, "cihostd has stopped.");
    });
}

void application::say(severity level, std::string message) {
    log_.write({level, "daemon", std::move(message)});
}

} // namespace cihost::daemon
