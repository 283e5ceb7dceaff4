// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/headend/headend.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cihost::sim {

/// The options that say what the head-end does with a file.
class headend_options {
  public:
    void add_to(CLI::App& command);
    /// With a fresh random card key, or with one that follows from --seed.
    headend_settings settings() const;

  private:
    std::string file_;
    std::vector<std::uint16_t> services_;
    std::uint16_t ca_system_id_ = headend_settings{}.ca_system_id;
    std::vector<std::uint16_t> other_ca_system_ids_;
    bool es_level_ = false;
    double crypto_period_s_ = 10;
    unsigned ecm_period_ms_ = 100;
    std::string control_word_file_;
    std::optional<std::uint64_t> seed_;
};

} // namespace cihost::sim
