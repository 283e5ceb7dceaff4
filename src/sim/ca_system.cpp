// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/ca_system.hpp"

#include "base/cursor.hpp"
#include "base/writer.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <new>

namespace cihost::sim {
namespace {

// Both messages: table_id, length, [ECM: service key number32], nonce64, ciphertext, tag.
// Everything in front of the ciphertext is authenticated with it.
constexpr std::size_t header_size = 3;
constexpr std::size_t tag_size = 16;
constexpr std::size_t nonce_size = 8;
constexpr std::uint8_t emm_table_id = 0x82;
constexpr std::size_t ecm_plain_size = 16;
constexpr std::size_t emm_plain_size = 20;

struct free_context {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, free_context>;

/// GCM's 96-bit initialisation vector: the 64-bit nonce behind zeroes.
std::array<std::uint8_t, 12> initialisation_vector(bytes_view nonce) noexcept {
    std::array<std::uint8_t, 12> iv{};
    std::copy_n(nonce.begin(), nonce_size, iv.begin() + 4);
    return iv;
}

cipher_context start(const aes_key& key, bytes_view nonce, bytes_view associated, bool encrypt) {
    cipher_context context{EVP_CIPHER_CTX_new()};
    const auto iv = initialisation_vector(nonce);
    int length = 0;
    // these fail on want of memory alone
    if (!context ||
        EVP_CipherInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, key.data(), iv.data(),
                          encrypt ? 1 : 0) != 1 ||
        EVP_CipherUpdate(context.get(), nullptr, &length, associated.data(),
                         static_cast<int>(associated.size())) != 1)
        throw std::bad_alloc{};
    return context;
}

/// Section header and what stands in clear, then ciphertext and tag of `plain`.
bytes seal(std::uint8_t table_id, bytes_view in_clear, const aes_key& key, std::uint64_t nonce,
           bytes_view plain) {
    writer out;
    out.u8(table_id);
    // short form: section_syntax_indicator 0, private_indicator and reserved 1
    out.u16(
        static_cast<unsigned>(0x7000 | (in_clear.size() + nonce_size + plain.size() + tag_size)));
    out.raw(in_clear);
    out.u32(static_cast<std::uint32_t>(nonce >> 32)).u32(static_cast<std::uint32_t>(nonce));
    auto section = out.take();
    const auto clear_size = section.size();
    auto context = start(key, bytes_view{section}.last(nonce_size), section, true);
    section.resize(clear_size + plain.size() + tag_size);
    auto* at = section.data() + clear_size;
    int length = 0;
    if (EVP_CipherUpdate(context.get(), at, &length, plain.data(),
                         static_cast<int>(plain.size())) != 1 ||
        EVP_CipherFinal_ex(context.get(), at + length, &length) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size, at + plain.size()) != 1)
        throw std::bad_alloc{};
    return section;
}

/// The plaintext of a section whose first `clear_size` bytes are not under the key.
result<bytes> unseal(bytes_view section, std::size_t clear_size, std::size_t plain_size,
                     const aes_key& key) {
    if (section.size() != clear_size + plain_size + tag_size)
        return errc::bad_length;
    const auto in_clear = section.first(clear_size);
    auto context = start(key, in_clear.last(nonce_size), in_clear, false);
    bytes plain(plain_size);
    bytes tag(section.end() - tag_size, section.end());
    int length = 0;
    if (EVP_CipherUpdate(context.get(), plain.data(), &length, section.data() + clear_size,
                         static_cast<int>(plain_size)) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) != 1 ||
        EVP_CipherFinal_ex(context.get(), plain.data() + length, &length) != 1)
        return errc::bad_value;
    return plain;
}

/// Checks table_id (under a mask) and section_length; gives a cursor behind them.
result<cursor> open_section(bytes_view section, std::uint8_t table_id, std::uint8_t mask) {
    cursor in{section};
    const auto id = in.u8();
    const auto length = in.length12();
    if (!in.ok())
        return errc::truncated;
    if ((id & mask) != table_id)
        return errc::wrong_tag;
    if (length > in.left())
        return errc::truncated;
    if (length < in.left())
        return errc::bad_length;
    return in;
}

template<std::size_t N>
std::array<std::uint8_t, N> take_array(cursor& in) {
    std::array<std::uint8_t, N> out{};
    const auto part = in.take(N);
    std::copy(part.begin(), part.end(), out.begin());
    return out;
}

} // namespace

control_word make_control_word(const std::function<std::uint8_t()>& random) {
    control_word word;
    for (const std::size_t half : {0U, 4U}) {
        unsigned sum = 0;
        for (std::size_t i = half; i < half + 3; ++i) {
            word[i] = random();
            sum += word[i];
        }
        word[half + 3] = static_cast<std::uint8_t>(sum);
    }
    return word;
}

bytes make_ecm(std::uint8_t table_id, std::uint32_t service_key_number, const aes_key& service_key,
               const ecm_content& content, std::uint64_t nonce) {
    writer number;
    number.u32(service_key_number);
    writer plain;
    plain.raw(content.even).raw(content.odd);
    return seal(table_id, number.view(), service_key, nonce, plain.view());
}

result<std::uint32_t> ecm_key_number(bytes_view section) {
    auto in = open_section(section, 0x80, 0xFE);
    if (!in)
        return in.error();
    const auto number = in->u32();
    if (!in->ok())
        return errc::truncated;
    return number;
}

result<ecm_content> open_ecm(bytes_view section, const aes_key& service_key) {
    if (const auto number = ecm_key_number(section); !number)
        return number.error();
    const auto plain = unseal(section, header_size + 4 + nonce_size, ecm_plain_size, service_key);
    if (!plain)
        return plain.error();
    cursor in{*plain};
    ecm_content content;
    content.even = take_array<8>(in);
    content.odd = take_array<8>(in);
    return content;
}

bytes make_emm(const aes_key& card_key, const emm_content& content, std::uint64_t nonce) {
    writer plain;
    plain.u32(content.service_key_number).raw(content.service_key);
    return seal(emm_table_id, {}, card_key, nonce, plain.view());
}

result<emm_content> open_emm(bytes_view section, const aes_key& card_key) {
    if (const auto in = open_section(section, emm_table_id, 0xFF); !in)
        return in.error();
    const auto plain = unseal(section, header_size + nonce_size, emm_plain_size, card_key);
    if (!plain)
        return plain.error();
    cursor in{*plain};
    emm_content content;
    content.service_key_number = in.u32();
    content.service_key = take_array<16>(in);
    return content;
}

} // namespace cihost::sim
