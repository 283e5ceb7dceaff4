// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config_check.hpp"

#include "daemon/book_claim.hpp"
#include "daemon/device_report.hpp"
#include "daemon/http_server.hpp"
#include "daemon/listening_socket.hpp"
#include "daemon/receiver_plan.hpp"

#include <boost/json/array.hpp>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <linux/magic.h>
#include <sstream>
#include <sys/statfs.h>
#include <system_error>
#include <unistd.h>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;

std::string free_space(const fs::path& folder) {
    std::error_code failed;
    const auto space = fs::space(folder, failed);
    if (failed)
        return {};
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), ", %.1f GiB free",
                  static_cast<double>(space.available) / (1U << 30));
    return text.data();
}

/// Whether something can be written, and how that is said.
struct write_outlook {
    bool well = true;
    std::string words;
};

write_outlook in_the_way(const fs::path& where, const std::string& why) {
    return {false, "cannot be written by this user: " + where.string() + ": " + why};
}

write_outlook in_the_way(const fs::path& where, int error) {
    return in_the_way(where, std::generic_category().message(error));
}

/// Root is told that it may write there.
bool made_by_kernel(const fs::path& folder) {
    struct statfs status {};
    return ::statfs(folder.c_str(), &status) == 0 &&
           (status.f_type == PROC_SUPER_MAGIC || status.f_type == SYSFS_MAGIC);
}

/// Whether it can be written to, or created; nothing is.
write_outlook folder_outlook(const fs::path& folder) {
    std::error_code ignored;
    // the nearest that is there, in which the others are created
    for (auto at = folder;; at = at.parent_path()) {
        if (::access(at.c_str(), F_OK) != 0) {
            const int error = errno;
            if (error == ENOENT && at != at.parent_path() && !fs::is_symlink(at, ignored))
                continue;
            return in_the_way(at, error);
        }
        if (!fs::is_directory(at, ignored))
            return in_the_way(at, ENOTDIR);
        if (made_by_kernel(at))
            return in_the_way(at, "the kernel's own folders take no files");
        if (::access(at.c_str(), W_OK | X_OK) != 0)
            return in_the_way(at, errno);
        return {true, (at == folder ? "may be written" : "is created by cihostd") + free_space(at)};
    }
}

/// As of a folder.
write_outlook file_outlook(const fs::path& file) {
    if (::access(file.c_str(), F_OK) != 0) {
        auto above = folder_outlook(file.parent_path());
        above.words.insert(0, "its folder ");
        return above;
    }
    std::error_code ignored;
    if (fs::is_directory(file, ignored))
        return in_the_way(file, EISDIR);
    return ::access(file.c_str(), W_OK) == 0 ? write_outlook{true, "may be written"}
                                             : in_the_way(file, errno);
}

/// Each start makes a new one, beside what is there.
write_outlook trace_outlook(const fs::path& file) {
    std::error_code ignored;
    if (fs::is_directory(file, ignored))
        return in_the_way(file, EISDIR);
    auto above = folder_outlook(file.parent_path());
    above.words.insert(0, "its folder ");
    return above;
}

std::string nodes_sentence(const planned_receiver& planned) {
    const auto& settings = planned.settings;
    std::error_code ignored;
    if (!settings.nodes)
        return fs::is_directory(settings.virtual_device, ignored)
                   ? "its folder is there"
                   : "its folder is not there yet: start 'cihost-sim run FILE.ts --dir " +
                         settings.virtual_device.string() + "'";
    if (::access(settings.nodes->frontend.c_str(), F_OK) != 0)
        return absent_reason(*settings.nodes);
    std::string sentence = "its devices are there";
    for (const auto& node :
         {settings.nodes->frontend, settings.nodes->demux, settings.nodes->dvr, settings.nodes->ca})
        if (!node.empty() && ::access(node.c_str(), R_OK | W_OK) != 0)
            sentence = node.string() +
                       " cannot be used: " + std::generic_category().message(errno) +
                       "; 'cihostd --devices' says what to do";
    return sentence;
}

/// As on reload.
finding_kind finding_of(runtime::severity level, bool no_channels) {
    if (level == runtime::severity::info)
        return finding_kind::note;
    return level == runtime::severity::error && no_channels ? finding_kind::problem
                                                            : finding_kind::remark;
}

boost::json::array json_sentences(const std::vector<std::string>& lines) {
    return boost::json::array(lines.begin(), lines.end());
}

std::vector<std::string> single_lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream all{text};
    for (std::string line; std::getline(all, line);)
        lines.push_back(line);
    return lines;
}

} // namespace

std::vector<std::string> config_findings::of(finding_kind wanted) const {
    std::vector<std::string> texts;
    for (const auto& one : all)
        if (one.kind == wanted)
            texts.push_back(one.text);
    return texts;
}

config_findings check_surroundings(const config& settings, const surroundings& around) {
    config_findings found;
    const auto say = [&](finding_kind what, const std::string& text) {
        found.all.push_back({what, text});
    };
    const auto judge = [&](const std::string& what, const write_outlook& o, const char* remedy) {
        if (o.well)
            say(finding_kind::note, "the " + what + " " + o.words);
        else
            say(finding_kind::problem, "The " + what + " " + o.words + ". " + remedy);
    };
    judge("recording folder", folder_outlook(settings.recording_directory),
          "[recording] directory names another one.");
    if (const auto others = others_in_folder(settings.recording_directory, settings.socket);
        !others.empty())
        say(finding_kind::remark, others + " They do not disturb each other; [recording] directory "
                                           "names a folder for this one alone.");
    judge("folder of the control socket", folder_outlook(settings.socket.parent_path()),
          "[control] socket names another place.");
    const auto socket = look_at_socket(settings.socket, settings.socket_group);
    if (!socket.problem.empty())
        say(finding_kind::problem, socket.problem);
    if (!socket.remark.empty())
        say(finding_kind::remark, socket.remark);
    if (settings.log_file)
        judge("log file:", file_outlook(*settings.log_file), "[log] file names another one.");
    for (const auto& receiver : settings.receivers)
        if (receiver.trace)
            judge("trace of receiver '" + receiver.name + "':", trace_outlook(*receiver.trace),
                  "[[receiver]] trace names another file.");
    if (settings.cam.learn) {
        const auto memory = file_outlook(settings.cam.memory);
        say(memory.well ? finding_kind::note : finding_kind::remark,
            "what is learned of CAMs: " + memory.words);
    }
    if (settings.http)
        if (const auto why = http_obstacle(*settings.http); !why.empty())
            say(finding_kind::remark, "No streams over HTTP: " + why);
    const auto plan = plan_receivers(settings, around);
    for (const auto& remark : plan.remarks)
        say(finding_of(remark.level, plan.no_channels), remark.message);
    for (const auto& planned : plan.receivers)
        found.receivers.push_back({planned.settings.name, nodes_sentence(planned)});
    return found;
}

std::string to_text(const config_findings& found) {
    std::string text = "on this machine:\n";
    for (const auto& one : found.all)
        if (one.kind != finding_kind::problem)
            text += "  " + one.text + "\n";
    for (const auto& receiver : found.receivers)
        text += "  receiver '" + receiver.name + "': " + receiver.devices + "\n";
    return text;
}

boost::json::object check_report(const fs::path& file, const config_outcome& loaded,
                                 const config_findings& found) {
    auto problems = found.of(finding_kind::problem);
    for (const auto& problem : loaded.problems)
        problems.push_back(problem.text());
    boost::json::array receivers;
    for (const auto& receiver : found.receivers)
        receivers.push_back({{"name", receiver.name}, {"devices", receiver.devices}});
    return {{"config", file.string()},
            {"problems", json_sentences(problems)},
            {"remarks", json_sentences(found.of(finding_kind::remark))},
            {"notes", json_sentences(found.of(finding_kind::note))},
            {"settings", json_sentences(loaded.ok() ? single_lines_of(describe(loaded.value))
                                                    : std::vector<std::string>{})},
            {"receivers", std::move(receivers)}};
}

} // namespace cihost::daemon
