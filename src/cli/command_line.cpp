// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/command_line.hpp"

#include "base/suggestion.hpp"
#include "cli/text.hpp"

#include <cihost/version.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace cihost::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* footer =
    "Exit status:\n"
    "  0  done\n"
    "  1  the daemon refused, or a recording failed; the reason is on stderr\n"
    "  2  wrong usage\n"
    "  3  the daemon cannot be reached, or speaks another protocol\n";

/// What CLI11 writes into.
struct raw {
    std::string socket;
    bool json = false;
    std::string service;
    std::string receiver;
    std::string file;
    std::string duration;
    std::uint64_t id = 0;
    bool list = false;
    bool from_start = false;
};

struct subcommands {
    CLI::App* status = nullptr;
    CLI::App* services = nullptr;
    CLI::App* devices = nullptr;
    CLI::App* version = nullptr;
    CLI::App* record = nullptr;
    CLI::App* trace_start = nullptr;
    CLI::App* trace_stop = nullptr;
    CLI::Option* stop = nullptr;
};

std::string duration_fault(const std::string& text) {
    if (parse_duration(text))
        return {};
    return "'" + text + "' is no duration. Allowed: 10s, 2m, 1h30m, up to 240h";
}

bool all_digits(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// CLI11 would take -1 for the largest number.
std::string id_fault(const std::string& text) {
    return all_digits(text) ? std::string{} : "'" + text + "' is no number of a recording";
}

std::string service_fault(const std::string& text) {
    if (text.empty())
        return "the service has no name";
    if (all_digits(text) && (text.size() > 5 || std::stoul(text) < 1 || std::stoul(text) > 65535))
        return text + " is no program number. Allowed: 1 to 65535, or the name of a service";
    return {};
}

subcommands declare(CLI::App& app, raw& r) {
    subcommands c;
    app.require_subcommand(1);
    app.fallthrough(); // --json and --socket may stand behind the command too
    app.footer(footer);
    app.set_version_flag("--version", "cihost " + std::string(cihost::version()));
    app.add_option("--socket", r.socket, "control socket of cihostd (default: " + r.socket + ")")
        ->type_name("PATH");
    app.add_flag("--json", r.json, "print the daemon's answer as JSON");

    c.status = app.add_subcommand("status", "receivers, CAMs, services and recordings");
    c.services = app.add_subcommand("services", "services of the multiplexes received");
    c.devices = app.add_subcommand("devices", "adapters, who uses them and what is wrong");
    c.version = app.add_subcommand("version", "version of the daemon and of its protocol");

    c.record = app.add_subcommand("record", "record a service until Ctrl-C, or for a while");
    auto* service = c.record->add_option("service", r.service, "program number or name")
                        ->type_name("SERVICE")
                        ->check(service_fault);
    auto* file =
        c.record->add_option("--file", r.file, "where to; must not exist yet")->type_name("FILE");
    auto* duration = c.record->add_option("--duration", r.duration, "such as 10s, 2m, 1h30m")
                         ->type_name("TIME")
                         ->check(duration_fault);
    auto* receiver = c.record->add_option("--receiver", r.receiver, "if several have the service")
                         ->type_name("NAME");
    c.stop =
        c.record->add_option("--stop", r.id, "stop a recording")->type_name("ID")->check(id_fault);
    auto* list = c.record->add_flag("--list", r.list, "list recordings");
    for (auto* option : {service, file, duration, receiver})
        option->excludes(c.stop)->excludes(list);
    c.stop->excludes(list);

    auto* trace = app.add_subcommand("trace", "write the conversation with the CAM to a file");
    trace->require_subcommand(1);
    trace->fallthrough();
    c.trace_start = trace->add_subcommand("start", "begin a trace (pcapng, for Wireshark)");
    c.trace_start->add_option("file", r.file, "where to; must not exist yet")
        ->type_name("FILE")
        ->required();
    c.trace_start->add_flag("--from-start", r.from_start,
                            "with what was said since the CAM was started");
    c.trace_stop = trace->add_subcommand("stop", "end the trace");
    for (auto* command : {c.trace_start, c.trace_stop})
        command->add_option("--receiver", r.receiver, "if there are several")->type_name("NAME");
    return c;
}

std::optional<std::string> given(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

std::optional<command> command_of(const subcommands& c, const raw& r) {
    if (*c.status)
        return status_command{};
    if (*c.services)
        return services_command{};
    if (*c.devices)
        return devices_command{};
    if (*c.version)
        return version_command{};
    if (*c.trace_start)
        return trace_start_command{fs::absolute(r.file), r.from_start, given(r.receiver)};
    if (*c.trace_stop)
        return trace_stop_command{given(r.receiver)};
    if (*c.stop)
        return record_stop_command{r.id};
    if (r.list)
        return record_list_command{};
    if (r.service.empty())
        return std::nullopt;
    record_command record{r.service, given(r.receiver), std::nullopt, std::nullopt};
    if (!r.file.empty())
        record.file = fs::absolute(r.file);
    if (!r.duration.empty())
        record.duration = parse_duration(r.duration);
    return record;
}

} // namespace

std::variant<command_line, command_line_end>
parse_command_line(std::span<const std::string> arguments) {
    raw r;
    r.socket = default_socket().string();
    CLI::App app{"cihost, the command line of cihostd", "cihost"};
    const auto commands = declare(app, r);
    try {
        // CLI11 takes them from the end
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::ParseError& e) {
        std::ostringstream out;
        std::ostringstream err;
        const bool done = app.exit(e, out, err) == 0;
        if (done)
            return command_line_end{exit_status::done, out.str()};
        // CLI11 only says that a command is required
        std::vector<std::string> names;
        for (const auto* declared : app.get_subcommands({}))
            names.push_back(declared->get_name());
        if (!arguments.empty())
            if (const auto sentence = unknown_command(arguments.front(), names))
                return command_line_end{exit_status::usage,
                                        *sentence + "\nRun with --help for more information.\n"};
        return command_line_end{exit_status::usage, err.str()};
    }
    const auto what = command_of(commands, r);
    if (!what)
        return command_line_end{exit_status::usage,
                                "cihost record needs a SERVICE, --stop ID or --list.\n"
                                "Run with --help for more information.\n"};
    return command_line{r.socket, r.json, *what};
}

fs::path default_socket() {
    const fs::path system = "/run/cihost/control.sock";
    const char* folder = std::getenv("XDG_RUNTIME_DIR");
    if (::geteuid() == 0 || folder == nullptr || *folder != '/')
        return system;
    auto own = fs::path(folder) / "cihost/control.sock";
    std::error_code ignored;
    return fs::exists(own, ignored) || !fs::exists(system, ignored) ? own : system;
}

} // namespace cihost::cli
