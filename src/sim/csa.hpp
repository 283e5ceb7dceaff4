// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/ca_system.hpp"

#include <cihost/ts/packet.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct dvbcsa_key_s;
struct dvbcsa_bs_key_s;

namespace cihost::sim {

enum class parity : std::uint8_t { even = 0, odd = 1 };

constexpr parity other(parity p) noexcept { return p == parity::even ? parity::odd : parity::even; }

/// DVB-CSA over the payload of transport packets, under one pair of control words. Packets are
/// given by the addresses of their 188 bytes, so that those of one service can be picked out of a
/// multiplex; the more in one call, the faster (ideally batch_size()).
class csa {
  public:
    csa();

    void set_key(parity which, const control_word& word) noexcept;
    bool has_key(parity which) const noexcept { return slots_[index(which)].set; }
    void forget_keys() noexcept;

    /// Scrambles clear packets that have a payload and sets transport_scrambling_control; leaves
    /// all others as they are. Without a key for that parity it does nothing. Payloads below 8
    /// bytes keep their bytes (DVB-CSA has nothing to chain) and get the bits all the same.
    void scramble(std::span<std::uint8_t* const> packets, parity which) noexcept;

    /// Descrambles each packet by its own bits and clears them. Packets under a parity without a
    /// key, and those with the reserved value 01, stay as they are. Returns how many got clear.
    std::size_t descramble(std::span<std::uint8_t* const> packets) noexcept;

    static std::size_t batch_size() noexcept;

  private:
    struct free_key {
        void operator()(dvbcsa_key_s* key) const noexcept;
        void operator()(dvbcsa_bs_key_s* key) const noexcept;
    };
    struct slot {
        std::unique_ptr<dvbcsa_key_s, free_key> single;
        std::unique_ptr<dvbcsa_bs_key_s, free_key> batch;
        bool set = false;
    };
    static std::size_t index(parity which) noexcept { return static_cast<std::size_t>(which); }
    template<bool Scramble>
    std::size_t run(std::span<std::uint8_t* const> packets, parity which) noexcept;

    std::array<slot, 2> slots_;
};

} // namespace cihost::sim
