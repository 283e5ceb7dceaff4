// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/declare.hpp"
#include "cli/log_view.hpp"

#include <algorithm>
#include <memory>

namespace cihost::cli {
namespace {

struct log_words {
    std::string lines = "20";
    bool follow = false;
    std::string least;
    std::string receiver;
    /// What stands behind 'level'.
    std::string first;
    std::string second;
};

std::string lines_fault(const std::string& text) {
    const bool digits = !text.empty() && text.size() < 7 &&
                        std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    return digits ? std::string{} : "'" + text + "' is no number of lines. Allowed: 0 to 999999";
}

std::string level_fault(const std::string& text) {
    return log_level(text) ? std::string{}
                           : "'" + text + "' is no level. Allowed: debug, info, warning, error";
}

} // namespace

void declare_log(CLI::App& app, chosen_command& chosen) {
    const auto w = std::make_shared<log_words>();
    auto* log = app.add_subcommand("log", "what the daemon said lately, and says");
    log->require_subcommand(0, 1);
    log->add_option("--lines", w->lines, "how many of the latest (default: 20)")
        ->type_name("N")
        ->check(lines_fault);
    log->add_flag("--follow", w->follow, "and what comes, until Ctrl-C");
    log->add_option("--level", w->least, "this and what is worse")
        ->type_name("LEVEL")
        ->check(level_fault);
    log->add_option("--receiver", w->receiver, "only of this receiver")->type_name("NAME");
    auto* level = log->add_subcommand("level", "show or set how much is logged");
    level->fallthrough();
    level->add_option("area", w->first, "only what is about this; 'cihost log level' lists them")
        ->type_name("[AREA] LEVEL");
    level->add_option("level", w->second, "debug, info, warning, error")->type_name("LEVEL");
    add_example(*level, "cihost log level cam debug");
    // behind its command, which would take it over
    add_example(*log, "cihost log --follow --level warning");

    log->final_callback([w, level, &chosen] {
        if (*level)
            return;
        chosen = log_command{static_cast<unsigned>(std::stoul(w->lines)), w->follow,
                             log_level(w->least).value_or(severity::debug), given(w->receiver)};
    });
    level->final_callback([w, &chosen] {
        log_level_command c;
        c.level = given(w->second.empty() ? w->first : w->second);
        if (!w->second.empty())
            c.area = w->first;
        if (c.level)
            if (const auto fault = level_fault(*c.level); !fault.empty())
                throw CLI::ValidationError("level", fault);
        chosen = c;
    });
}

} // namespace cihost::cli
