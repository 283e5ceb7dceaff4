// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/recording_file_name.hpp"

#include <array>
#include <string>
#include <system_error>

namespace cihost::daemon {
namespace {

/// Well below NAME_MAX with all that follows.
constexpr std::size_t longest_name = 80;

bool passes(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool continues_a_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

std::string file_part(std::string_view name) {
    std::string part;
    for (const char c : name) {
        if (passes(c))
            part += c;
        else if (!part.empty() && part.back() != '-')
            part += '-';
    }
    if (part.size() > longest_name) {
        std::size_t end = longest_name;
        while (end > 0 && continues_a_character(part[end]))
            --end;
        part.resize(end);
    }
    while (!part.empty() && part.back() == '-')
        part.pop_back();
    return part;
}

std::string stamp(std::time_t when) {
    std::tm local{};
    std::array<char, 32> time{};
    ::localtime_r(&when, &local);
    return {time.data(), std::strftime(time.data(), time.size(), "%Y%m%d-%H%M%S", &local)};
}

} // namespace

std::filesystem::path recording_file_name(std::string_view service_name,
                                          std::uint16_t program_number, std::time_t when) {
    auto name = file_part(service_name);
    if (name.empty())
        name = "service";
    return name + "_" + std::to_string(program_number) + "_" + stamp(when) + ".ts";
}

std::filesystem::path unused_file_name(const std::filesystem::path& file, std::time_t when) {
    std::error_code ignored;
    const auto taken = [&](const std::filesystem::path& name) {
        // a link to nowhere stands in the way, too
        return std::filesystem::exists(std::filesystem::symlink_status(name, ignored));
    };
    const auto beside = [&](const std::string& what) {
        return file.parent_path() / (file.stem().string() + "-" + what + file.extension().string());
    };
    if (!taken(file))
        return file;
    auto name = beside(stamp(when));
    for (int copy = 2; taken(name); ++copy)
        name = beside(stamp(when) + "-" + std::to_string(copy));
    return name;
}

} // namespace cihost::daemon
