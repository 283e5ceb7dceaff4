// SPDX-License-Identifier: LGPL-2.1-or-later
// The only file that is compiled with the paths of this build: the others come from the compiler's cache in any folder.
#include "support/places.hpp"

namespace cihost::test {

std::string source_file(std::string_view path) {
    return std::string{CIHOST_SOURCE_DIR "/"}.append(path);
}

std::string program(std::string_view name) { return std::string{CIHOST_BIN_DIR "/"}.append(name); }

} // namespace cihost::test
