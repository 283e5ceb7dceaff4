// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/worked_trace.hpp"

#include "support/conversation_text.hpp"
#include "support/places.hpp"

namespace cihost::test {

std::vector<script::line> worked_trace() {
    return read_conversation(source_file("tests/en50221/conversations/worked_trace.txt")).lines();
}

} // namespace cihost::test
