// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/declare.hpp"

#include <memory>

namespace cihost::cli {

void declare_views(CLI::App& app, chosen_command& chosen) {
    auto* status = app.add_subcommand("status", "receivers, CAMs, services and recordings");
    const auto shown = std::make_shared<status_command>();
    status->add_flag("--watch", shown->watch, "show it anew when something changes, until Ctrl-C");
    status->final_callback([shown, &chosen] { chosen = *shown; });
    add_example(*status, "cihost status --watch");

    auto* services = app.add_subcommand(
        "services", "services on the air and in the channel list, and which CAM could clear them");
    struct words {
        bool scrambled = false;
        std::string receiver;
        std::string pattern;
    };
    const auto w = std::make_shared<words>();
    services->add_option("pattern", w->pattern, "part of a name, or a program number")
        ->type_name("PATTERN");
    services->add_flag("--scrambled", w->scrambled, "only those that are scrambled");
    services->add_option("--receiver", w->receiver, "only what this receiver receives now")
        ->type_name("NAME");
    services->final_callback([w, &chosen] {
        chosen = services_command{w->scrambled, given(w->receiver), given(w->pattern)};
    });
    add_example(*services, "cihost services --scrambled sport");

    auto* devices = app.add_subcommand("devices", "adapters, who uses them and what is wrong");
    devices->final_callback([&chosen] { chosen = devices_command{}; });
    add_example(*devices, "cihost devices");

    auto* plan = app.add_subcommand("plan", "who gets which receiver and CAM, and why");
    plan->final_callback([&chosen] { chosen = plan_command{}; });
    add_example(*plan, "cihost plan || echo 'somebody is left out'");

    auto* why = app.add_subcommand("why", "why a service is not clear, with the evidence");
    struct why_words {
        std::string service;
        std::string receiver;
    };
    const auto asked = std::make_shared<why_words>();
    why->add_option("service", asked->service, "program number or name")
        ->type_name("SERVICE")
        ->required()
        ->check(service_fault);
    why->add_option("--receiver", asked->receiver, "if several have the service")
        ->type_name("NAME");
    why->final_callback([asked, &chosen] {
        chosen = why_command{asked->service, given(asked->receiver)};
    });
    add_example(*why, "cihost why 'Docu Three'");

    auto* cams = app.add_subcommand("cams", "the CAMs in the slots now");
    cams->final_callback([&chosen] { chosen = cams_command{}; });
    add_example(*cams, "cihost cams");
}

} // namespace cihost::cli
