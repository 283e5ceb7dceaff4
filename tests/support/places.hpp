// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace cihost::test {

/// A file of the source tree, by its path from the top.
std::string source_file(std::string_view path);
/// One of the programs of this build.
std::string program(std::string_view name);

} // namespace cihost::test
