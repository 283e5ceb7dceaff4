// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/declare.hpp"

#include <filesystem>
#include <memory>

namespace cihost::cli {

void declare_care(CLI::App& app, chosen_command& chosen) {
    auto* check = app.add_subcommand("check", "what a configuration would do, or what is wrong");
    const auto file = std::make_shared<std::string>();
    check->add_option("file", *file, "default: the one that cihostd would read")->type_name("FILE");
    check->final_callback([file, &chosen] {
        check_command c;
        if (!file->empty())
            c.file = std::filesystem::absolute(*file);
        chosen = c;
    });
    add_example(*check, "cihost check /etc/cihost/cihostd.toml");

    auto* reload = app.add_subcommand("reload", "have the daemon read its configuration again");
    reload->final_callback([&chosen] { chosen = reload_command{}; });
    add_example(*reload, "cihost check && cihost reload");

    auto* version = app.add_subcommand("version", "version of cihost, and of the daemon");
    version->final_callback([&chosen] { chosen = version_command{}; });
    add_example(*version, "cihost version");
}

} // namespace cihost::cli
