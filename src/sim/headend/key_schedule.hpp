// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/ca_system.hpp"
#include "sim/csa.hpp"
#include "sim/headend/random_source.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace cihost::sim {

struct key_schedule_settings {
    duration crypto_period{};
    duration service_key_period{};
    aes_key card_key{};
    std::optional<std::uint64_t> seed;
};

/// Which control word and which service key is in use when. Times count from the start and must
/// not go back. Crypto periods of the groups are staggered, so that they do not all flip at once.
class key_schedule {
  public:
    key_schedule(const key_schedule_settings& settings, std::size_t groups);

    std::uint64_t crypto_period_at(std::size_t group, duration t) const noexcept;
    duration next_crypto_period(std::size_t group, duration t) const noexcept;
    /// Even periods use the even control word.
    static parity parity_of(std::uint64_t crypto_period) noexcept {
        return crypto_period % 2 == 0 ? parity::even : parity::odd;
    }
    const control_word& word_at(std::size_t group, duration t);

    /// The ECM of period n: control words of n and n+1, table_id 80 for even n, 81 for odd. The
    /// same section until the period or the service key changes.
    const bytes& ecm_at(std::size_t group, duration t);
    /// One like it, of a system whose service keys nobody has.
    const bytes& foreign_ecm_at(std::size_t group, duration t);
    /// When ecm_at() changes next.
    duration next_ecm(std::size_t group, duration t) const noexcept;

    std::uint32_t service_key_number_at(duration t) const noexcept;
    /// EMMs on air: the current service key, and in the second half of its period the next one.
    std::vector<bytes> emms_at(duration t);
    /// What brings a card the current service key and the next one.
    std::vector<bytes> authorisation_at(duration t);
    /// One like them, under a card key that nobody has.
    const bytes& foreign_emm() const noexcept { return foreign_emm_; }

  private:
    struct group_state {
        random_source random;
        duration offset{};
        std::uint64_t period = 0;
        control_word current{};
        control_word next{};
        std::uint64_t ecm_period = 0;
        std::uint32_t ecm_key_number = 0;
        bytes ecm;
        bytes foreign_ecm;
    };
    struct service_key {
        aes_key key{};
        bytes emm;
    };

    group_state& advance(std::size_t group, duration t);
    group_state& refresh_ecms(std::size_t group, duration t);
    const service_key& service_key_of(std::uint32_t number);

    key_schedule_settings settings_;
    random_source random_;
    std::uint64_t nonce_ = 0;
    std::vector<group_state> groups_;
    /// Keys numbered 1, 2, …
    std::vector<service_key> service_keys_;
    aes_key foreign_key_;
    bytes foreign_emm_;
};

} // namespace cihost::sim
