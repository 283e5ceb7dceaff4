// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cihost/version.hpp>

namespace cihost {

std::string_view version() noexcept { return CIHOST_VERSION; }

} // namespace cihost
