// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/commands/commands.hpp"
#include "sim/commands/headend_options.hpp"
#include "sim/receiver/control_commands.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>

namespace cihost::sim {

namespace {

void print_json(const headend& transmitter) {
    boost::json::array remarks;
    for (const auto& remark : transmitter.remarks())
        remarks.emplace_back(boost::json::string_view{remark});
    const boost::json::object plan{{"services", services_json(transmitter.services())},
                                   {"bits_per_second", std::llround(transmitter.bits_per_second())},
                                   {"null_packets", transmitter.has_null_packets()},
                                   {"remarks", std::move(remarks)}};
    std::puts(boost::json::serialize(plan).c_str());
}

void print_text(const headend& transmitter) {
    for (const auto& service : transmitter.services()) {
        const auto ecm_pid = service.scrambled ? std::to_string(service.ecm_pid) : "-";
        std::printf("%5u  %-9s  PMT PID %4u  ECM PID %4s  %s\n", service.program_number,
                    service.scrambled ? "scrambled" : "clear", service.pmt_pid, ecm_pid.c_str(),
                    service.name.c_str());
    }
    std::printf("%.1f Mbit/s\n", transmitter.bits_per_second() / 1e6);
    for (const auto& remark : transmitter.remarks())
        std::printf("remark: %s\n", remark.c_str());
}

} // namespace

void add_services_command(CLI::App& program, action& chosen) {
    auto* command =
        program.add_subcommand("services", "Say what the head-end would do with a file");
    const auto options = std::make_shared<headend_options>();
    const auto as_json = std::make_shared<bool>(false);
    options->add_to(*command);
    command->add_flag("--json", *as_json, "One JSON object");
    command->footer("Example:\n  cihost-sim services multiplex.ts --services 1,2");
    command->callback([&chosen, options, as_json] {
        chosen = [options, as_json] {
            event_log log;
            std::string why;
            const auto transmitter =
                headend::open(options->settings(), log, std::chrono::steady_clock::now(), why);
            if (!transmitter) {
                std::fprintf(stderr, "cihost-sim: %s\n", why.c_str());
                return failure;
            }
            *as_json ? print_json(**transmitter) : print_text(**transmitter);
            return success;
        };
    });
}

} // namespace cihost::sim
