// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

namespace cihost {

/// Version of the library linked, "major.minor.patch".
std::string_view version() noexcept;

} // namespace cihost
