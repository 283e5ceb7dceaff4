// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/program.hpp"

#include "base/printable.hpp"
#include "cli/cam_place.hpp"
#include "cli/cam_view.hpp"
#include "cli/cams.hpp"
#include "cli/check.hpp"
#include "cli/complete.hpp"
#include "cli/control_client.hpp"
#include "cli/json_view.hpp"
#include "cli/log.hpp"
#include "cli/log_view.hpp"
#include "cli/menu.hpp"
#include "cli/record.hpp"
#include "cli/report_view.hpp"
#include "cli/services.hpp"
#include "cli/stream.hpp"
#include "cli/text.hpp"
#include "cli/versions.hpp"
#include "cli/watch.hpp"
#include "cli/why_view.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <concepts>
#include <sstream>
#include <string>
#include <type_traits>
#include <unistd.h>
#include <utility>
#include <variant>

namespace cihost::cli {
namespace {

namespace json = boost::json;

/// Tuners that hang in their drivers take their time to be asked.
constexpr std::chrono::seconds scan_patience{30};

/// The daemon lays out the table, as cihostd --devices does; safe all the same.
std::string devices_text(const json::value& devices) {
    const auto* const object = devices.if_object();
    const auto* const text = object != nullptr ? object->if_contains("text") : nullptr;
    if (text == nullptr || !text->is_string())
        return "cihostd tells of its devices in another way than this cihost expects; --json "
               "shows it.\n";
    std::istringstream lines{std::string(text->get_string())};
    std::string safe;
    for (std::string line; std::getline(lines, line);)
        safe += printable(line) + "\n";
    return safe;
}

std::string reload_text(const json::value& v) {
    const json_view answer{v};
    const auto sentence = [&](const char* list, const std::string& words) {
        std::string all;
        for (const auto& one : answer[list].list())
            all += (all.empty() ? "" : ", ") + json_view{one}.text();
        return all.empty() ? std::string{} : words + all + ".\n";
    };
    const auto changed = sentence("changed", "Changed: ");
    return (changed.empty() ? "The configuration was read again; nothing has changed.\n"
                            : changed) +
           sentence("restart", "Only a restart of cihostd changes: ");
}

template<class Command>
concept needs_no_daemon = std::same_as<Command, check_command> ||
    std::same_as<Command, complete_command> || std::same_as<Command, version_command>;

/// Carries out one command on a connection.
class executor {
  public:
    executor(control_client& daemon, bool as_json, const terminal& t)
        : daemon_{daemon}
        , as_json_{as_json}
        , terminal_{t} {}

    exit_status operator()(const status_command& c) {
        if (c.watch)
            return watch_status(daemon_, as_json_, terminal_);
        return answer(daemon_.call("status"),
                      [this](const json::value& v) { return status_text(v, terminal_.style); });
    }
    exit_status operator()(const services_command& c) {
        return services(daemon_, c, as_json_, terminal_);
    }
    exit_status operator()(const devices_command&) {
        const auto devices = daemon_.call("devices", {}, scan_patience);
        if (!json_view{devices}["adapters"].list().empty())
            return answer(devices, devices_text);
        // as cihostd --devices
        if (as_json_)
            answer(devices, devices_text);
        else
            terminal_.err << devices_text(devices);
        return exit_status::refused;
    }
    exit_status operator()(const plan_command&) {
        const auto plan = daemon_.call("plan");
        answer(plan, [this](const json::value& v) { return plan_text(v, terminal_.style); });
        return somebody_left_out(plan) ? exit_status::left_out : exit_status::done;
    }
    exit_status operator()(const why_command& c) {
        auto params = receiver(c.receiver);
        params["service"] = service_param(c.service);
        const auto why = daemon_.call("why", std::move(params));
        answer(why, [this](const json::value& v) { return why_text(v, terminal_.style); });
        return found_clear(why) ? exit_status::done : exit_status::not_clear;
    }
    exit_status operator()(const cams_command&) {
        return answer(cams_in_slots(daemon_.call("status")), [this](const json::value& v) {
            return cams_in_slots_text(v, terminal_.style);
        });
    }
    exit_status operator()(const menu_command& c) { return menu(daemon_, c, as_json_, terminal_); }
    exit_status operator()(const log_command& c) {
        return show_log(daemon_, c, as_json_, terminal_);
    }
    exit_status operator()(const log_level_command& c) {
        if (!c.level)
            return answer(daemon_.call("log.levels"), log_levels_text);
        json::object params{{"level", *c.level}};
        if (c.area)
            params["area"] = *c.area;
        return answer(daemon_.call("log.set_level", std::move(params)), log_levels_text);
    }
    exit_status operator()(const reload_command&) {
        const auto report = daemon_.call("reload", {}, scan_patience);
        const auto& problems = json_view{report}["problems"].list();
        if (as_json_ || problems.empty())
            answer(report, reload_text);
        const auto& failed = json_view{report}["failed"].list();
        for (const auto& why : failed)
            terminal_.err << "cihost: " << printable(json_view{why}.text()) << "\n";
        if (problems.empty())
            return failed.empty() ? exit_status::done : exit_status::refused;
        for (const auto& problem : problems)
            terminal_.err << json_view{problem}.text() << "\n";
        terminal_.err << "cihost: Nothing has changed; mend that, and reload again.\n";
        return exit_status::refused;
    }
    exit_status operator()(const record_command& c) {
        return record(daemon_, c, as_json_, terminal_);
    }
    exit_status operator()(const record_stop_command& c) {
        return answer(
            daemon_.call("record.stop", {{"id", c.id}}, disk_patience),
            [this](const json::value& v) { return recording_line(v, terminal_.style) + "\n"; });
    }
    exit_status operator()(const record_list_command&) {
        return answer(daemon_.call("record.list"),
                      [this](const json::value& v) { return recordings_text(v, terminal_.style); });
    }
    exit_status operator()(const stream_command& c) {
        return stream(daemon_, c, terminal_, STDOUT_FILENO);
    }
    exit_status operator()(const trace_start_command& c) {
        auto params = receiver(c.receiver);
        params["file"] = c.file.string();
        params["from_start"] = c.from_start;
        return answer(daemon_.call("trace.start", std::move(params), disk_patience),
                      [](const json::value& v) {
                          return "The conversation with the CAM is written to " +
                                 json_view{v}["file"].text() + ".\n";
                      });
    }
    exit_status operator()(const trace_stop_command& c) {
        return answer(daemon_.call("trace.stop", receiver(c.receiver), disk_patience),
                      [](const json::value& v) {
                          return json_view{v}["file"].text() + ": " +
                                 size(json_view{v}["bytes"].number().value_or(0)) + "\n";
                      });
    }

    exit_status operator()(const cam_list_command&) {
        return answer(daemon_.call("cam.list"), cams_text);
    }
    exit_status operator()(const cam_show_command& c) {
        return answer(daemon_.call("cam.show", {{"cam", c.cam}}), one_cam_text);
    }
    exit_status operator()(const cam_pin_command& c) {
        json::object params{{"cam", c.cam}, {"pinned", c.pinned}};
        if (c.profile)
            params["profile"] = *c.profile;
        return answer(daemon_.call("cam.pin", std::move(params)), [](const json::value& v) {
            const json_view cam{v};
            auto text = cam["id"].text();
            if (!cam["pinned"].flag())
                return text + " is not pinned any more; cihostd learns of it again.\n";
            text += " is pinned: what was learned of it stays as it is";
            if (const auto profile = cam["pinned_profile"].text(); !profile.empty())
                text += ", and its profile is '" + profile + "' from its next start on";
            return text + ".\n";
        });
    }
    exit_status operator()(const cam_profile_command& c) {
        if (c.profile)
            return (*this)(cam_pin_command{*c.cam, true, c.profile});
        if (c.cam)
            return answer(daemon_.call("cam.show", {{"cam", *c.cam}}), cam_profile_text);
        return answer(daemon_.call("cam.list"), cam_profiles_text);
    }
    exit_status operator()(const cam_reset_command& c) {
        const auto where = find_cam(daemon_.call("status"), c.where);
        auto params = where.params();
        if (c.force)
            params["force"] = true;
        return answer(daemon_.call("cam.reset", std::move(params)), [&](const json::value&) {
            return "The CAM in " + printable(where.text()) +
                   " is reset; 'cihost cams' shows how it comes back.\n";
        });
    }
    exit_status operator()(const cam_forget_command& c) {
        return answer(daemon_.call("cam.forget", {{"cam", c.cam}}), [](const json::value& v) {
            const json_view cam{v};
            auto text = "What was learned of " + cam["id"].text() + " is forgotten" +
                        (cam["in_use"].flag() ? "; it is in use, and learned of anew from now on.\n"
                                              : ".\n");
            if (!cam["pinned"].flag())
                return text;
            const auto profile = cam["pinned_profile"].text();
            return text + "It was pinned" +
                   (profile.empty() ? std::string{} : " to the profile '" + profile + "'") +
                   ", and is no longer. 'cihost cam pin' does that again" +
                   (cam["in_use"].flag() ? ".\n" : " once it was met again.\n");
        });
    }

    /// Carried out before there is a connection.
    template<class Command>
    exit_status operator()(const Command&) requires needs_no_daemon<Command> {
        return exit_status::usage;
    }

  private:
    template<class Text>
    exit_status answer(const json::value& value, Text text) const {
        terminal_.out << (as_json_ ? json::serialize(value) + "\n" : text(value));
        return exit_status::done;
    }

    static json::object receiver(const std::optional<std::string>& name) {
        json::object params;
        if (name)
            params["receiver"] = *name;
        return params;
    }

    control_client& daemon_;
    bool as_json_;
    const terminal& terminal_;
};

} // namespace

namespace {

exit_status complete(const complete_command& c, const terminal& t) {
    for (const auto& word : completions(c.words, values_of_daemon(c.words)))
        t.out << word << "\n";
    return exit_status::done;
}

exit_status carry_out(const command_line& line, const terminal& t) {
    if (const auto* c = std::get_if<complete_command>(&line.command))
        return complete(*c, t);
    if (const auto* c = std::get_if<check_command>(&line.command))
        return check(*c, line.json, t);
    if (line.json && std::holds_alternative<stream_command>(line.command)) {
        t.err << "cihost: 'stream' writes a transport stream, and no JSON; leave out --json.\n";
        return exit_status::usage;
    }
    if (std::holds_alternative<version_command>(line.command))
        return show_versions(line.socket, line.json, t);
    control_client daemon{line.socket};
    return std::visit(executor{daemon, line.json, t}, line.command);
}

} // namespace

exit_status run(std::span<const std::string> arguments, const terminal& t) {
    const auto parsed = parse_command_line(arguments);
    if (const auto* end = std::get_if<command_line_end>(&parsed)) {
        (end->status == exit_status::done ? t.out : t.err) << end->text;
        return end->status;
    }
    const auto& line = std::get<command_line>(parsed);
    try {
        return carry_out(line, t);
    } catch (const control_refused& e) {
        t.err << "cihost: " << printable(e.what()) << "\n";
        if (e.unknown_method())
            t.err << "This cihostd is older than cihost; install both from the same release, and "
                     "restart cihostd.\n";
        return exit_status::refused;
    } catch (const control_unreachable& e) {
        t.err << "cihost: " << printable(e.what()) << "\n";
        if (std::holds_alternative<devices_command>(line.command))
            t.err << "Without the daemon, \"cihostd --devices\" shows the same.\n";
        return exit_status::unreachable;
    }
}

} // namespace cihost::cli
