// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>

#include <optional>
#include <string>

namespace cihost::test {

/// A file of the optional capture collection: $CIHOST_SAMPLES/name. Nothing when the variable is
/// not set or the file is not there; the test then says CIHOST_SKIP.
std::optional<bytes> sample(const std::string& name);

} // namespace cihost::test
