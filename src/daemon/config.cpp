// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config.hpp"

#include "base/suggestion.hpp"
#include "daemon/config_assign.hpp"
#include "daemon/config_cam.hpp"
#include "daemon/config_defaults.hpp"
#include "daemon/config_http.hpp"
#include "daemon/config_reader.hpp"
#include "daemon/config_receiver.hpp"
#include "daemon/read_text_file.hpp"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view allowed_path = "a path in quotes";
constexpr std::string_view allowed_services =
    "a list of program numbers (1 to 65535) and service names, such as [28106, \"Das Erste HD\"]";
constexpr std::string_view allowed_mode =
    "three or four octal digits in quotes, such as \"0660\" (owner and group) or \"0600\"";
constexpr std::string_view allowed_pattern = "text in quotes, such as \"{service}_{date}_{title}\"";
constexpr std::string_view allowed_level = "\"debug\", \"info\", \"warning\", \"error\"";
constexpr std::string_view allowed_idle_after = "0 to 86400 (seconds)";

class config_parser {
  public:
    config_parser(const toml::table& root, const fs::path& file, config_outcome& out)
        : root_{root}
        , file_{file.string()}
        , folder_{file.parent_path()}
        , out_{out}
        , top_{root, "", file_, out.problems} {}

    void parse() {
        section("control", [this](config_reader& r) { control(r); });
        section("log", [this](config_reader& r) { log(r); });
        section("recording", [this](config_reader& r) { recording(r); });
        section("http", [this](config_reader& r) {
            read_http(r, *root_["http"].as_table(), out_.value.http);
        });
        auto& cam = out_.value.cam;
        read_cam_profiles(root_, folder_, out_);
        section("cam", [this, &cam](config_reader& r) { read_cam(r, folder_, cam); });
        section("channels", [this](config_reader& r) {
            read_channels(r, *root_["channels"].as_table(), folder_, out_.value.channels.emplace());
        });
        section("receivers", [this](config_reader& r) {
            if (const auto seconds = r.integer("idle_after", 0, 86400, allowed_idle_after))
                out_.value.idle_after = std::chrono::seconds{*seconds};
        });
        section("priorities",
                [this](config_reader& r) { out_.value.priorities = read_priorities(r); });
        receivers();
        rules();
        top_.finish();
    }

  private:
    template<class Function>
    void section(std::string_view name, Function read) {
        const auto* node = top_.find(name);
        if (node == nullptr)
            return;
        if (!node->is_table()) {
            top_.reject(*node, name, type_sentence(*node),
                        "a table: write [" + std::string(name) + "] on a line of its own");
            return;
        }
        config_reader reader{*node->as_table(), std::string(name), file_, out_.problems};
        read(reader);
        reader.finish();
    }

    fs::path resolve(const std::string& path) const {
        return (folder_ / path).lexically_normal(); // an absolute path replaces the folder
    }

    void control(config_reader& r) {
        if (const auto path = r.text("socket", allowed_path))
            out_.value.socket = resolve(*path);
        out_.value.socket_group = r.text("group", "the name of a group, in quotes");
        if (const auto mode = r.text("mode", allowed_mode)) {
            const bool octal = std::all_of(mode->begin(), mode->end(),
                                           [](char c) { return c >= '0' && c <= '7'; });
            const bool long_enough =
                mode->size() == 3 || (mode->size() == 4 && mode->front() == '0');
            if (octal && long_enough)
                out_.value.socket_mode = static_cast<unsigned>(std::stoul(*mode, nullptr, 8));
            else
                r.reject(*root_["control"]["mode"].node(), "mode", "is '" + *mode + "'.",
                         allowed_mode);
        }
    }

    void log(config_reader& r) {
        if (const auto word = r.text("level", allowed_level)) {
            if (const auto level = severity_named(*word))
                out_.value.log.usual = *level;
            else
                r.reject(*root_["log"]["level"].node(), "level", "is '" + *word + "'.",
                         allowed_level);
        }
        if (const auto* const node = r.find("levels"))
            levels(r, *node);
        if (const auto path = r.text("file", allowed_path))
            out_.value.log_file = resolve(*path);
    }

    void levels(config_reader& r, const toml::node& node) {
        static const auto allowed =
            "a level in quotes for each of " + join(log_areas()) + ", such as { cam = \"debug\" }";
        const auto* const table = node.as_table();
        if (table == nullptr)
            return r.reject(node, "levels", type_sentence(node), allowed);
        for (const auto& [key, value] : *table) {
            const std::string area{key.str()};
            const auto* const word = value.as_string();
            const auto level = word != nullptr ? severity_named(word->get()) : std::nullopt;
            if (std::ranges::find(log_areas(), area) == log_areas().end()) {
                const auto near = suggestion(area, log_areas());
                r.reject(value, "levels",
                         "names '" + area + "', which is no area of the log" +
                             (near ? "; did you mean '" + *near + "'?" : "."),
                         allowed);
            } else if (!level) {
                r.reject(value, "levels", "has no level for '" + area + "'.", allowed_level);
            } else {
                out_.value.log.areas[area] = *level;
            }
        }
    }

    void recording(config_reader& r) {
        if (const auto path = r.text("directory", allowed_path))
            out_.value.recording_directory = resolve(*path);
        if (const auto pattern = r.text("pattern", allowed_pattern)) {
            if (const auto fault = recording_pattern_fault(*pattern); fault.empty())
                out_.value.recording_pattern = *pattern;
            else
                r.reject(*root_["recording"]["pattern"].node(), "pattern", fault,
                         "text with the fields " + recording_pattern_fields());
        }
    }

    void receivers() {
        static constexpr std::string_view how =
            "[[receiver]], in double brackets, once for each receiver";
        const auto* node = top_.find("receiver");
        if (node == nullptr) {
            // all adapters found then; they need to be told where services are
            if (!out_.value.channels)
                out_.problems.push_back(
                    {.file = file_,
                     .key = "receiver",
                     .what = "is missing, and there is no channel list either.",
                     .allowed = std::string(how) + "; or [channels], to use all adapters found"});
            return;
        }
        const auto* list = node->as_array();
        if (list == nullptr || list->empty() || !list->is_homogeneous<toml::table>()) {
            top_.reject(*node, "receiver", "is not a list of tables.", how);
            return;
        }
        for (const auto& entry : *list)
            receiver(*entry.as_table());
    }

    void rules() {
        static constexpr std::string_view how =
            "[[assign]], in double brackets, once for each rule";
        const auto* node = top_.find("assign");
        if (node == nullptr)
            return;
        const auto* list = node->as_array();
        if (list == nullptr || list->empty() || !list->is_homogeneous<toml::table>()) {
            top_.reject(*node, "assign", "is not a list of tables.", how);
            return;
        }
        for (const auto& entry : *list) {
            const auto& table = *entry.as_table();
            config_reader r{table, "assign", file_, out_.problems};
            out_.value.rules.push_back(read_assign(r));
            out_.value.rules.back().line = table.source().begin.line;
            r.finish();
            refuse_strangers(r, table, "only", out_.value.rules.back().only);
            refuse_strangers(r, table, "avoid", out_.value.rules.back().avoid);
        }
    }

    /// Names of receivers are known unless all adapters are used.
    void refuse_strangers(config_reader& r, const toml::table& table, std::string_view key,
                          const std::vector<policy::assignment_target>& targets) {
        std::vector<std::string> names;
        for (const auto& receiver : out_.value.receivers)
            names.push_back(receiver.name);
        for (const auto& target : targets) {
            const auto named = std::ranges::find(names, target.receiver);
            if (named != names.end())
                refuse_slot(r, *table.get(key), key, target,
                            out_.value.receivers[static_cast<std::size_t>(named - names.begin())]);
            if (names.empty() || named != names.end())
                continue;
            const auto meant = suggestion(target.receiver, names);
            r.reject(*table.get(key), key,
                     "names '" + target.receiver + "', which is no receiver" +
                         (meant ? "; did you mean '" + *meant + "'?" : "."),
                     join(distinct(names)));
        }
    }

    /// Which slots there are only the device knows; see rule_watch.
    static void refuse_slot(config_reader& r, const toml::node& where, std::string_view key,
                            const policy::assignment_target& target,
                            const receiver_config& receiver) {
        if (target.slot && receiver.nodes && receiver.nodes->ca.empty())
            r.reject(where, key,
                     "names slot " + std::to_string(*target.slot) + " of '" + target.receiver +
                         "', which is configured without a CI slot.",
                     "\"" + target.receiver + "\", or a receiver with a CI slot");
    }

    void receiver(const toml::table& table) {
        config_reader r{table, "receiver", file_, out_.problems};
        receiver_config value;
        const auto name = r.text("name", "a name in quotes");
        if (name)
            value.name = *name;
        read_devices(r, folder_, value);
        read_tuning(r, table, out_.value.channels.has_value(), value);
        services(r, value);
        if (!value.services.empty() && !value.tuning && !value.channel)
            r.reject(*table.get("services"), "services",
                     "are descrambled at all times, and this receiver has no multiplex of its own.",
                     "'frequency' or 'channel' beside it; or nothing, and services as they are "
                     "asked for");
        value.cam_profile = read_cam_profile(r, "cam_profile", out_.value.cam);
        if (const auto path = r.text("trace", "the path of a .pcapng file, in quotes"))
            value.trace = resolve(*path);
        r.finish();

        for (const auto& other : out_.value.receivers) {
            if (other.name == value.name) {
                const toml::node& where = name ? *table.get("name") : table;
                r.reject(where, "name", "is '" + value.name + "' for two receivers.",
                         "a name of its own for each");
            }
            const bool same_nodes =
                value.nodes && other.nodes && value.nodes->frontend == other.nodes->frontend;
            if (same_nodes ||
                (!value.virtual_device.empty() && other.virtual_device == value.virtual_device))
                r.reject(*table.get("device"), "device",
                         "is in use by receiver '" + other.name + "' already.",
                         "a device of its own for each receiver");
        }
        out_.value.receivers.push_back(std::move(value));
    }

    static void services(config_reader& r, receiver_config& value) {
        const auto* node = r.find("services");
        if (node == nullptr)
            return;
        const auto* list = node->as_array();
        if (list == nullptr)
            return r.reject(*node, "services", type_sentence(*node), allowed_services);
        for (const auto& entry : *list) {
            if (const auto* number = entry.as_integer();
                number != nullptr && number->get() >= 1 && number->get() <= 65535)
                value.services.emplace_back(static_cast<std::uint16_t>(number->get()));
            else if (const auto* text = entry.as_string(); text != nullptr && !text->get().empty())
                value.services.emplace_back(text->get());
            else
                r.reject(entry, "services", "has an entry that is no service.", allowed_services);
        }
    }

    const toml::table& root_;
    std::string file_;
    fs::path folder_;
    config_outcome& out_;
    config_reader top_;
};

config_outcome unreadable(const fs::path& file, int error) {
    config_outcome out;
    out.unreadable = true;
    out.problems.push_back(
        {.file = file.string(),
         .what = "cannot be read: " + std::generic_category().message(error) + ".",
         .allowed = "a readable TOML file"});
    return out;
}

} // namespace

std::string config_problem::text() const {
    std::string text = file + ":";
    if (line > 0)
        text += std::to_string(line) + ":" + std::to_string(column) + ":";
    text += " ";
    if (!key.empty())
        text += key + " ";
    text += what;
    if (!allowed.empty())
        text += " Allowed: " + allowed;
    return text;
}

config_outcome parse_config(std::string_view text, const fs::path& file) {
    config_outcome out;
    out.value.socket = default_socket();
    out.value.recording_directory = default_recording_directory();
    out.value.http.emplace();
    out.value.cam.memory = default_cam_memory();
    try {
        const auto root = toml::parse(text, file.string());
        config_parser{root, file, out}.parse();
    } catch (const toml::parse_error& e) {
        out.problems.push_back(syntax_problem(e, file.string()));
    }
    if (!out.ok())
        out.value = {};
    std::stable_sort(out.problems.begin(), out.problems.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    return out;
}

config_outcome load_config(const fs::path& file) {
    std::string text;
    if (const int error = read_text_file(file, text); error != 0)
        return unreadable(file, error);
    auto out = parse_config(text, fs::absolute(file));
    out.value.file = fs::absolute(file);
    return out;
}

} // namespace cihost::daemon
