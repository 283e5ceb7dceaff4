// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/random_source.hpp"

#include <openssl/rand.h>

#include <stdexcept>

namespace cihost::sim {

random_source::random_source(std::optional<std::uint64_t> seed, std::uint64_t stream) {
    if (seed)
        seeded_.emplace(*seed + stream * 0x9E3779B97F4A7C15U);
}

std::uint8_t random_source::byte() {
    if (seeded_)
        return static_cast<std::uint8_t>((*seeded_)() >> 56);
    std::uint8_t value = 0;
    if (RAND_bytes(&value, 1) != 1)
        throw std::runtime_error{"no random numbers from OpenSSL"};
    return value;
}

aes_key random_source::key() {
    aes_key key;
    for (auto& value : key)
        value = byte();
    return key;
}

control_word random_source::word() {
    return make_control_word([this] { return byte(); });
}

} // namespace cihost::sim
