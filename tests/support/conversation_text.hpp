// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// Conversations as text, one step a line; what stands behind a # is for people.
///
///     set tcid 2                   a setting of the slot (slot_settings, resource_settings)
///     host 82 01 02                the stack's next write, whenever it is due
///     host_after 5ms A0 01 02      its next write, exactly so long behind the module's last answer
///     cam 83 01 02 80 02 02 00     one read, 1 ms later
///     cam_after 70ms 80 02 02 00   one read, so much later
///     raw 03 80 02 03 80           one read at once, its connection id written out
///     quiet 249ms                  time passes, and nothing may be written
///     tick 2s                      time passes
///     expect session_opened $1     the next event, or its first words: event_text.hpp
///     no_event                     no event is left
///     call stop                    a call of the host's: start, stop, abandon, write_failed,
///                                  module_changed, module_failed, or
///     call ca_pmt $3 03 11 22 …    the body of a CA_PMT, to one session or (0000) all
///     call enter_menu              also answer_menu $4 1 (a choice), answer_enquiry $4 0000 (a
///                                  text, or nothing to cancel), close_mmi $4
///     include start.txt            another file's lines at this point
///
/// Bytes are hex digits in pairs. $1 is the number of the conversation's first session, four
/// digits, $2 that of the second. Numbers from 7F00 on are left to modules that choose their own.

#include "support/conversation.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cihost::test {

/// Throws std::invalid_argument, "FILE:LINE: what is wrong", for a file that is none.
/// `opened`: sessions that the stack opened before.
script read_conversation(const std::filesystem::path& file, unsigned opened = 0);
/// `name` stands for the file in messages; included files are looked for in `folder`.
script parse_conversation(std::string_view text, const std::string& name, unsigned opened = 0,
                          const std::filesystem::path& folder = {});

} // namespace cihost::test
