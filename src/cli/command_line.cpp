// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/command_line.hpp"

#include "base/suggestion.hpp"
#include "cli/declare.hpp"
#include "cli/text.hpp"

#include <cihost/version.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cihost::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* footer =
    "Exit status:\n"
    "  0  done\n"
    "  1  the daemon refused, something failed or was not found; the reason is on stderr\n"
    "  2  wrong usage\n"
    "  3  the daemon cannot be reached, or speaks another protocol\n"
    "  4  plan: somebody is left out\n"
    "  5  why: the service is not clear, or not yet\n"
    "  6  record: packets are missing, as the disk was full or too slow\n";

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
    bool background = false;
    bool from_start = false;
    /// What the declarations of declare.hpp found.
    chosen_command chosen;
};

struct subcommands {
    CLI::App* record = nullptr;
    CLI::App* stream = nullptr;
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

/// As from a shell's variable that is not set.
std::string file_fault(const std::string& text) {
    return text.empty() ? "the file has no name" : std::string{};
}

subcommands declare(CLI::App& app, raw& r) {
    subcommands c;
    app.require_subcommand(1);
    app.fallthrough(); // --json and --socket may stand behind the command too
    app.footer(footer);
    app.set_version_flag("--version", "cihost " + std::string(cihost::version()));
    app.add_option("--socket", r.socket, "control socket of cihostd (default: " + r.socket + ")")
        ->type_name("PATH")
        ->take_last(); // an alias may have said another one
    app.add_flag("--json", r.json, "print the daemon's answer as JSON");

    declare_views(app, r.chosen);
    declare_cam(app, r.chosen);
    declare_menu(app, r.chosen);
    c.record = app.add_subcommand(
        "record", "record a service until Ctrl-C, or for a while; list or stop recordings");
    auto* service = c.record->add_option("service", r.service, "program number or name")
                        ->type_name("SERVICE")
                        ->check(service_fault);
    auto* file = c.record->add_option("--file", r.file, "where to; must not exist yet")
                     ->type_name("FILE")
                     ->check(file_fault);
    auto* duration = c.record
                         ->add_option("--duration", r.duration,
                                      "such as 10s, 2m, 1h30m; it lasts so long even if this "
                                      "command is killed, else it ends with the command")
                         ->type_name("TIME")
                         ->check(duration_fault);
    auto* receiver = c.record->add_option("--receiver", r.receiver, "if several have the service")
                         ->type_name("NAME");
    auto* background =
        c.record->add_flag("--background", r.background,
                           "leave it to the daemon: it ends with its duration or by --stop, and "
                           "goes on after a restart");
    c.stop = c.record->add_option("--stop", r.id, "stop one, by its number in --list")
                 ->type_name("ID")
                 ->check(id_fault);
    auto* list =
        c.record->add_flag("--list", r.list, "list those that run, and the latest that ended");
    for (auto* option : {service, file, duration, receiver, background})
        option->excludes(c.stop)->excludes(list);
    c.stop->excludes(list);

    c.stream =
        app.add_subcommand("stream", "the transport stream of a service on stdout, for pipes");
    c.stream->add_option("service", r.service, "program number or name")
        ->type_name("SERVICE")
        ->check(service_fault)
        ->required();
    c.stream->add_option("--receiver", r.receiver, "if several have the service")
        ->type_name("NAME");

    auto* trace = app.add_subcommand("trace", "write the conversation with the CAM to a file");
    trace->require_subcommand(1);
    trace->fallthrough();
    c.trace_start = trace->add_subcommand("start", "begin a trace (pcapng, for Wireshark)");
    c.trace_start->add_option("file", r.file, "where to; must not exist yet")
        ->type_name("FILE")
        ->check(file_fault)
        ->required();
    c.trace_start->add_flag("--from-start", r.from_start,
                            "with what was said since the CAM was started");
    c.trace_stop = trace->add_subcommand("stop", "end the trace");
    for (auto* command : {c.trace_start, c.trace_stop})
        command->add_option("--receiver", r.receiver, "if there are several")->type_name("NAME");
    add_example(*c.record, "cihost record 'Das Erste HD' --duration 1h30m");
    add_example(*c.stream, "cihost stream 'Das Erste HD' | mpv -");
    add_example(*trace, "cihost trace start cam.pcapng --from-start");
    add_example(*c.trace_start, "cihost trace start cam.pcapng --from-start");
    add_example(*c.trace_stop, "cihost trace stop");
    declare_log(app, r.chosen);
    declare_care(app, r.chosen);
    return c;
}

std::optional<command> command_of(const subcommands& c, const raw& r) {
    if (r.chosen)
        return r.chosen;
    if (*c.stream)
        return stream_command{r.service, given(r.receiver)};
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
    record_command record{r.service, given(r.receiver), std::nullopt, std::nullopt, r.background};
    if (!r.file.empty())
        record.file = fs::absolute(r.file);
    if (!r.duration.empty())
        record.duration = parse_duration(r.duration);
    return record;
}

/// 'cihost cam lsit': the names below the last command that stands there.
std::optional<std::string> unknown_word(const CLI::App& app,
                                        std::span<const std::string> arguments) {
    const auto* within = &app;
    bool is_value = false;
    for (const auto& word : arguments) {
        // options of the program may come first
        if (std::exchange(is_value, false))
            continue;
        if (within == &app && word.starts_with('-')) {
            const auto equals = word.find('=');
            const auto* const option = app.get_option_no_throw(word.substr(0, equals));
            if (option == nullptr) // which is what is wrong
                return std::nullopt;
            is_value = equals == std::string::npos && option->get_items_expected_max() > 0;
            continue;
        }
        std::vector<std::string> names;
        const CLI::App* next = nullptr;
        for (const auto* declared : within->get_subcommands([](const CLI::App*) { return true; })) {
            names.push_back(declared->get_name());
            if (declared->get_name() == word)
                next = declared;
        }
        const auto own =
            within->get_options([](const CLI::Option* option) { return option->get_positional(); });
        if (names.empty() || !own.empty())
            return std::nullopt;
        if (next == nullptr)
            return unknown_command(word, names);
        within = next;
    }
    return std::nullopt;
}

/// The command that was given has words of its own, and more came: 'cihost record Docu Three'.
bool lacks_quotes(const CLI::App& app) {
    const auto* within = &app;
    for (auto given = within->get_subcommands(); !given.empty(); given = within->get_subcommands())
        within = given.front();
    const auto left = app.remaining(true);
    return !left.empty() && !left.front().starts_with('-') &&
           !within->get_options([](const CLI::Option* option) { return option->get_positional(); })
                .empty();
}

} // namespace

std::optional<std::string> given(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

std::string service_fault(const std::string& text) {
    if (text.empty())
        return "the service has no name";
    if (all_digits(text) && (text.size() > 5 || std::stoul(text) < 1 || std::stoul(text) > 65535))
        return text + " is no program number. Allowed: 1 to 65535, or the name of a service";
    return {};
}

void add_example(CLI::App& app, std::string_view example) {
    app.footer("Example:\n  " + std::string(example) + "\n\n" + app.get_footer());
}

void with_declared_commands(const std::function<void(CLI::App&)>& look) {
    raw r;
    r.socket = default_socket().string();
    CLI::App app{"cihost, the command line of cihostd", "cihost"};
    declare(app, r);
    look(app);
}

std::variant<command_line, command_line_end>
parse_command_line(std::span<const std::string> arguments) {
    // before CLI11, which would take the words for its own
    if (!arguments.empty() && arguments.front() == "complete")
        return command_line{default_socket(), false,
                            complete_command{{arguments.begin() + 1, arguments.end()}}};
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
        if (const auto sentence = unknown_word(app, arguments))
            return command_line_end{exit_status::usage,
                                    *sentence + "\nRun with --help for more information.\n"};
        if (dynamic_cast<const CLI::ExtrasError*>(&e) != nullptr && lacks_quotes(app))
            return command_line_end{exit_status::usage,
                                    std::string{e.what()} +
                                        "\nA name of several words stands in quotes.\nRun with "
                                        "--help for more information.\n"};
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
