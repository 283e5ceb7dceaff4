// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/application.hpp"

#include "daemon/device_report.hpp"
#include "daemon/recording_file_name.hpp"
#include "daemon/service_manager.hpp"

#include <cihost/version.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <system_error>
#include <utility>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;
using runtime::severity;

/// How long a stopping daemon waits for recordings to reach the disk; service managers kill after
/// 90 s.
constexpr std::chrono::seconds disk_patience{20};
constexpr std::chrono::seconds look_period{1};

} // namespace

application::application(config settings, const receiver_factory& make, event_log& log,
                         const surroundings& around, std::chrono::milliseconds watch_period)
    : config_{std::move(settings)}
    , make_{make}
    , log_{log}
    , plan_{plan_receivers(config_, around)}
    , signals_{context_, SIGTERM, SIGINT, SIGHUP}
    , listening_{config_.socket, config_.socket_mode}
    , finder_{receivers_, plan_.channels, config_.idle_after}
    , scanner_{context_, around, configured_frontends(config_)}
    , watch_{context_, scanner_, plan_.listing,
             [this](const device_inventory& found) { devices_changed(found); }, watch_period}
    , methods_{receivers_, finder_, scanner_, config_.recording_directory}
    , server_{context_, listening_.release(), dispatcher_, log.function()}
    , stop_patience_{context_}
    , look_timer_{context_} {
    for (const auto& planned : plan_.receivers)
        add(planned);
    methods_.add_to(dispatcher_);
}

void application::add(const planned_receiver& planned) {
    const auto& receiver = planned.settings;
    receivers_.add(receiver.name, make_(context_, config_, receiver, log_.function(receiver.name)),
                   receiver.tuning.has_value(), planned.systems, receiver.nodes, planned.present);
    auto& port = *receivers_.members().back().port;
    if (!receiver.tuning) // else it is configured to stay where it is
        port.let_modules_tune(
            [this, member = receivers_.members().size() - 1](std::uint16_t service_id) {
                return finder_.multiplexes_of(service_id, member);
            });
    standing_.push_back(std::make_unique<standing_services>(
        context_, port, receiver.services,
        standing_services::settings{
            .log = log_.function(receiver.name),
            .missing = [this, member = standing_.size()](std::vector<missing_service> missing) {
                receivers_.note_missing(member, std::move(missing));
            }}));
}

void application::start(std::size_t member, const receiver_config& settings) {
    if (settings.trace)
        start_trace(settings);
    receivers_.members()[member].port->start();
    standing_[member]->start();
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
    std::error_code failed;
    fs::create_directories(config_.recording_directory, failed);
    if (failed) // a disk may be mounted later
        say(severity::warning, "The recording folder " + config_.recording_directory.string() +
                                   " cannot be created: " + failed.message() + ".");
    for (std::size_t i = 0; i < receivers_.members().size(); ++i)
        start(i, plan_.receivers[i].settings);
    // virtual receivers alone: nothing in /dev/dvb is ours
    if (config_.receivers.empty() || !configured_frontends(config_).empty())
        watch_.start();
    server_.start();
    say(severity::info, "Control socket " + listening_.path().string() + " is open.");
    look_after_receivers();
    await_signal();
}

void application::look_after_receivers() {
    finder_.release(std::chrono::steady_clock::now());
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
        } else if (same->nodes->ca != nodes.ca) {
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
            say(severity::info, "SIGHUP has no meaning yet and is ignored.");
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
        receivers_.clear();
        signals_.cancel();
        say(severity::info, "cihostd has stopped.");
    });
}

void application::say(severity level, std::string message) {
    log_.write({level, "daemon", std::move(message)});
}

} // namespace cihost::daemon
