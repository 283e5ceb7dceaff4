// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/table.hpp"
#include "sim/commands/commands.hpp"
#include "sim/personality/personality.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

namespace cihost::sim {

namespace {

void list_all() {
    table shown{{{"name"}, {"host's profile"}, {"what it is like"}}};
    for (const auto& made : ready_made_personalities()) {
        const auto who = load_personality(std::string(made.name), 0).value;
        shown.add({who.name, who.host_profile.empty() ? std::string("-") : who.host_profile,
                   who.description});
    }
    std::fputs(shown.text(0).c_str(), stdout);
}

int show(const std::string& name) {
    const auto all = ready_made_personalities();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& made) { return made.name == name; });
    if (found == all.end()) {
        std::fprintf(stderr, "cihost-sim: there is no CAM '%s'; 'cihost-sim cams' lists them.\n",
                     name.c_str());
        return failure;
    }
    std::fwrite(found->text.data(), 1, found->text.size(), stdout);
    return success;
}

} // namespace

void add_cams_command(CLI::App& program, action& chosen) {
    auto* command = program.add_subcommand("cams", "List the kinds of CAM that 'run --cam' knows");
    const auto name = std::make_shared<std::string>();
    command->add_option("NAME", *name, "Print this one's file, to begin one of your own with");
    command->footer("Examples:\n"
                    "  cihost-sim cams\n"
                    "  cihost-sim cams nds-videoguard >mine.cam.toml\n"
                    "\n"
                    "The profile is what a host has to be told of such a CAM, in cihostd's\n"
                    "configuration; with '-' it needs to know nothing.");
    command->callback([&chosen, name] {
        chosen = [name]() -> int {
            if (!name->empty())
                return show(*name);
            list_all();
            return success;
        };
    });
}

} // namespace cihost::sim
