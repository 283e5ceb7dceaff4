// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace cihost::en50221 {

/// Which layers a CA device leaves to us, and so what a block holds that is written to it or read
/// from it, after the slot byte.
enum class ca_interface {
    /// [tcid][TPDU]: CA_CI_LINK.
    link,
    /// One APDU: CA_CI, whose driver or firmware has the transport and session layers.
    high_level,
};

} // namespace cihost::en50221
