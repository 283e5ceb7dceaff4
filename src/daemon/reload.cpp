// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/reload.hpp"

#include <boost/json/array.hpp>

#include <system_error>
#include <utility>

namespace cihost::daemon {
namespace {

namespace json = boost::json;

json::array texts(const std::vector<std::string>& all) {
    return json::array(all.begin(), all.end());
}

/// Blocks.
new_configuration read(const std::filesystem::path& file, const surroundings& around) {
    new_configuration made;
    auto loaded = load_config(file);
    for (const auto& problem : loaded.problems)
        made.problems.push_back(problem.text());
    if (!loaded.ok())
        return made;
    made.settings = std::move(loaded.value);
    made.plan = plan_receivers(made.settings, around);
    if (made.plan.no_channels)
        for (const auto& remark : made.plan.remarks)
            if (remark.level == severity::error)
                made.problems.push_back(remark.message);
    std::error_code failed; // the log says so when something is to be recorded
    std::filesystem::create_directories(made.settings.recording_directory, failed);
    return made;
}

bool same(const log_levels& a, const log_levels& b) {
    return a.usual == b.usual && a.areas == b.areas;
}

bool same(const std::optional<channels_config>& a, const std::optional<channels_config>& b) {
    return a.has_value() == b.has_value() && (!a || a->file == b->file);
}

} // namespace

json::object to_json(const reload_report& r) {
    return {{"reloaded", r.reloaded},
            {"changed", texts(r.changed)},
            {"restart", texts(r.restart)},
            {"failed", texts(r.failed)},
            {"problems", texts(r.problems)}};
}

config_loader::config_loader(boost::asio::io_context& context, const surroundings& around)
    : around_{around}
    , control_{context} {}

bool config_loader::load(const std::filesystem::path& file, loaded done) {
    if (std::exchange(loading_, true))
        return false;
    worker_.post([this, file, done = std::move(done)] {
        control_.post([this, done, made = read(file, around_)]() mutable {
            loading_ = false;
            done(std::move(made));
        });
    });
    return true;
}

void keep_what_needs_restart(const config& used, config& next, reload_report& report) {
    const auto keep = [&](auto& value, const auto& in_use, const char* what) {
        if (value != in_use)
            report.restart.emplace_back(what);
        value = in_use;
    };
    keep(next.socket, used.socket, "[control] socket");
    keep(next.socket_mode, used.socket_mode, "[control] mode");
    keep(next.socket_group, used.socket_group, "[control] group");
    keep(next.log_file, used.log_file, "[log] file");
    keep(next.cam.learn, used.cam.learn, "[cam] learn");
    keep(next.cam.memory, used.cam.memory, "[cam] memory");
}

void note_changes(const config& used, const config& next, reload_report& report) {
    const auto note = [&](bool different, const char* what) {
        if (different)
            report.changed.emplace_back(what);
    };
    note(!same(used.log, next.log), "[log] levels");
    note(used.recording_directory != next.recording_directory, "[recording] directory");
    note(used.recording_pattern != next.recording_pattern, "[recording] pattern");
    note(used.rules != next.rules, "[[assign]]");
    note(used.priorities != next.priorities, "[priorities]");
    note(used.cam.profile != next.cam.profile || used.cam.values != next.cam.values ||
             used.cam.profiles_from != next.cam.profiles_from,
         "[cam], from the next start of each CAM on");
    note(!same(used.channels, next.channels), "[channels]");
    note(used.idle_after != next.idle_after, "[receivers] idle_after");
}

} // namespace cihost::daemon
