// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config_defaults.hpp"

#include "daemon/config.hpp"

#include <cstdlib>
#include <optional>
#include <string>
#include <unistd.h>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;

/// An XDG folder must be absolute to count.
std::optional<fs::path> folder(const char* variable) {
    const char* value = std::getenv(variable);
    if (value == nullptr || *value != '/')
        return std::nullopt;
    return fs::path(value);
}

/// XDG base directory, or its usual place below the home folder.
std::optional<fs::path> user_folder(const char* variable, const char* below_home) {
    if (::geteuid() == 0)
        return std::nullopt;
    if (auto path = folder(variable))
        return path;
    if (const auto home = folder("HOME"))
        return *home / below_home;
    return std::nullopt;
}

} // namespace

fs::path default_socket() {
    const auto runtime = ::geteuid() == 0 ? std::nullopt : folder("XDG_RUNTIME_DIR");
    return runtime.value_or("/run") / "cihost/control.sock";
}

fs::path default_recording_directory() {
    return user_folder("XDG_DATA_HOME", ".local/share").value_or("/var/lib") / "cihost/recordings";
}

fs::path default_cam_memory() {
    if (const char* given = std::getenv("STATE_DIRECTORY"); given != nullptr && *given == '/') {
        const std::string all = given; // several, with colons between
        return fs::path(all.substr(0, all.find(':'))) / "cams.json";
    }
    return user_folder("XDG_STATE_HOME", ".local/state").value_or("/var/lib") / "cihost/cams.json";
}

fs::path default_config_file() {
    return user_folder("XDG_CONFIG_HOME", ".config").value_or("/etc") / "cihost/cihostd.toml";
}

} // namespace cihost::daemon
