// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/tuning.hpp>

namespace cihost::device {

using cihost::delivery_system;
using cihost::describe;
using cihost::name;
using cihost::polarization;
using cihost::same_multiplex;
using cihost::tuning;

} // namespace cihost::device
