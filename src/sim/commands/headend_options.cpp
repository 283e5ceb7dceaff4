// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/commands/headend_options.hpp"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <chrono>
#include <random>
#include <sys/random.h>
#include <system_error>

namespace cihost::sim {

namespace {

std::vector<std::uint8_t> make_card_key(const std::optional<std::uint64_t>& seed) {
    std::vector<std::uint8_t> key(16);
    if (seed) {
        // the constant keeps it apart from what the head-end draws from the same seed
        std::seed_seq sequence{static_cast<std::uint32_t>(*seed),
                               static_cast<std::uint32_t>(*seed >> 32), 0xCA4DU};
        std::mt19937 random{sequence};
        for (auto& byte : key)
            byte = static_cast<std::uint8_t>(random());
    } else if (::getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) {
        throw std::system_error(errno, std::generic_category(), "no random numbers");
    }
    return key;
}

} // namespace

void headend_options::add_to(CLI::App& command) {
    command.add_option("FILE", file_, "Clear transport stream (188, 192 or 204 bytes a packet)")
        ->required();
    command
        .add_option("--services", services_,
                    "Program numbers to scramble, e.g. 1,2,3 (default: all with audio or video)")
        ->delimiter(',');
    command.add_option("--ca-system", ca_system_id_, "CA system id (default: 0x4AFE)");
    command
        .add_option("--other-ca-systems", other_ca_system_ids_,
                    "Further CA systems announced beside it, whose ECMs no CAM here can read")
        ->delimiter(',');
    command.add_flag("--es-level", es_level_,
                     "CA descriptors at each elementary stream instead of the programme");
    command.add_option("--crypto-period", crypto_period_s_, "Seconds between control words")
        ->check(CLI::Range(0.5, 3600.0))
        ->capture_default_str();
    command.add_option("--ecm-period-ms", ecm_period_ms_, "Repetition of an ECM")
        ->check(CLI::Range(10, 10'000))
        ->capture_default_str();
    command.add_option("--control-words", control_word_file_,
                       "List every control word used in this file");
    command.add_option("--seed", seed_, "The same output each time, for tests");
}

headend_settings headend_options::settings() const {
    headend_settings settings;
    settings.file = file_;
    settings.services = services_;
    settings.ca_system_id = ca_system_id_;
    settings.other_ca_system_ids = other_ca_system_ids_;
    settings.level = es_level_ ? ca_level::elementary_stream : ca_level::program;
    settings.crypto_period =
        std::chrono::duration_cast<duration>(std::chrono::duration<double>(crypto_period_s_));
    settings.ecm_period = std::chrono::milliseconds{ecm_period_ms_};
    settings.utc_at_start =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    settings.control_word_file = control_word_file_;
    settings.seed = seed_;
    settings.card_key = make_card_key(seed_);
    return settings;
}

} // namespace cihost::sim
