// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/complete.hpp"

#include "cli/command_line.hpp"
#include "cli/declare.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace cihost::cli {
namespace {

/// Where the line has come to before its last word.
struct position {
    const CLI::App* command = nullptr;
    /// Whose value comes next; null: none's.
    const CLI::Option* option = nullptr;
    /// Words that were no command, option or value of one.
    std::size_t values = 0;
};

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

const CLI::Option* option_called(const CLI::App* app, const std::string& name) {
    // options of the commands above may stand behind those below
    for (; app != nullptr; app = app->get_parent())
        for (const auto* option : app->get_options())
            if (option->nonpositional() && option->check_name(name))
                return option;
    return nullptr;
}

std::vector<const CLI::App*> commands_below(const CLI::App* app) {
    return app->get_subcommands([](const CLI::App*) { return true; });
}

position place_of(const CLI::App& app, std::span<const std::string> words) {
    position at{&app};
    for (const auto& word : words) {
        if (at.option != nullptr) {
            at.option = nullptr;
            continue;
        }
        if (word.starts_with("-")) {
            const auto* option = option_called(at.command, word);
            at.option = option != nullptr && takes_value(*option) ? option : nullptr;
            continue;
        }
        const auto below = commands_below(at.command);
        const auto next =
            std::ranges::find_if(below, [&](const CLI::App* c) { return c->get_name() == word; });
        if (next != below.end())
            at = {*next};
        else
            ++at.values;
    }
    return at;
}

void add_options(const CLI::App* app, std::vector<std::string>& all) {
    for (; app != nullptr; app = app->get_parent())
        for (const auto* option : app->get_options())
            for (const auto& name : option->get_lnames())
                all.push_back("--" + name);
}

void add_values(const std::string& kind, const known_values& values,
                std::vector<std::string>& all) {
    if (kind.find("LEVEL") != std::string::npos)
        all.insert(all.end(), {"debug", "info", "warning", "error"});
    const auto known = values(kind);
    all.insert(all.end(), known.begin(), known.end());
}

} // namespace

std::vector<std::string> completions(std::span<const std::string> words,
                                     const known_values& values) {
    std::vector<std::string> all;
    const std::string last = words.empty() ? std::string{} : words.back();
    with_declared_commands([&](const CLI::App& app) {
        const auto at = place_of(app, words.first(words.empty() ? 0 : words.size() - 1));
        if (at.option != nullptr) {
            add_values(at.option->get_type_name(), values, all);
        } else if (last.starts_with("-")) {
            add_options(at.command, all);
        } else {
            if (at.values == 0)
                for (const auto* below : commands_below(at.command))
                    all.push_back(below->get_name());
            std::size_t left = at.values;
            for (const auto* option : at.command->get_options())
                if (option->get_positional()) {
                    const auto room = static_cast<std::size_t>(option->get_items_expected_max());
                    if (left < room) {
                        add_values(option->get_type_name(), values, all);
                        break;
                    }
                    left -= room;
                }
        }
    });
    std::erase_if(all, [&](const std::string& word) { return !word.starts_with(last); });
    std::ranges::sort(all);
    const auto repeated = std::ranges::unique(all);
    all.erase(repeated.begin(), repeated.end());
    return all;
}

} // namespace cihost::cli
