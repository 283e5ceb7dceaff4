// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/verify/verify.hpp"

#include "sim/commands/commands.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace cihost::sim {

namespace {

struct verify_options {
    verify_settings settings;
    std::vector<std::string> recordings;
    bool as_json = false;
};

/// "N:FILE"
verify_settings::recording read_recording(const std::string& text) {
    verify_settings::recording recording;
    const auto* const end = text.data() + text.size();
    const auto [colon, bad] = std::from_chars(text.data(), end, recording.program_number);
    if (bad != std::errc{} || colon == end || *colon != ':' || colon + 1 == end)
        throw CLI::ValidationError("--recording", "'" + text + "' is not PROGRAM_NUMBER:FILE");
    recording.file.assign(colon + 1, end);
    return recording;
}

void print_problems(const std::vector<std::string>& problems) {
    for (const auto& problem : problems)
        std::printf("  PROBLEM: %s\n", problem.c_str());
}

void print_text(const verify_report& report) {
    for (const auto& recording : report.recordings) {
        std::printf("%u %s: %zu packets compared, %s\n", recording.program_number,
                    recording.file.c_str(), recording.packets_compared,
                    recording.identical ? "identical" : "NOT identical");
        print_problems(recording.problems);
    }
    for (const auto& service : report.on_air)
        std::printf("%u on air: %llu packets scrambled, %llu clear\n", service.program_number,
                    static_cast<unsigned long long>(service.scrambled_packets),
                    static_cast<unsigned long long>(service.clear_packets));
    print_problems(report.problems);
    std::puts(report.passed() ? "verify: passed" : "verify: FAILED");
}

} // namespace

void add_verify_command(CLI::App& program, action& chosen) {
    auto* command = program.add_subcommand(
        "verify", "Compare recordings with the head-end's source, packet for packet");
    const auto options = std::make_shared<verify_options>();
    command->add_option("--source", options->settings.source, "The dump that 'run --source' made")
        ->required();
    command->add_option("--on-air", options->settings.on_air,
                        "The dump that 'run --on-air' made: was it scrambled?");
    command->add_option("--recording", options->recordings, "PROGRAM_NUMBER:FILE; may be repeated")
        ->take_all();
    command->add_option("--max-tail", options->settings.max_tail_seconds,
                        "A recording that ends more seconds before the source is a problem");
    command->add_flag("--json", options->as_json, "One JSON object");
    command->footer("Example:\n"
                    "  cihost-sim verify --source source.ts --on-air scrambled.ts "
                    "--recording 1:one.ts --recording 2:two.ts\n"
                    "\n"
                    "Exit status: 0 all is proven, 1 there are problems, 2 wrong usage.");
    command->callback([&chosen, options] {
        for (const auto& text : options->recordings)
            options->settings.recordings.push_back(read_recording(text));
        if (options->recordings.empty() && options->settings.on_air.empty())
            throw CLI::RequiredError("--recording or --on-air");
        chosen = [options] {
            const auto report = verify(options->settings);
            if (options->as_json)
                std::puts(boost::json::serialize(to_json(report)).c_str());
            else
                print_text(report);
            return report.passed() ? success : failure;
        };
    });
}

} // namespace cihost::sim
