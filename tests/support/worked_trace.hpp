// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/conversation.hpp"

#include <vector>

namespace cihost::test {

/// tests/en50221/conversations/worked_trace.txt line by line: a whole conversation of a host with a
/// full set of resources, from start-up through a service, its query, menu and PIN to the end.
std::vector<script::line> worked_trace();

} // namespace cihost::test
