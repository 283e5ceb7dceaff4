// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/recording_state.hpp"

#include "daemon/read_text_file.hpp"

#include <cihost/ts/packet.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <sys/stat.h>
#include <system_error>
#include <utility>
#include <variant>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using wall_clock = std::chrono::system_clock;
using milliseconds = std::chrono::milliseconds;

/// With three decimals, which a double has.
double unix_seconds(wall_clock::time_point when) {
    return static_cast<double>(std::chrono::floor<milliseconds>(when.time_since_epoch()).count()) /
           1000;
}

json::object kept_json(const kept_recording& r) {
    return {{"id", r.id},
            {"service", std::visit([](const auto& s) { return json::value(s); }, r.service)},
            {"receiver", r.receiver ? json::value(*r.receiver) : json::value(nullptr)},
            {"was_on", r.was_on},
            {"program_number", r.program_number},
            {"service_name", r.service_name},
            {"first_file", r.first_file.string()},
            {"last_file", r.last_file.string()},
            {"parts", r.parts},
            {"end", r.end ? json::value(unix_seconds(*r.end)) : json::value(nullptr)},
            {"goes_on", r.goes_on}};
}

std::string text_member(const json::object& object, const char* name) {
    const auto* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string{};
}

std::optional<std::int64_t> number_of(const json::object& object, const char* name) {
    const auto* const value = object.if_contains(name);
    if (value == nullptr || !value->is_number())
        return std::nullopt;
    std::error_code failed;
    const auto number = value->to_number<std::int64_t>(failed);
    return failed ? std::nullopt : std::optional{number};
}

std::optional<wall_clock::time_point> time_of(const json::object& object, const char* name) {
    /// The year 2286: what is beyond is damaged.
    constexpr double latest = 1e10;
    const auto* const value = object.if_contains(name);
    if (value == nullptr || !value->is_number())
        return std::nullopt;
    std::error_code failed;
    const auto seconds = value->to_number<double>(failed);
    if (failed || !(seconds >= 0 && seconds < latest))
        return std::nullopt;
    return wall_clock::time_point{milliseconds{std::llround(seconds * 1000)}};
}

std::optional<kept_recording> kept_from(const json::object& object) {
    kept_recording r;
    const auto program = number_of(object, "program_number").value_or(0);
    r.program_number = static_cast<std::uint16_t>(std::clamp<std::int64_t>(program, 0, 65535));
    r.service_name = text_member(object, "service_name");
    if (auto name = text_member(object, "service"); !name.empty())
        r.service = std::move(name);
    else if (const auto number = number_of(object, "service"); number && *number > 0)
        r.service = static_cast<std::uint16_t>(std::min<std::int64_t>(*number, 65535));
    else
        return std::nullopt;
    if (auto receiver = text_member(object, "receiver"); !receiver.empty())
        r.receiver = std::move(receiver);
    r.was_on = text_member(object, "was_on");
    r.first_file = text_member(object, "first_file");
    r.last_file = text_member(object, "last_file");
    r.parts = static_cast<std::size_t>(
        std::clamp<std::int64_t>(number_of(object, "parts").value_or(1), 1, 100'000));
    r.end = time_of(object, "end");
    const auto* const goes_on = object.if_contains("goes_on");
    r.goes_on = goes_on == nullptr || !goes_on->is_bool() || goes_on->get_bool();
    r.id =
        static_cast<std::uint64_t>(std::max<std::int64_t>(number_of(object, "id").value_or(0), 0));
    if (!r.first_file.is_absolute() || !r.last_file.is_absolute())
        return std::nullopt;
    return r;
}

void cut_to_packets(const fs::path& file) {
    std::error_code failed;
    if (!fs::is_regular_file(fs::symlink_status(file, failed)))
        return;
    const auto size = fs::file_size(file, failed);
    if (!failed && size % ts::packet_size != 0)
        fs::resize_file(file, size - size % ts::packet_size, failed);
}

/// Before anything is done with the file.
std::optional<wall_clock::time_point> last_written(const fs::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0)
        return std::nullopt;
    const std::chrono::nanoseconds fraction{status.st_mtim.tv_nsec};
    return wall_clock::from_time_t(status.st_mtim.tv_sec) +
           std::chrono::duration_cast<wall_clock::duration>(fraction);
}

/// The last part went on behind what the sidecar says of it.
void bring_up_to_date(json::object& part, const fs::path& file,
                      std::optional<wall_clock::time_point> written) {
    std::error_code failed;
    const auto size = fs::file_size(file, failed);
    if (failed)
        return;
    part["bytes"] = size;
    part["packets"] = size / ts::packet_size;
    if (written)
        part["ended"] = iso_time(*written);
}

} // namespace

std::string state_text(const kept_state& state) {
    json::array all;
    for (const auto& r : state.recordings)
        all.push_back(kept_json(r));
    return json::serialize(json::object{{"format", 1},
                                        {"socket", state.socket.string()},
                                        {"next_id", state.next_id},
                                        {"recordings", std::move(all)}}) +
           "\n";
}

std::string owner_of_state(const std::string& text) {
    json::error_code failed;
    const auto value = json::parse(text, failed);
    const auto* const object = value.if_object();
    return failed || object == nullptr ? std::string{} : text_member(*object, "socket");
}

bool lists_nothing(const std::string& text) {
    json::error_code failed;
    const auto value = json::parse(text, failed);
    const auto* const object = value.if_object();
    const auto* const list =
        failed || object == nullptr ? nullptr : object->if_contains("recordings");
    return list != nullptr && list->is_array() && list->get_array().empty();
}

kept_state read_state(const fs::path& socket, const std::string& text) {
    kept_state kept{socket, 1, {}};
    json::error_code failed;
    const auto value = json::parse(text, failed);
    const auto* const object = value.if_object();
    if (failed || object == nullptr || text_member(*object, "socket") != socket.string())
        return kept;
    if (const auto next = number_of(*object, "next_id"); next && *next > 0)
        kept.next_id = static_cast<std::uint64_t>(*next);
    const auto* const list = object->if_contains("recordings");
    if (list == nullptr || !list->is_array())
        return kept;
    for (const auto& entry : list->get_array())
        if (const auto* const members = entry.if_object())
            if (auto r = kept_from(*members))
                kept.recordings.push_back(std::move(*r));
    return kept;
}

resumed_state load_state(const fs::path& socket, const fs::path& file) {
    resumed_state all;
    std::string text;
    if (read_text_file(file, text) != 0)
        return all;
    auto state = read_state(socket, text);
    all.next_id = state.next_id;
    for (auto& kept : state.recordings) {
        std::error_code failed;
        if (!kept.goes_on && !fs::exists(kept.last_file, failed)) // deleted since
            continue;
        resumed_recording r;
        const auto written = last_written(kept.last_file);
        cut_to_packets(kept.last_file);
        auto beside = kept.first_file;
        beside += sidecar_suffix;
        if (std::string report; read_text_file(beside, report) == 0)
            take_up(r.story, report);
        // the daemon may have died before it wrote of the last part
        const json::value last(kept.last_file.filename().string());
        auto& parts = r.story.parts;
        if (parts.empty() || parts.back().as_object()["file"] != last)
            parts.push_back(json::object{{"file", last}});
        bring_up_to_date(parts.back().as_object(), kept.last_file, written);
        r.story.program_number = kept.program_number;
        r.story.service = kept.service_name;
        r.story.planned_end = kept.end;
        r.kept = std::move(kept);
        all.recordings.push_back(std::move(r));
    }
    return all;
}

} // namespace cihost::daemon
