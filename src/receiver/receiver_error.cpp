// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cihost/receiver_error.hpp>

namespace cihost {

receiver_error::receiver_error(kind what_kind, const std::string& sentences)
    : std::runtime_error{sentences}
    , kind_{what_kind} {}

receiver_error::receiver_error(const receiver_error&) noexcept = default;
receiver_error& receiver_error::operator=(const receiver_error&) noexcept = default;
// here, so that the type is one in all of a program's libraries
receiver_error::~receiver_error() = default;

} // namespace cihost
