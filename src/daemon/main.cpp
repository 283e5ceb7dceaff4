// SPDX-License-Identifier: GPL-2.0-or-later
/// cihostd: see CONTROL.md and cihostd.example.toml beside this file.

#include "daemon/application.hpp"
#include "daemon/config.hpp"
#include "daemon/config_check.hpp"
#include "daemon/device_report.hpp"
#include "daemon/device_text.hpp"
#include "daemon/event_log.hpp"
#include "daemon/ioctl_filter.hpp"
#include "daemon/runtime_receiver.hpp"
#include "daemon/surroundings.hpp"

#include <cihost/version.hpp>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <sys/prctl.h>

namespace {

using namespace cihost::daemon;

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

constexpr const char* footer =
    "Exit status: 0 stopped in order, 1 could not start (the reason is on stderr), 2 usage.\n"
    "With --check, 1 says that it could not start, record or trace so.\n"
    "With --devices, 1 says that there are no adapters, as 'cihost devices' does.\n"
    "SIGTERM and SIGINT stop it: recordings are closed first.";

int run(config settings) {
    // before any thread starts, so that none can be without it
    if (const auto failed = install_ioctl_filter()) {
        std::cerr << "cihostd: the kernel does not accept the filter that keeps descrambler keys "
                     "out of this process ("
                  << failed.message() << "); without it cihostd does not start.\n";
        return exit_failed;
    }
    std::signal(SIGPIPE, SIG_IGN); // a client that leaves is an error code
    // of a thread's stack a few KiB are used; where the system gives huge pages to all, it has 2 MiB
    ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    event_log log{settings.log, settings.log_file};
    application daemon{std::move(settings), make_runtime_receiver, log, this_machine()};
    daemon.run();
    return 0;
}

/// Needs no daemon either, and may be called beside one that runs.
int check_config(const std::string& file, const config_outcome& loaded, bool as_json) {
    config_findings found;
    if (loaded.ok())
        found = check_surroundings(loaded.value, this_machine());
    if (as_json)
        std::cout << boost::json::serialize(check_report(file, loaded, found)) << "\n";
    else if (loaded.ok())
        std::cout << describe(loaded.value) << to_text(found);
    std::cout << std::flush;
    for (const auto& problem : found.of(finding_kind::problem))
        std::cerr << "cihostd: " << problem << "\n";
    return loaded.ok() && found.ok() ? 0 : exit_failed;
}

/// Needs neither a configuration nor a daemon, and leaves one that runs alone.
int show_devices() {
    const auto found = take_inventory(this_machine());
    if (found.adapters.empty()) {
        std::cerr << "cihostd: " << found.problem << "\n";
        return exit_failed;
    }
    std::cout << device_text(device_report(found, {}));
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app{"cihostd, the host side of the DVB Common Interface", "cihostd"};
    std::string file = default_config_file().string();
    bool check = false;
    bool devices = false;
    bool as_json = false;
    app.add_option("--config", file, "configuration (default: " + file + ")")->type_name("FILE");
    auto* const checks =
        app.add_flag("--check", check, "say what would be done, or what is wrong, and exit");
    app.add_flag("--json", as_json, "with --check: as JSON")->needs(checks);
    app.add_flag("--devices", devices,
                 "show the adapters in /dev/dvb, who uses them and what is wrong, and exit");
    app.set_version_flag("--version", "cihostd " + std::string(cihost::version()));
    app.footer(footer);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : exit_usage;
    }

    if (devices)
        return show_devices();
    const auto loaded = load_config(file);
    for (const auto& problem : loaded.problems)
        std::cerr << problem.text() << "\n";
    // who checks, by "cihost check", has another way to name it
    if (loaded.unreadable && !check)
        std::cerr << "cihostd: --config FILE names another configuration.\n";
    if (check)
        return check_config(file, loaded, as_json);
    if (!loaded.ok())
        return exit_failed;
    try {
        return run(loaded.value);
    } catch (const std::exception& e) {
        std::cerr << "cihostd: " << e.what() << "\n";
        return exit_failed;
    }
}
