// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/ca_system.hpp"
#include "sim/csa.hpp"

#include <cihost/error.hpp>
#include <cihost/time.hpp>

#include <cstddef>
#include <fstream>
#include <string>

namespace cihost::sim {

/// Lists every control word as it comes into use, so that a test can search for them where none may
/// be. One JSON object a line:
/// {"t": seconds since start, "group": number, "parity": "even"|"odd", "cw": "16 hex digits"}.
class control_word_file {
  public:
    /// Without a name it writes nowhere.
    error_code open(const std::string& file);
    void write(duration t, std::size_t group, parity which, const control_word& word);
    /// Why a word could not be written, a sentence; empty = all were.
    const std::string& failure() const noexcept { return failure_; }

  private:
    std::string name_;
    std::ofstream file_;
    std::string failure_;
};

} // namespace cihost::sim
