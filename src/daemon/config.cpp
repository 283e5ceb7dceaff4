// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config.hpp"

#include "daemon/config_cam.hpp"
#include "daemon/config_defaults.hpp"
#include "daemon/config_reader.hpp"
#include "daemon/config_receiver.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
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
        section("cam", [this](config_reader& r) { read_cam(r, out_.value.cam); });
        section("channels", [this](config_reader& r) {
            read_channels(r, *root_["channels"].as_table(), folder_, out_.value.channels.emplace());
        });
        section("receivers", [this](config_reader& r) {
            if (const auto seconds = r.integer("idle_after", 0, 86400, allowed_idle_after))
                out_.value.idle_after = std::chrono::seconds{*seconds};
        });
        receivers();
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
        using runtime::severity;
        static constexpr std::array<std::pair<std::string_view, severity>, 4> levels{
            {{"debug", severity::debug},
             {"info", severity::info},
             {"warning", severity::warning},
             {"error", severity::error}}};
        if (const auto word = r.text("level", allowed_level)) {
            const auto* found = std::find_if(levels.begin(), levels.end(),
                                             [&](const auto& l) { return l.first == *word; });
            if (found != levels.end())
                out_.value.log_level = found->second;
            else
                r.reject(*root_["log"]["level"].node(), "level", "is '" + *word + "'.",
                         allowed_level);
        }
        if (const auto path = r.text("file", allowed_path))
            out_.value.log_file = resolve(*path);
    }

    void recording(config_reader& r) {
        if (const auto path = r.text("directory", allowed_path))
            out_.value.recording_directory = resolve(*path);
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
        value.cam_profile = read_cam_profile(r, "cam_profile");
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
    out.problems.push_back(
        {.file = file.string(),
         .what = "cannot be read: " + std::generic_category().message(error) + ".",
         .allowed = "a readable TOML file; --config FILE names another"});
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
    try {
        const auto root = toml::parse(text, file.string());
        config_parser{root, file, out}.parse();
    } catch (const toml::parse_error& e) {
        // the parser stops at the first fault of the syntax
        out.problems.push_back({.file = file.string(),
                                .line = e.source().begin.line,
                                .column = e.source().begin.column,
                                .what = "this is not TOML: " + std::string(e.description()) + "."});
    }
    if (!out.ok())
        out.value = {};
    std::stable_sort(out.problems.begin(), out.problems.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    return out;
}

config_outcome load_config(const fs::path& file) {
    std::error_code failed;
    if (fs::is_directory(file, failed))
        return unreadable(file, EISDIR);
    errno = 0;
    std::ifstream in{file, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in.is_open() || in.bad())
        return unreadable(file, errno != 0 ? errno : EIO);
    return parse_config(text, fs::absolute(file));
}

} // namespace cihost::daemon
