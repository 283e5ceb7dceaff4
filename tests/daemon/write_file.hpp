// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <fstream>
#include <string_view>

namespace cihost::test {

inline std::filesystem::path write_file(const std::filesystem::path& path, std::string_view text) {
    std::ofstream{path, std::ios::binary} << text;
    return path;
}

} // namespace cihost::test
