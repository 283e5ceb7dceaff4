// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/behaviour.hpp"
#include "sim/personality/table_reader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cihost::sim {

/// The tables of a personality that say how the module behaves; names the keys of `root`.
void read_behaviour(table_reader& root, std::string_view file, std::vector<std::string>& problems,
                    cam_behaviour& behaviour);

/// [menu] and [[page]].
void read_menu(table_reader& root, std::string_view file, std::vector<std::string>& problems,
               menu_behaviour& menu);

} // namespace cihost::sim
