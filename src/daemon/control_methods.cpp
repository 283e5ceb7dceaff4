// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/control_methods.hpp"

#include "daemon/cam_reset.hpp"
#include "daemon/channel_report.hpp"
#include "daemon/daemon_identity.hpp"
#include "daemon/device_report.hpp"
#include "daemon/device_text.hpp"
#include "daemon/report_json.hpp"
#include "daemon/rpc_params.hpp"
#include "daemon/status_report.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// What a method answers to a request for nothing but itself.
template<class Function>
rpc_dispatcher::method plain(Function report) {
    return [report](const json::object& params, const rpc_dispatcher::reply& done) {
        const rpc_params none{params, {}};
        done(json::value(report()));
    };
}

} // namespace

control_methods::control_methods(receiver_set& receivers, service_finder& finder,
                                 device_scanner& scanner, recording_book& book,
                                 fs::path recording_directory)
    : receivers_{receivers}
    , finder_{finder}
    , scanner_{scanner}
    , menus_{receivers}
    , records_{book, recording_directory}
    , recording_directory_{std::move(recording_directory)}
    , started_{std::chrono::steady_clock::now()} {}

void control_methods::add_to(rpc_dispatcher& dispatcher) {
    using reply = rpc_dispatcher::reply;
    dispatcher.add("version", plain(daemon_identity));
    dispatcher.add("status", plain([this] { return status(); }));
    dispatcher.add("services", plain([this] { return services(); }));
    dispatcher.add("channels", plain([this] { return channel_report(finder_.channels()); }));
    dispatcher.add("devices", [this](const json::object& params, reply done) {
        devices(params, std::move(done));
    });
    dispatcher.add("plan", plain([this] { return plan(); }));
    dispatcher.add("record.list", plain([this] { return records_.list(); }));
    dispatcher.add_for_client(
        "record.start",
        [this](const json::object& params, const rpc_dispatcher::client& who, reply done) {
            refuse_if_stopping();
            records_.start(params, who, std::move(done));
        });
    dispatcher.add("record.stop", [this](const json::object& params, reply done) {
        records_.stop(params, std::move(done));
    });
    const auto add_menu = [&](const char* name, auto method) {
        dispatcher.add(name, [this, method](const json::object& params, const reply& done) {
            refuse_if_stopping();
            done(json::value((menus_.*method)(params)));
        });
    };
    add_menu("cam.menu", &menu_methods::ask);
    add_menu("cam.menu.answer", &menu_methods::answer);
    add_menu("cam.menu.close", &menu_methods::close);
    dispatcher.add("cam.reset", [this](const json::object& params, const reply& done) {
        refuse_if_stopping();
        done(json::value(reset_cam(receivers_, params)));
    });
    dispatcher.add("trace.start", [this](const json::object& params, reply done) {
        trace_start(params, std::move(done));
    });
    dispatcher.add("trace.stop", [this](const json::object& params, reply done) {
        trace_stop(params, std::move(done));
    });
}

json::object control_methods::status() {
    auto report = daemon_identity();
    const std::chrono::duration<double> uptime = std::chrono::steady_clock::now() - started_;
    report["uptime"] = uptime.count();
    for (auto& member : this->report())
        report[member.key()] = std::move(member.value());
    const auto http = http_();
    report["http"] = http.where ? json::value(to_string(*http.where)) : json::value(nullptr);
    report["http_problem"] = http.problem;
    return report;
}

json::object control_methods::report() {
    return {{"receivers", receivers_report(receivers_)},
            {"recordings", std::move(records_.list()["recordings"])}};
}

json::object control_methods::services() const {
    json::array all;
    for (const auto& member : receivers_.members()) {
        const auto report = member.port->report();
        for (const auto& service : report.services) {
            auto object = to_json(service);
            object["receiver"] = member.name;
            const policy::assignment_service who{service.program_number, service.name,
                                                 service.provider};
            json::array cams;
            for (const auto& cam : finder_.able_cams(who, service.ca_system_ids, report.tuning))
                cams.push_back(
                    {{"receiver", cam.receiver}, {"slot", cam.slot}, {"name", cam.name}});
            object["cams"] = std::move(cams);
            object["ruled_out"] = finder_.ruled_out(who, service.ca_system_ids, report.tuning);
            add_viewers(object, member, service.program_number);
            all.push_back(std::move(object));
        }
    }
    return {{"services", std::move(all)}};
}

void control_methods::devices(const json::object& params, rpc_dispatcher::reply done) {
    const rpc_params none{params, {}};
    scanner_.scan([this, done = std::move(done)](const device_inventory& found) {
        auto report = device_report(found, device_users(receivers_));
        report["text"] = device_text(report);
        done(json::value(std::move(report)));
    });
}

json::object control_methods::plan() {
    json::array all;
    for (const auto& line : finder_.plan())
        all.push_back(to_json(line));
    return {{"wishes", std::move(all)}};
}

void control_methods::trace_start(const json::object& params, rpc_dispatcher::reply done) {
    const rpc_params p{params, {"file", "from_start", "receiver"}};
    const auto file = p.required_text("file");
    const auto from_start = p.flag("from_start").value_or(false);
    const auto receiver = p.text("receiver");
    refuse_if_stopping();
    receivers_.start_trace(
        receiver, resolve(file), from_start,
        [done = std::move(done)](const set_trace& started, const std::string& failed) {
            if (failed.empty())
                done(json::value(to_json(started)));
            else
                done(rpc_error{rpc_code::failed, failed});
        });
}

void control_methods::trace_stop(const json::object& params, rpc_dispatcher::reply done) {
    const rpc_params p{params, {"receiver"}};
    receivers_.stop_trace(p.text("receiver"), [done = std::move(done)](const set_trace& finished) {
        done(json::value(to_json(finished)));
    });
}

fs::path control_methods::resolve(const fs::path& file) const {
    return (recording_directory_ / file).lexically_normal();
}

void control_methods::refuse_if_stopping() const {
    if (stopping_)
        throw rpc_error{rpc_code::conflict, "cihostd is stopping; nothing new begins."};
}

} // namespace cihost::daemon
