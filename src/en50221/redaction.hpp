// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>

namespace cihost::en50221 {

/// A block [tcid][TPDU…] with '*' in place of each character that answers an enquiry: PINs have no
/// place in a trace.
bytes without_answers(bytes_view block);

} // namespace cihost::en50221
