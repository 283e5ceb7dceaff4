// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/control_methods.hpp"

#include "daemon/control_server.hpp"
#include "daemon/device_report.hpp"
#include "daemon/device_text.hpp"
#include "daemon/recording_file_name.hpp"
#include "daemon/report_json.hpp"
#include "daemon/rpc_params.hpp"

#include <cihost/version.hpp>

#include <boost/json/array.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

json::object version_report() {
    return {{"program", "cihostd"},
            {"version", std::string(version())},
            {"protocol", control_protocol}};
}

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
                                 device_scanner& scanner, fs::path recording_directory)
    : receivers_{receivers}
    , finder_{finder}
    , scanner_{scanner}
    , menus_{receivers}
    , recording_directory_{std::move(recording_directory)}
    , started_{std::chrono::steady_clock::now()} {}

void control_methods::add_to(rpc_dispatcher& dispatcher) {
    using reply = rpc_dispatcher::reply;
    dispatcher.add("version", plain(version_report));
    dispatcher.add("status", plain([this] { return status(); }));
    dispatcher.add("services", plain([this] { return services(); }));
    dispatcher.add("devices", [this](const json::object& params, reply done) {
        devices(params, std::move(done));
    });
    dispatcher.add("record.list", plain([this] { return record_list(); }));
    dispatcher.add("record.start", [this](const json::object& params, const reply& done) {
        done(json::value(record_start(params)));
    });
    dispatcher.add("record.stop", [this](const json::object& params, reply done) {
        record_stop(params, std::move(done));
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
    dispatcher.add("trace.start", [this](const json::object& params, reply done) {
        trace_start(params, std::move(done));
    });
    dispatcher.add("trace.stop", [this](const json::object& params, reply done) {
        trace_stop(params, std::move(done));
    });
}

json::object control_methods::status() {
    auto report = version_report();
    const std::chrono::duration<double> uptime = std::chrono::steady_clock::now() - started_;
    report["uptime"] = uptime.count();
    json::array receivers;
    for (const auto& member : receivers_.members()) {
        auto receiver = to_json(member.port->report());
        // one that rests does not look whether its tuner is there
        if (member.nodes && !member.present && receiver["state"] == json::value("idle")) {
            receiver["state"] = "absent";
            receiver["reason"] = absent_reason(*member.nodes);
        }
        json::array missing;
        for (const auto& m : member.missing)
            missing.push_back(to_json(m));
        receiver["missing_services"] = std::move(missing);
        receivers.push_back(std::move(receiver));
    }
    report["receivers"] = std::move(receivers);
    report["recordings"] = std::move(record_list()["recordings"]);
    return report;
}

json::object control_methods::services() const {
    json::array all;
    for (const auto& member : receivers_.members())
        for (const auto& service : member.port->report().services) {
            auto object = to_json(service);
            object["receiver"] = member.name;
            all.push_back(std::move(object));
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

json::object control_methods::record_start(const json::object& params) {
    const rpc_params p{params, {"service", "file", "receiver"}};
    const auto service = p.required_service("service");
    const auto file = p.text("file");
    const auto receiver = p.text("receiver");
    refuse_if_stopping();
    const auto what = finder_.find(service, receiver);
    const auto started =
        receivers_.start_recording(what, file ? resolve(*file) : unused_name(what));
    return {{"id", started.report.id},
            {"file", started.report.file},
            {"receiver", started.receiver},
            {"program_number", started.report.program_number},
            {"name", what.service_name}};
}

void control_methods::record_stop(const json::object& params, rpc_dispatcher::reply done) {
    const rpc_params p{params, {"id"}};
    receivers_.stop_recording(p.required_number("id"),
                              [done = std::move(done)](const set_recording& finished) {
                                  done(json::value(to_json(finished)));
                              });
}

json::object control_methods::record_list() {
    json::array all;
    for (const auto& recording : receivers_.recordings())
        all.push_back(to_json(recording));
    return {{"recordings", std::move(all)}};
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

/// Two recordings of one service may begin within a second.
fs::path control_methods::unused_name(const receiver_set::location& what) {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    const auto first = resolve(recording_file_name(what.service_name, what.program_number, now));
    auto name = first;
    std::error_code ignored;
    const auto taken = [&] {
        if (fs::exists(name, ignored))
            return true;
        // the writer's thread may not have created it yet
        for (const auto& r : receivers_.recordings())
            if (r.report.file == name)
                return true;
        return false;
    };
    for (int copy = 2; taken(); ++copy)
        name = first.parent_path() /
               (first.stem().string() + "-" + std::to_string(copy) + first.extension().string());
    return name;
}

void control_methods::refuse_if_stopping() const {
    if (stopping_)
        throw rpc_error{rpc_code::conflict, "cihostd is stopping; nothing new begins."};
}

} // namespace cihost::daemon
