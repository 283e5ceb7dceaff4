// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/commands/commands.hpp"
#include "sim/commands/headend_options.hpp"
#include "sim/nodes/device_nodes.hpp"
#include "sim/receiver/control_commands.hpp"
#include "sim/receiver/control_socket.hpp"
#include "sim/receiver/receiver.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/signalfd.h>
#include <system_error>
#include <vector>

namespace cihost::sim {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct run_options {
    headend_options transmitter;
    std::string folder = default_node_folder().string();
    cam_settings module;
    unsigned boot_ms = 1000;
    unsigned think_ms = 20;
    unsigned ecm_ms = 150;
    bool no_cam = false;
    unsigned slots = 1;
    std::vector<std::string> second_ca_systems;
    tuner_settings reception;
    unsigned lock_ms = 150;
    std::string source;
    std::string on_air;
    std::string log;
    double duration_s = 0;
};

void add_options(CLI::App& command, run_options& options) {
    options.transmitter.add_to(command);
    command.add_option("--dir", options.folder, "Folder for the device nodes")
        ->capture_default_str();
    command.add_option("--cam-name", options.module.name, "What the CAM calls itself")
        ->capture_default_str();
    const CLI::Range any_ms{0, 600'000};
    command.add_option("--boot-ms", options.boot_ms, "From insertion or reset to READY")
        ->check(any_ms)
        ->capture_default_str();
    command.add_option("--think-ms", options.think_ms, "The CAM's time for an answer")
        ->check(any_ms)
        ->capture_default_str();
    command.add_option("--ecm-ms", options.ecm_ms, "From an ECM until its keys descramble")
        ->check(any_ms)
        ->capture_default_str();
    command.add_flag("--no-cam", options.no_cam, "Begin with empty slots ('ctl insert' later)");
    command
        .add_option("--slots", options.slots,
                    "CI slots, each with a CAM; the stream passes the first, then the second")
        ->check(CLI::Range(0, 2))
        ->capture_default_str();
    command
        .add_option("--second-ca-systems", options.second_ca_systems,
                    "What the second CAM claims, or 'none' (default: as the first). Without the "
                    "head-end's among them it has no card for it")
        ->delimiter(',');
    command.add_option("--frequency", options.reception.frequency_hz, "Where the multiplex is, Hz")
        ->capture_default_str();
    command.add_option("--lock-ms", options.lock_ms, "From tuning until lock")
        ->check(any_ms)
        ->capture_default_str();
    command.add_option("--source", options.source,
                       "Dump what passed before scrambling, while the tuner was locked");
    command.add_option("--on-air", options.on_air, "Dump the same packets as they were on air");
    command.add_option("--log", options.log, "Write what happens, one JSON object a line");
    command.add_option("--duration", options.duration_s, "End after so many seconds")
        ->check(CLI::PositiveNumber);
    command.footer("Examples:\n"
                   "  cihost-sim run multiplex.ts\n"
                   "  cihost-sim run multiplex.ts --services 1,2 --crypto-period 5 --boot-ms 3000\n"
                   "  cihost-sim run multiplex.ts --slots 2 --second-ca-systems 0x1702,0x1722\n"
                   "  cihost-sim run multiplex.ts --source source.ts --on-air scrambled.ts "
                   "--log events.jsonl");
}

/// The first slot's CAM, or the one that differs from it as the options say; nothing when they say
/// no CA system ids.
std::optional<cam_settings> cam_of_slot(unsigned slot, const run_options& options) {
    auto module = options.module;
    module.slot = slot;
    if (slot == 0)
        return module;
    module.name += " " + std::to_string(slot + 1);
    if (options.second_ca_systems.empty())
        return module;
    module.ca_system_ids.clear();
    for (const auto& text : options.second_ca_systems) {
        std::uint16_t id = 0;
        if (text == "none" && options.second_ca_systems.size() == 1)
            break;
        if (!CLI::detail::lexical_cast(text, id))
            return std::nullopt;
        module.ca_system_ids.push_back(id);
    }
    const auto ours = options.module.ca_system_ids.front();
    if (std::count(module.ca_system_ids.begin(), module.ca_system_ids.end(), ours) == 0)
        module.card_key.clear();
    return module;
}

int refuse(const std::string& why) {
    std::fprintf(stderr, "cihost-sim: %s\n", why.c_str());
    return failure;
}

/// Readable when the program shall end. Blocks the signals: so before any thread starts.
unique_fd end_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    unique_fd signals;
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) == 0)
        signals.reset(::signalfd(-1, &set, SFD_CLOEXEC));
    if (!signals)
        throw std::system_error(errno, std::generic_category(), "signalfd");
    return signals;
}

void announce(const headend& transmitter, const run_options& options) {
    std::printf("cihost-sim: ready, %zu services, %.1f Mbit/s, frontend %llu Hz, nodes in %s\n",
                transmitter.services().size(), transmitter.bits_per_second() / 1e6,
                static_cast<unsigned long long>(options.reception.frequency_hz),
                options.folder.c_str());
    for (const auto& remark : transmitter.remarks())
        std::printf("cihost-sim: remark: %s\n", remark.c_str());
    std::fflush(stdout);
}

/// The program's one loop: produces, and serves whoever uses the nodes, until `end` or a signal, or
/// until `failed` gives a sentence.
void play(receiver& playing, device_nodes& nodes, control_socket& control, int signals,
          time_point end, const std::function<std::string()>& failed) {
    const auto demux = [&](bytes_view packets, time_point now) {
        nodes.dvr().deliver(packets, now);
    };
    poll_set set;
    for (;;) {
        const auto now = clock::now();
        if (now >= end)
            return;
        playing.play(now, demux);
        if (!failed().empty())
            return;
        set.clear();
        set.add(signals, POLLIN);
        nodes.prepare(set);
        control.prepare(set);
        set.wait(clock::now(), std::min({end, playing.deadline(), nodes.deadline(now)}));
        if (set.ready(signals))
            return;
        const auto woken = clock::now();
        nodes.serve(set, woken);
        control.serve(set, [&](const auto& request) { return obey(playing, request, woken); });
    }
}

int run(run_options options) {
    std::string why;
    const auto signals = end_signals();
    const auto folder = node_folder::hold(options.folder, why);
    if (!folder)
        return refuse(why);

    const auto start = clock::now();
    auto log = options.log.empty() ? event_log{} : event_log{options.log, start};
    const auto settings = options.transmitter.settings();
    const auto transmitter = headend::open(settings, log, start, why);
    if (!transmitter)
        return refuse(why);

    options.module.boot_time = milliseconds{options.boot_ms};
    options.module.think_time = milliseconds{options.think_ms};
    options.module.ecm_time = milliseconds{options.ecm_ms};
    options.module.ca_system_ids = {settings.ca_system_id};
    options.module.card_key = settings.card_key;
    std::deque<cam> cams;
    std::vector<cam*> modules;
    for (unsigned slot = 0; slot < options.slots; ++slot) {
        const auto module = cam_of_slot(slot, options);
        if (!module)
            return refuse("--second-ca-systems wants numbers up to 0xFFFF, or none");
        modules.push_back(&cams.emplace_back(*module, log));
    }

    std::unique_ptr<dump_writer> dumps;
    if (!options.source.empty() || !options.on_air.empty()) {
        dumps = std::make_unique<dump_writer>(options.source, options.on_air);
        if (const auto failed = dumps->failure(); !failed.empty())
            return refuse(failed);
    }

    options.reception.lock_time = milliseconds{options.lock_ms};
    receiver playing{**transmitter, modules, options.reception, dumps.get(), log};
    std::vector<module_port*> ports;
    for (auto& slot : playing.slots())
        ports.push_back(&slot);
    const auto nodes = device_nodes::open(*folder, ports, playing.reception(), log, why);
    if (!nodes)
        return refuse(why);
    auto control = control_socket::open(*folder, why);
    if (!control)
        return refuse(why);
    if (!options.no_cam)
        for (auto& slot : playing.slots())
            slot.insert(clock::now());
    announce(**transmitter, options);

    const auto end = options.duration_s > 0
                         ? clock::now() + std::chrono::duration_cast<duration>(
                                              std::chrono::duration<double>(options.duration_s))
                         : never;
    // evidence with a hole proves nothing: end, and say so
    const auto failed = [&] {
        return log.failure().empty() ? (*transmitter)->failure() : log.failure();
    };
    play(playing, **nodes, *control, signals.get(), end, failed);

    if (const auto sentence = failed(); !sentence.empty())
        return refuse(sentence);
    if (dumps)
        if (const auto sentence = dumps->finish(); !sentence.empty())
            return refuse(sentence);
    return success;
}

} // namespace

void add_run_command(CLI::App& program, action& chosen) {
    auto* command = program.add_subcommand(
        "run", "Play a file as a receiver: frontend0, ca0 with a simulated CAM, dvr0");
    const auto options = std::make_shared<run_options>();
    add_options(*command, *options);
    command->callback([&chosen, options] { chosen = [options] { return run(*options); }; });
}

} // namespace cihost::sim
