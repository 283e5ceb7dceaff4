// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/samples.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace cihost::test {

std::optional<bytes> sample(const std::string& name) {
    const char* folder = std::getenv("CIHOST_SAMPLES");
    if (folder == nullptr)
        return std::nullopt;
    std::ifstream file(std::string(folder) + "/" + name, std::ios::binary);
    if (!file)
        return std::nullopt;
    return bytes(std::istreambuf_iterator<char>(file), {});
}

} // namespace cihost::test
