// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config_cam.hpp"

#include "base/suggestion.hpp"
#include "daemon/cam_keys.hpp"
#include "daemon/cam_profiles.hpp"
#include "daemon/read_text_file.hpp"

#include <memory>
#include <system_error>
#include <utility>
#include <vector>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view allowed_profiles =
    "the path of a file like the profiles.toml that comes with cihost, in quotes";
constexpr std::string_view allowed_memory = "the path of a file that cihostd may write, in quotes";

/// On top of what is there already.
void add_own_profiles(const fs::path& file, policy::cam_profile_set& set, config_outcome& out) {
    std::string text;
    if (const int error = read_text_file(file, text); error != 0)
        out.problems.push_back(
            {.file = file.string(),
             .what = "cannot be read: " + std::generic_category().message(error) + ".",
             .allowed = std::string{allowed_profiles}});
    else
        parse_cam_profiles(text, file.string(), set, out.problems);
    out.value.cam.profiles_from += ", and " + file.string() + " on top";
}

} // namespace

void read_cam_profiles(const toml::table& root, const fs::path& folder, config_outcome& out) {
    auto shipped = load_shipped_profiles(installed_profiles_file());
    auto& cam = out.value.cam;
    cam.profiles_from = std::move(shipped.source);
    cam.profiles_remark = std::move(shipped.remark);
    const auto named = root["cam"]["profiles"].value<std::string>();
    std::error_code ignored;
    if (named && !named->empty())
        add_own_profiles((folder / *named).lexically_normal(), shipped.set, out);
    else if (const auto usual = folder / "profiles.toml"; fs::exists(usual, ignored))
        add_own_profiles(usual, shipped.set, out);
    cam.known = std::make_shared<const policy::cam_profile_set>(std::move(shipped.set));
}

std::optional<std::string> read_cam_profile(config_reader& r, std::string_view key,
                                            const cam_config& cam) {
    std::vector<std::string> names;
    for (const auto& k : cam.profiles().all())
        names.push_back(k.profile.name);
    auto name = r.text(key, join(names));
    if (!name || cam.profiles().find(*name) != nullptr)
        return name;
    std::string what = "is '" + *name + "', which is no profile";
    if (const auto meant = suggestion(*name, names))
        what += "; did you mean '" + *meant + "'?";
    else
        what += ".";
    r.reject(*r.find(key), key, std::move(what), join(names));
    return std::nullopt;
}

void read_cam(config_reader& r, const fs::path& folder, cam_config& value) {
    value.profile = read_cam_profile(r, "profile", value);
    r.text("profiles", allowed_profiles);
    if (const auto path = r.text("memory", allowed_memory))
        value.memory = (folder / *path).lexically_normal();
    if (const auto learn = r.flag("learn"))
        value.learn = *learn;
    value.values = read_cam_values(r);
}

} // namespace cihost::daemon
