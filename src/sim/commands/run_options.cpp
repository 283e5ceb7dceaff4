// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/commands/run_options.hpp"

#include "sim/personality/personality.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace cihost::sim {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_slots = 2;

const std::array<std::pair<const char*, delivery_system>, 5> systems{{
    {"dvbt", delivery_system::dvbt},
    {"dvbt2", delivery_system::dvbt2},
    {"dvbc", delivery_system::dvbc},
    {"dvbs", delivery_system::dvbs},
    {"dvbs2", delivery_system::dvbs2},
}};

std::vector<std::string> system_names() {
    std::vector<std::string> names;
    for (const auto& [name, system] : systems)
        names.emplace_back(name);
    return names;
}

} // namespace

void run_options::add_to(CLI::App& command) {
    transmitter.add_to(command);
    command.add_option("--dir", folder, "Folder for the device nodes, and for what 'ctl' talks to")
        ->capture_default_str();
    command
        .add_option("--lab", lab,
                    "Serve this adapter of the kernel lab (0 if not said) instead of device nodes")
        ->type_name("[ADAPTER]")
        ->expected(0, 1)
        ->default_str("0")
        ->check(CLI::Range(0, 7));
    const CLI::Range any_ms{0, 600'000};
    command
        .add_option("--cam", cams_,
                    "What kind of CAM, or a file that describes one; one a slot. 'cihost-sim cams' "
                    "lists those that there are (default: a good one)")
        ->type_name("NAME|FILE")
        ->allow_extra_args(false)
        ->delimiter(',');
    command.add_flag("--authorised", authorised_,
                     "The card was authorised before: it need not wait for an EMM");
    command.add_option("--cam-name", cam_name_,
                       "What the CAM calls itself (default: as its kind does)");
    command
        .add_option("--application-information", application_information_,
                    "The version of it that the CAM opens if the host offers it, else 1 (default: "
                    "1, or what its kind opens)")
        ->check(CLI::Range(1, 5));
    command
        .add_option("--boot-ms", boot_ms_,
                    "From insertion or reset to READY (default: 1000, or what its kind takes)")
        ->check(any_ms);
    command
        .add_option("--think-ms", think_ms_,
                    "The CAM's time for an answer (default: 20, or what its kind takes)")
        ->check(any_ms);
    command
        .add_option("--ecm-ms", ecm_ms_,
                    "From an ECM until its keys descramble (default: 150, or what its kind takes)")
        ->check(any_ms);
    command.add_flag("--no-cam", no_cam, "Begin with empty slots ('ctl insert' later)");
    command
        .add_option("--slots", slots_,
                    "CI slots, each with a CAM; the stream passes the first, then the second "
                    "(default: 1, or one for each --cam)")
        ->check(CLI::Range(0, 2));
    command
        .add_option("--second-ca-systems", second_ca_systems_,
                    "What the second CAM claims, or 'none' (default: as the first). Without the "
                    "head-end's among them it has no card")
        ->delimiter(',');
    command
        .add_option("--link-buffer", link_buffer_,
                    "With --lab: bytes of the module's link buffer, which bounds a fragment")
        ->check(CLI::Range(16, 4096))
        ->capture_default_str();
    command
        .add_option("--frequency", frequency_hz_,
                    "Where the multiplex is, Hz; for satellite the intermediate frequency behind "
                    "the LNB, also in Hz")
        ->capture_default_str();
    command
        .add_option("--delivery", delivery_,
                    "With --lab: lock only when tuned as this system (default: as any)")
        ->check(CLI::IsMember(system_names()));
    command.add_option("--lock-ms", lock_ms_, "From tuning until lock")
        ->check(any_ms)
        ->capture_default_str();
    command.add_option("--source", source,
                       "Dump what passed before scrambling, while the tuner was locked");
    command.add_option("--on-air", on_air, "Dump the same packets as they were on air");
    command.add_option("--log", log, "Write what happens, one JSON object a line");
    command.add_option("--duration", duration_s, "End after so many seconds")
        ->check(CLI::PositiveNumber);
    command.footer(
        "Examples:\n"
        "  cihost-sim run multiplex.ts\n"
        "  cihost-sim run multiplex.ts --services 1,2 --crypto-period 5 --boot-ms 3000\n"
        "  cihost-sim run multiplex.ts --cam dragoncam\n"
        "  cihost-sim run multiplex.ts --cam nds-videoguard,./mine.cam.toml --authorised\n"
        "  cihost-sim run multiplex.ts --slots 2 --second-ca-systems 0x1702,0x1722\n"
        "  cihost-sim run multiplex.ts --source source.ts --on-air scrambled.ts "
        "--log events.jsonl\n"
        "  cihost-sim run multiplex.ts --lab --link-buffer 16\n"
        "  cihost-sim run multiplex.ts --lab 1 --delivery dvbs2 --frequency 1236000000\n"
        "\n"
        "The kernel lab is a virtual machine with a kernel module that shows a receiver in\n"
        "/dev/dvb, so that any program can use it; see tests/kernel/README.md.");
}

tuner_settings run_options::reception() const {
    tuner_settings settings{.frequency_hz = frequency_hz_, .lock_time = milliseconds{lock_ms_}};
    for (const auto& [name, system] : systems)
        if (delivery_ == name)
            settings.system = system;
    return settings;
}

std::optional<std::vector<cam_settings>> run_options::chosen_modules(std::uint16_t broadcast_system,
                                                                     std::string& why) const {
    const auto slots = slots_.value_or(std::max<std::size_t>(cams_.size(), 1));
    if (cams_.size() > slots || slots > most_slots) {
        why = "more CAMs than slots";
        return std::nullopt;
    }
    cam_settings plain;
    plain.ca_system_ids = {broadcast_system};
    std::vector<cam_settings> all(slots, plain);
    for (std::size_t slot = 0; slot < cams_.size(); ++slot) {
        auto outcome = load_personality(cams_[slot], broadcast_system);
        for (const auto& problem : outcome.problems)
            why.append(why.empty() ? "" : "\n").append(problem);
        all[slot] = std::move(outcome.value.module);
    }
    if (!why.empty())
        return std::nullopt;
    return all;
}

void run_options::adjust(cam_settings& module) const {
    if (cam_name_)
        module.name = *cam_name_;
    if (application_information_)
        module.application_information = *application_information_;
    if (boot_ms_)
        module.boot_time = milliseconds{*boot_ms_};
    if (think_ms_)
        module.think_time = milliseconds{*think_ms_};
    if (ecm_ms_)
        module.ecm_time = milliseconds{*ecm_ms_};
    if (authorised_)
        module.behaviour.card.authorised = true;
}

std::optional<std::vector<cam_settings>> run_options::modules(const headend_settings& transmitted,
                                                              std::string& why) const {
    why.clear();
    auto all = chosen_modules(transmitted.ca_system_id, why);
    if (!all)
        return std::nullopt;
    for (unsigned slot = 0; slot < all->size(); ++slot) {
        auto& module = (*all)[slot];
        adjust(module);
        module.card_key = transmitted.card_key;
        module.slot = slot;
        if (slot == 0)
            continue;
        // two alike are told apart by their names
        if (slot >= cams_.size() || cam_name_)
            module.name += " " + std::to_string(slot + 1);
        if (!set_second_systems(module, transmitted.ca_system_id)) {
            why = "--second-ca-systems wants numbers up to 0xFFFF, or none";
            return std::nullopt;
        }
    }
    return all;
}

std::vector<std::string> run_options::remarks() const {
    std::vector<std::string> all;
    for (std::size_t slot = 0; slot < cams_.size(); ++slot) {
        const auto who = load_personality(cams_[slot], 0).value;
        auto text = "slot " + std::to_string(slot) + ": " + who.name + ". " + who.description;
        if (!who.host_profile.empty())
            text += " A host needs its profile " + who.host_profile + " for it.";
        all.push_back(std::move(text));
    }
    return all;
}

bool run_options::set_second_systems(cam_settings& second, std::uint16_t transmitted) const {
    if (second_ca_systems_.empty())
        return true;
    auto& ids = second.ca_system_ids;
    ids.clear();
    if (second_ca_systems_ != std::vector<std::string>{"none"})
        for (const auto& text : second_ca_systems_)
            if (!CLI::detail::lexical_cast(text, ids.emplace_back()))
                return false;
    if (std::count(ids.begin(), ids.end(), transmitted) == 0)
        second.card_key.clear();
    return true;
}

module_card run_options::card(const cam_settings& module) const {
    module_card card;
    card.buffer_size = static_cast<std::uint16_t>(link_buffer_);
    card.manufacturer_id = module.manufacturer;
    card.card_id = module.manufacturer_code;
    card.name = module.name;
    return card;
}

} // namespace cihost::sim
