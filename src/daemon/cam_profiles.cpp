// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/cam_profiles.hpp"

#include "base/suggestion.hpp"
#include "daemon/cam_keys.hpp"
#include "daemon/read_text_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;
using policy::cam_match;
using policy::known_cam;

constexpr std::int64_t profiles_version = 1;
constexpr std::string_view allowed_name = "small letters, digits, hyphens and dots, up to 40";
constexpr std::string_view allowed_id = "0 to 65535, such as 0x1234";
constexpr std::string_view allowed_systems =
    "a list of CA system ids and ranges of them, such as [0x0500, [0x0600, 0x06FF]]";
constexpr std::string_view allowed_matches =
    "a list of tables, such as [{ manufacturer = 0x1234, name = \"*CAM*\" }]";

bool good_profile_name(std::string_view name) {
    return name.size() <= 40 && std::ranges::all_of(name, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
           });
}

std::optional<std::uint16_t> id_in(const toml::node& node) {
    const auto* const number = node.as_integer();
    if (number == nullptr || number->get() < 0 || number->get() > 0xFFFF)
        return std::nullopt;
    return static_cast<std::uint16_t>(number->get());
}

class profiles_parser {
  public:
    profiles_parser(const std::string& file, policy::cam_profile_set& set,
                    std::vector<config_problem>& problems)
        : file_{file}
        , set_{set}
        , problems_{problems} {}

    void parse(const toml::table& root) {
        config_reader top{root, "", file_, problems_};
        if (const auto version = top.integer("version", profiles_version, profiles_version,
                                             "1, the only one this cihostd knows");
            !version && top.find("version") == nullptr)
            top.missing("version", "version = 1, at the top");
        if (const auto* const node = top.find("profile")) {
            const auto* const list = node->as_array();
            if (list != nullptr && list->is_homogeneous<toml::table>())
                for (const auto& entry : *list)
                    profile(*entry.as_table());
            else
                top.reject(*node, "profile", "is not a list of tables.",
                           "[[profile]], in double brackets, once for each profile");
        }
        top.finish();
    }

  private:
    void profile(const toml::table& table) {
        config_reader r{table, "profile", file_, problems_};
        const auto name = r.text("name", allowed_name);
        if (r.find("name") == nullptr)
            r.missing("name", allowed_name);
        else if (name && !good_profile_name(*name))
            r.reject(*r.find("name"), "name", "is '" + *name + "'.", allowed_name);
        auto cam = name ? start_of(*name) : known_cam{};
        if (const auto base = r.text("based_on", "the name of another profile"))
            base_on(r, *base, cam);
        if (name)
            cam.profile.name = *name;
        if (const auto text = r.text("description", "a sentence"))
            cam.profile.description = *text;
        put(read_cam_values(r), cam.profile);
        if (const auto* const node = r.find("match")) {
            cam.matches.clear();
            matches(r, *node, cam.matches);
        }
        r.finish();
        if (name)
            set_.add(std::move(cam));
    }

    /// What a file before said of it; else the default's values.
    known_cam start_of(const std::string& name) const {
        if (const auto* const known = set_.find(name))
            return *known;
        known_cam cam;
        cam.profile = set_.find("default")->profile;
        cam.profile.description.clear();
        return cam;
    }

    void base_on(config_reader& r, const std::string& base, known_cam& cam) {
        if (const auto* const known = set_.find(base)) {
            auto description = std::move(cam.profile.description);
            cam.profile = known->profile;
            if (!description.empty())
                cam.profile.description = std::move(description);
            return;
        }
        std::vector<std::string> names;
        for (const auto& k : set_.all())
            names.push_back(k.profile.name);
        std::string what = "is '" + base + "', which is no profile above";
        if (const auto meant = suggestion(base, names))
            what += "; did you mean '" + *meant + "'?";
        else
            what += ".";
        r.reject(*r.find("based_on"), "based_on", std::move(what), join(names));
    }

    void matches(config_reader& r, const toml::node& node, std::vector<cam_match>& all) {
        const auto* const list = node.as_array();
        if (list == nullptr || (!list->empty() && !list->is_homogeneous<toml::table>()))
            return r.reject(node, "match", "is not a list of tables.", allowed_matches);
        for (const auto& entry : *list) {
            const auto& table = *entry.as_table();
            config_reader m{table, "profile.match", file_, problems_};
            cam_match match;
            match.manufacturer = id(m, "manufacturer");
            match.code = id(m, "code");
            match.name = m.text("name", "a pattern such as \"*CAM*\"").value_or("");
            systems(m, match);
            m.finish();
            if (table.empty())
                r.reject(entry, "match", "has an empty table, which any module would fit.",
                         "one of manufacturer, code, name, ca_systems in each");
            all.push_back(std::move(match));
        }
    }

    static std::optional<std::uint16_t> id(config_reader& m, std::string_view key) {
        const auto value = m.integer(key, 0, 0xFFFF, allowed_id);
        return value ? std::optional{static_cast<std::uint16_t>(*value)} : std::nullopt;
    }

    static void systems(config_reader& m, cam_match& match) {
        const auto* const node = m.find("ca_systems");
        if (node == nullptr)
            return;
        const auto* const list = node->as_array();
        if (list == nullptr || list->empty())
            return m.reject(*node, "ca_systems", "is no such list.", allowed_systems);
        for (const auto& entry : *list) {
            if (const auto one = id_in(entry)) {
                match.ca_systems.emplace_back(*one, *one);
                continue;
            }
            const auto* const range = entry.as_array();
            const bool pair = range != nullptr && range->size() == 2;
            const auto first = pair ? id_in((*range)[0]) : std::nullopt;
            const auto last = pair ? id_in((*range)[1]) : std::nullopt;
            if (first && last && *first <= *last)
                match.ca_systems.emplace_back(*first, *last);
            else
                m.reject(entry, "ca_systems", "has an entry that is neither an id nor a range.",
                         allowed_systems);
        }
    }

    const std::string& file_;
    policy::cam_profile_set& set_;
    std::vector<config_problem>& problems_;
};

} // namespace

void parse_cam_profiles(std::string_view text, const std::string& file,
                        policy::cam_profile_set& onto, std::vector<config_problem>& problems) {
    std::vector<config_problem> found;
    auto set = onto;
    try {
        profiles_parser{file, set, found}.parse(toml::parse(text, file));
    } catch (const toml::parse_error& e) {
        found.push_back(syntax_problem(e, file));
    }
    std::ranges::stable_sort(found, {}, &config_problem::line);
    if (found.empty())
        onto = std::move(set);
    problems.insert(problems.end(), found.begin(), found.end());
}

loaded_profiles load_shipped_profiles(const fs::path& file) {
    loaded_profiles shipped;
    std::vector<config_problem> problems;
    std::error_code ignored;
    if (!file.empty() && fs::exists(file, ignored)) {
        std::string text;
        if (const int error = read_text_file(file, text); error != 0)
            problems.push_back(
                {.file = file.string(),
                 .what = "cannot be read: " + std::generic_category().message(error) + "."});
        else
            parse_cam_profiles(text, file.string(), shipped.set, problems);
        if (problems.empty()) {
            shipped.source = file.string();
            return shipped;
        }
        shipped.remark =
            "The CAM profiles built into cihostd are used, because of " + problems.front().text();
        problems.clear();
    }
    parse_cam_profiles(built_in_profiles(), "built-in profiles.toml", shipped.set, problems);
    shipped.source = "built into cihostd";
    return shipped;
}

fs::path installed_profiles_file() {
    std::error_code failed;
    const auto program = fs::read_symlink("/proc/self/exe", failed);
    if (failed)
        return {};
    return (program.parent_path() / data_folder_from_program() / "profiles.toml")
        .lexically_normal();
}

} // namespace cihost::daemon
