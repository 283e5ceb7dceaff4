// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/recording_file_name.hpp"

#include <array>
#include <string>

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

} // namespace

std::filesystem::path recording_file_name(std::string_view service_name,
                                          std::uint16_t program_number, std::time_t when) {
    std::tm local{};
    std::array<char, 32> time{};
    ::localtime_r(&when, &local);
    const auto size = std::strftime(time.data(), time.size(), "%Y%m%d-%H%M%S", &local);

    auto name = file_part(service_name);
    if (name.empty())
        name = "service";
    return name + "_" + std::to_string(program_number) + "_" + std::string(time.data(), size) +
           ".ts";
}

} // namespace cihost::daemon
