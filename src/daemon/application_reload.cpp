// SPDX-License-Identifier: GPL-2.0-or-later

/// Another configuration for a daemon that runs: services that stay wanted are not disturbed.

#include "daemon/application.hpp"
#include "daemon/service_manager.hpp"

#include <algorithm>
#include <utility>

namespace cihost::daemon {
namespace {

using runtime::severity;

std::string quoted(const std::string& receiver) { return "receiver '" + receiver + "'"; }

} // namespace

void application::reload(std::function<void(const reload_report&)> done) {
    if (stopping_)
        throw rpc_error{rpc_code::conflict, "cihostd is stopping; nothing new begins."};
    if (config_.file.empty())
        throw rpc_error{rpc_code::conflict, "cihostd was started without a configuration file."};
    const bool begun =
        loader_.load(config_.file, [this, done = std::move(done)](new_configuration next) {
            reload_report report;
            if (next.problems.empty() && !stopping_)
                report = adopt(std::move(next));
            else
                report.problems = std::move(next.problems);
            tell(report);
            notify_ready();
            done(report);
        });
    if (!begun)
        throw rpc_error{rpc_code::conflict, "The configuration is being read again already."};
    notify_reloading();
}

void application::reload_by_signal() {
    try {
        reload([](const reload_report&) {}); // the log has it
    } catch (const rpc_error& e) {
        say(severity::warning, "SIGHUP: " + e.message());
    }
}

void application::tell(const reload_report& report) {
    const auto list = [](const std::vector<std::string>& all) {
        std::string text;
        for (const auto& one : all)
            text += (text.empty() ? "" : ", ") + one;
        return text;
    };
    for (const auto& problem : report.problems)
        say(severity::error, problem);
    if (!report.reloaded)
        return say(severity::error, "The configuration was not read again; nothing has changed.");
    say(severity::info, "The configuration was read again" +
                            (report.changed.empty() ? ": nothing has changed."
                                                    : "; changed: " + list(report.changed) + "."));
    if (!report.restart.empty())
        say(severity::warning, "Only a restart of cihostd changes: " + list(report.restart) + ".");
}

reload_report application::adopt(new_configuration next) {
    reload_report report;
    report.reloaded = true;
    auto& settings = next.settings;
    keep_what_needs_restart(config_, settings, report);
    note_changes(config_, settings, report);
    for (const auto& remark : next.plan.remarks)
        if (remark.level != severity::info)
            log_.write(remark);
    log_.set_levels(settings.log);
    methods_.use_recording_directory(settings.recording_directory);
    book_.use(settings.recording_directory, settings.recording_pattern);
    rules_.use(settings.rules);
    cams_.use(settings.cam);
    finder_.use(std::move(next.plan.channels), settings.idle_after,
                {settings.rules, settings.priorities});
    adopt_http(settings, report);
    const bool adapters_found = config_.receivers.empty() && settings.receivers.empty();
    config_ = std::move(settings);
    scanner_.use_frontends(configured_frontends(config_));
    if (!adapters_found) // else the watch over the adapters does it
        adopt_receivers(next.plan.receivers, report);
    for (const auto& m : receivers_.members())
        m.port->use_rules(config_.rules, config_.priorities);
    watch_adapters();
    return report;
}

void application::adopt_http(config& next, reload_report& report) {
    if (next.http == config_.http) {
        if (door_.try_again())
            report.changed.emplace_back("streams are to be had now");
        else if (auto problem = door_.place().problem; !problem.empty())
            report.failed.push_back(std::move(problem));
        return;
    }
    const auto why = door_.move(next.http);
    if (!why.empty())
        report.failed.push_back(why);
    if (!why.empty() && door_.place().where)
        next.http = config_.http;
    else
        report.changed.emplace_back("[http] listen");
}

void application::adopt_receivers(const std::vector<planned_receiver>& planned,
                                  reload_report& report) {
    const auto& members = receivers_.members();
    for (std::size_t i = 0; i < members.size(); ++i) {
        const auto& name = members[i].name;
        if (members[i].retired ||
            std::ranges::any_of(planned, [&](const auto& p) { return p.settings.name == name; }))
            continue;
        standing_.at(name)->change({});
        receivers_.retire(i, true);
        report.changed.push_back(quoted(name) + " goes");
    }
    for (const auto& p : planned) {
        const auto same = std::ranges::find(members, p.settings.name, &receiver_set::member::name);
        if (same != members.end()) {
            change(static_cast<std::size_t>(same - members.begin()), p.settings, report);
            continue;
        }
        add(p);
        start(members.size() - 1, p.settings);
        report.changed.push_back(quoted(p.settings.name) + " comes");
    }
}

void application::change(std::size_t member, const receiver_config& next, reload_report& report) {
    auto& used = configured_.at(next.name);
    const auto& known = receivers_.members()[member];
    if (known.retired) {
        receivers_.retire(member, false);
        report.changed.push_back(quoted(next.name) + " comes back");
    }
    if (used.nodes != next.nodes || used.virtual_device != next.virtual_device ||
        used.full_multiplex != next.full_multiplex)
        report.restart.push_back("the device of " + quoted(next.name));
    if (used.trace != next.trace)
        report.restart.push_back("the trace of " + quoted(next.name));
    if (used.tuning != next.tuning) {
        receivers_.fix(member, next.tuning.has_value());
        known.port->let_modules_tune(modules_way(next));
        if (next.tuning)
            known.port->tune(next.tuning);
        used.tuning = next.tuning;
        report.changed.push_back("the place of " + quoted(next.name));
    }
    if (used.cam_profile != next.cam_profile) {
        cams_.use_own(next.name, next.cam_profile);
        used.cam_profile = next.cam_profile;
        report.changed.push_back("cam_profile of " + quoted(next.name) +
                                 ", from the next start of its CAM on");
    }
    if (used.services != next.services) {
        used.services = next.services;
        report.changed.push_back("the services of " + quoted(next.name));
    }
    standing_.at(next.name)->change(next.services);
}

void application::let_go_of_retired() {
    const auto gone = receivers_.remove_retired();
    for (const auto& name : gone) {
        standing_.erase(name);
        configured_.erase(name);
        say(severity::info, "Receiver '" + name + "' is gone.");
    }
    if (!gone.empty())
        finder_.receivers_left();
}

} // namespace cihost::daemon
