// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/ca_system.hpp"

#include <cstdint>
#include <optional>
#include <random>

namespace cihost::sim {

/// Where keys come from: the system's generator, or a seeded one so that a test can repeat itself.
class random_source {
  public:
    /// `stream` tells apart sources of one seed.
    explicit random_source(std::optional<std::uint64_t> seed, std::uint64_t stream = 0);

    std::uint8_t byte();
    aes_key key();
    control_word word();

  private:
    std::optional<std::mt19937_64> seeded_;
};

} // namespace cihost::sim
