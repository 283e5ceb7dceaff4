// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/pcapng.hpp"

#include "base/writer.hpp"
#include "en50221/pcapng_format.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace cihost::en50221 {
namespace {

using namespace pcapng;

/// A pcapng block under construction, little-endian.
class block {
  public:
    explicit block(std::uint32_t type) { u32(type).u32(0); }

    block& u16(std::uint16_t value) { return little(value, 2); }
    block& u32(std::uint32_t value) { return little(value, 4); }
    block& u64(std::uint64_t value) { return little(value, 8); }
    /// Bytes, padded to 32 bits.
    block& padded(bytes_view part) {
        data_.insert(data_.end(), part.begin(), part.end());
        data_.resize((data_.size() + 3) / 4 * 4);
        return *this;
    }
    block& option(std::uint16_t code, bytes_view value) {
        value = value.first(std::min<std::size_t>(value.size(), 0xFFFF));
        return u16(code).u16(static_cast<std::uint16_t>(value.size())).padded(value);
    }
    block& option(std::uint16_t code, std::string_view text) {
        const bytes value(text.begin(), text.end());
        return option(code, bytes_view{value});
    }

    /// The total length stands in front and behind.
    bytes finish() {
        const auto total = static_cast<std::uint32_t>(data_.size() + 4);
        for (std::size_t i = 0; i < 4; ++i)
            data_[4 + i] = static_cast<std::uint8_t>(total >> 8 * i);
        u32(total);
        return std::move(data_);
    }

  private:
    block& little(std::uint64_t value, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i)
            data_.push_back(static_cast<std::uint8_t>(value >> 8 * i));
        return *this;
    }

    bytes data_;
};

bytes packet(unsigned slot, std::uint8_t type, bytes_view payload, std::uint64_t unix_ns,
             std::string_view comment) {
    writer w;
    w.u8(pseudo_header_version).u8(type).u16(static_cast<unsigned>(payload.size())).raw(payload);
    const auto size = static_cast<std::uint32_t>(w.size());

    block b{enhanced_packet_block};
    b.u32(slot).u32(static_cast<std::uint32_t>(unix_ns >> 32));
    b.u32(static_cast<std::uint32_t>(unix_ns)).u32(size).u32(size).padded(w.view());
    if (!comment.empty())
        b.option(opt_comment, comment).option(opt_end, bytes_view{});
    return b.finish();
}

} // namespace

bytes pcapng_header(std::span<const std::string> slot_names) {
    block section{section_header_block};
    section.u32(byte_order_magic).u16(1).u16(0); // version 1.0
    section.u64(~std::uint64_t{0});              // length not known: the file grows
    auto header = section.finish();
    for (const auto& name : slot_names) {
        block b{interface_description_block};
        b.u16(link_type_dvb_ci).u16(0).u32(0); // no snap length
        b.option(if_name, name).option(if_tsresol, std::array{nanoseconds});
        const auto description = b.option(opt_end, bytes_view{}).finish();
        header.insert(header.end(), description.begin(), description.end());
    }
    return header;
}

bytes pcapng_tpdu(unsigned slot, direction which, bytes_view tcid_and_tpdu, std::uint64_t unix_ns,
                  std::string_view comment) {
    // the pseudo header counts the LPDU in 16 bits; no device gives more
    tcid_and_tpdu = tcid_and_tpdu.first(std::min<std::size_t>(tcid_and_tpdu.size(), 0xFFFE));
    writer lpdu;
    if (!tcid_and_tpdu.empty())
        lpdu.u8(tcid_and_tpdu[0]).u8(last_fragment).raw(tcid_and_tpdu.subspan(1));
    const auto type =
        which == direction::module_to_host ? data_module_to_host : data_host_to_module;
    return packet(slot, type, lpdu.view(), unix_ns, comment);
}

bytes pcapng_event(unsigned slot, hardware_event what, std::uint64_t unix_ns,
                   std::string_view comment) {
    return packet(slot, hardware, std::array{code_of(what)}, unix_ns, comment);
}

} // namespace cihost::en50221
