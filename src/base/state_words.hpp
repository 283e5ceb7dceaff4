// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace cihost {

/// For people, of a word for machines: "no CA support" of "no_ca_support".
std::string state_words(std::string_view state);

} // namespace cihost
