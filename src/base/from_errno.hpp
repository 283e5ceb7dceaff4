// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/error.hpp>

namespace cihost {

/// An errno value as an error.
inline error_code from_errno(int value) noexcept {
    return {value, boost::system::generic_category()};
}

} // namespace cihost
