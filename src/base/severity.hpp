// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace cihost {

/// How much a line of the log matters.
enum class severity { debug, info, warning, error };

} // namespace cihost
