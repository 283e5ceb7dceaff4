// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/counted.hpp"
#include "sim/commands/commands.hpp"
#include "sim/commands/run_options.hpp"
#include "sim/lab/lab_nodes.hpp"
#include "sim/nodes/device_nodes.hpp"
#include "sim/receiver/control_commands.hpp"
#include "sim/receiver/control_socket.hpp"
#include "sim/receiver/receiver.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <sys/signalfd.h>
#include <system_error>
#include <vector>

namespace cihost::sim {

namespace {

using clock = std::chrono::steady_clock;

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
    const auto where =
        options.lab ? "adapter " + std::to_string(*options.lab) + " of the kernel lab, control in "
                    : std::string("nodes in ");
    std::printf("cihost-sim: ready, %s, %.1f Mbit/s, frontend %llu Hz, %s%s\n",
                counted(transmitter.services().size(), "service", "services").c_str(),
                transmitter.bits_per_second() / 1e6,
                static_cast<unsigned long long>(options.reception().frequency_hz), where.c_str(),
                options.folder.c_str());
    for (const auto& remark : options.remarks())
        std::printf("cihost-sim: %s\n", remark.c_str());
    for (const auto& remark : transmitter.remarks())
        std::printf("cihost-sim: remark: %s\n", remark.c_str());
    std::fflush(stdout);
}

result<std::unique_ptr<host_side>> open_host_side(const run_options& options,
                                                  const std::vector<cam_settings>& modules,
                                                  const node_folder& folder, receiver& playing,
                                                  event_log& log, std::string& why) {
    if (options.lab) {
        std::vector<module_card> cards;
        for (const auto& module : modules)
            cards.push_back(options.card(module));
        auto nodes = lab_nodes::open(*options.lab, playing, cards, log, why);
        if (!nodes)
            return nodes.error();
        return std::unique_ptr<host_side>{std::move(*nodes)};
    }
    std::vector<module_port*> ports;
    for (auto& slot : playing.slots())
        ports.push_back(&slot);
    auto nodes = device_nodes::open(folder, ports, playing.reception(), log, why);
    if (!nodes)
        return nodes.error();
    return std::unique_ptr<host_side>{std::move(*nodes)};
}

/// The program's one loop: produces, and serves whoever uses the receiver, until `end` or a signal,
/// or until `failed` gives a sentence.
void play(receiver& playing, host_side& host, control_socket& control, int signals, time_point end,
          const std::function<std::string()>& failed) {
    const auto demux = [&](bytes_view packets, time_point now) {
        using overflow = tuner::overflow;
        switch (playing.reception().overflows(now)) {
        case overflow::begins:
            return host.overflow(now);
        case overflow::lasts:
            return;
        case overflow::none:
            return host.deliver(packets, now);
        }
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
        host.prepare(set);
        control.prepare(set);
        set.wait(clock::now(), std::min({end, playing.deadline(), host.deadline(now)}));
        if (set.ready(signals))
            return;
        const auto woken = clock::now();
        control.serve(set, [&](const auto& request) { return obey(playing, request, woken); });
        host.serve(set, woken);
    }
}

int run(const run_options& options) {
    std::string why;
    const auto signals = end_signals();
    const auto folder = node_folder::hold(options.folder, why);
    if (!folder)
        return refuse(why);

    const auto start = clock::now();
    auto log = options.log.empty() ? event_log{} : event_log{options.log, start};
    log.write_clock();
    const auto settings = options.transmitter.settings();
    const auto transmitter = headend::open(settings, log, start, why);
    if (!transmitter)
        return refuse(why);

    auto modules = options.modules(settings, why);
    if (!modules)
        return refuse(why);
    for (auto& module : *modules)
        if (module.behaviour.card.authorised)
            module.earlier_emms = (*transmitter)->authorisation();
    std::deque<cam> cams;
    std::vector<cam*> inserted;
    for (const auto& module : *modules)
        inserted.push_back(&cams.emplace_back(module, log));

    std::unique_ptr<dump_writer> dumps;
    if (!options.source.empty() || !options.on_air.empty()) {
        dumps = std::make_unique<dump_writer>(options.source, options.on_air);
        if (const auto failed = dumps->failure(); !failed.empty())
            return refuse(failed);
    }

    receiver playing{**transmitter, inserted, options.reception(), dumps.get(), log};
    const auto host = open_host_side(options, *modules, *folder, playing, log, why);
    if (!host)
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
        const auto sentence = log.failure().empty() ? (*transmitter)->failure() : log.failure();
        return sentence.empty() ? (*host)->failure() : sentence;
    };
    play(playing, **host, *control, signals.get(), end, failed);

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
        "run", "Play a file as a receiver: frontend0, ca0 with simulated CAMs, dvr0");
    const auto options = std::make_shared<run_options>();
    options->add_to(*command);
    command->callback([&chosen, options] { chosen = [options] { return run(*options); }; });
}

} // namespace cihost::sim
