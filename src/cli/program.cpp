// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/program.hpp"

#include "base/printable.hpp"
#include "cli/control_client.hpp"
#include "cli/json_view.hpp"
#include "cli/record.hpp"
#include "cli/report_view.hpp"
#include "cli/text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <sstream>
#include <string>
#include <type_traits>
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

/// Carries out one command on a connection.
class executor {
  public:
    executor(control_client& daemon, bool as_json, const terminal& t)
        : daemon_{daemon}
        , as_json_{as_json}
        , terminal_{t} {}

    exit_status operator()(const status_command&) {
        return answer(daemon_.call("status"),
                      [this](const json::value& v) { return status_text(v, terminal_.style); });
    }
    exit_status operator()(const services_command&) {
        return answer(daemon_.call("services"),
                      [this](const json::value& v) { return services_text(v, terminal_.style); });
    }
    exit_status operator()(const devices_command&) {
        return answer(daemon_.call("devices", {}, scan_patience), devices_text);
    }
    exit_status operator()(const version_command&) {
        return answer(daemon_.call("version"), [](const json::value& v) {
            return json_view{v}["program"].text() + " " + json_view{v}["version"].text() +
                   ", control protocol " +
                   std::to_string(json_view{v}["protocol"].number().value_or(0)) + "\n";
        });
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

exit_status run(std::span<const std::string> arguments, const terminal& t) {
    const auto parsed = parse_command_line(arguments);
    if (const auto* end = std::get_if<command_line_end>(&parsed)) {
        (end->status == exit_status::done ? t.out : t.err) << end->text;
        return end->status;
    }
    const auto& line = std::get<command_line>(parsed);
    try {
        control_client daemon{line.socket};
        return std::visit(executor{daemon, line.json, t}, line.command);
    } catch (const refused& e) {
        t.err << "cihost: " << printable(e.what()) << "\n";
        return exit_status::refused;
    } catch (const unreachable& e) {
        t.err << "cihost: " << printable(e.what()) << "\n";
        if (std::holds_alternative<devices_command>(line.command))
            t.err << "Without the daemon, \"cihostd --devices\" shows the same.\n";
        return exit_status::unreachable;
    }
}

} // namespace cihost::cli
