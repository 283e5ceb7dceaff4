// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// The commands as CLI11 reads them. Each puts itself into `chosen` when it stands on the line.
namespace cihost::cli {

using chosen_command = std::optional<command>;

/// status, services, devices, plan, why, cams.
void declare_views(CLI::App& app, chosen_command& chosen);
void declare_cam(CLI::App& app, chosen_command& chosen);
void declare_menu(CLI::App& app, chosen_command& chosen);
void declare_log(CLI::App& app, chosen_command& chosen);
/// check, reload, version.
void declare_care(CLI::App& app, chosen_command& chosen);

/// All commands and options there are, for who wants to know what may stand on a line.
void with_declared_commands(const std::function<void(CLI::App&)>& look);

/// Below the help of a command stands how it is used, above what stands below all help.
void add_example(CLI::App& app, std::string_view example);

/// What is wrong with a SERVICE; nothing is.
std::string service_fault(const std::string& text);
/// Nothing for an empty text: an option that was not given.
std::optional<std::string> given(const std::string& text);

} // namespace cihost::cli
