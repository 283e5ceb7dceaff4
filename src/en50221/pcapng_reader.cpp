// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/pcapng_reader.hpp"

#include "base/cursor.hpp"
#include "en50221/pcapng_format.hpp"

#include <algorithm>

namespace cihost::en50221 {
namespace {

using namespace pcapng;

/// Type, length and length again.
constexpr std::size_t smallest_block = 12;
/// More than any device gives in one read.
constexpr std::size_t max_tpdu = 65536;

std::uint64_t power_of_ten(unsigned exponent) {
    std::uint64_t value = 1;
    for (unsigned i = 0; i < exponent; ++i)
        value *= 10;
    return value;
}

/// Hostile stamps may overflow: they give some time then.
std::uint64_t to_nanoseconds(std::uint64_t stamp, std::uint8_t resolution) {
    unsigned exponent = resolution & 0x7FU;
    if ((resolution & 0x80) == 0) {
        if (exponent <= nanoseconds)
            return stamp * power_of_ten(nanoseconds - exponent);
        exponent -= nanoseconds;
        return exponent > 19 ? 0 : stamp / power_of_ten(exponent);
    }
    if (exponent >= 64)
        return 0;
    const auto seconds = exponent == 0 ? stamp : stamp >> exponent;
    auto fraction = exponent == 0 ? 0 : stamp & ~std::uint64_t{0} >> (64 - exponent);
    if (exponent > 32) {
        fraction >>= exponent - 32;
        exponent = 32;
    }
    constexpr std::uint64_t second = 1'000'000'000;
    return seconds * second + (fraction * second >> exponent);
}

} // namespace

/// As cursor, in the byte order of the section.
class pcapng_reader::fields {
  public:
    fields(bytes_view data, bool big_endian) noexcept
        : cursor_{data}
        , big_endian_{big_endian} {}

    std::uint16_t u16() noexcept { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u32() noexcept { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t u64() noexcept { return number(8); }
    bytes_view take(std::size_t size) noexcept { return cursor_.take(size); }
    /// Bytes that are filled up to 32 bits.
    bytes_view padded(std::size_t size) noexcept {
        const auto part = cursor_.take(size);
        cursor_.skip(std::min((4 - size % 4) % 4, cursor_.left()));
        return part;
    }
    std::size_t left() const noexcept { return cursor_.left(); }
    bool ok() const noexcept { return cursor_.ok(); }

  private:
    std::uint64_t number(std::size_t size) noexcept {
        std::uint64_t value = 0;
        const auto part = cursor_.take(size);
        for (std::size_t i = 0; i < part.size(); ++i)
            value = value << 8 | part[big_endian_ ? i : part.size() - 1 - i];
        return value;
    }

    cursor cursor_;
    bool big_endian_;
};

std::string pcapng_reader::interface_name(unsigned interface) const {
    return interface < interfaces_.size() ? interfaces_[interface].name : std::string {};
}

result<std::optional<trace_entry>> pcapng_reader::next() {
    std::optional<trace_entry> entry;
    while (!failed_ && !entry && (next_ < file_.size() || next_ == 0))
        failed_ = read_block(entry);
    if (failed_)
        return failed_;
    return entry;
}

error_code pcapng_reader::read_block(std::optional<trace_entry>& entry) {
    position_ = next_;
    const auto rest = file_.subspan(position_);
    auto type = fields{rest, big_endian_}.u32();
    if (position_ == 0 && type != section_header_block)
        return errc::wrong_tag;
    if (rest.size() < smallest_block)
        return errc::truncated;
    if (type == section_header_block) {
        // its byte order is its own
        const auto magic = rest.subspan(8);
        big_endian_ = fields{magic, true}.u32() == byte_order_magic;
        if (!big_endian_ && fields{magic, false}.u32() != byte_order_magic)
            return position_ == 0 ? errc::wrong_tag : errc::bad_value;
    }
    fields head{rest, big_endian_};
    type = head.u32();
    const std::size_t total = head.u32();
    if (total < smallest_block || total % 4 != 0)
        return errc::bad_length;
    if (total > rest.size())
        return errc::truncated;
    if (fields{rest.subspan(total - 4), big_endian_}.u32() != total)
        return errc::bad_length;
    next_ = position_ + total;
    const auto body = rest.subspan(8, total - smallest_block);
    switch (type) {
    case section_header_block:
        return read_section_header(body);
    case interface_description_block:
        return read_interface(body);
    case enhanced_packet_block:
        return read_packet(body, entry);
    case simple_packet_block:
    case obsolete_packet_block:
        // without a time, or as nobody writes it today
        ++packets_;
        ++passed_over_;
        return {};
    default:
        return {};
    }
}

error_code pcapng_reader::read_section_header(bytes_view body) {
    fields f{body, big_endian_};
    f.u32(); // byte order
    const auto major = f.u16();
    f.u16();
    f.u64();
    if (!f.ok())
        return errc::bad_length;
    if (major != 1)
        return errc::bad_value;
    interfaces_.clear();
    fragments_.clear();
    return {};
}

error_code pcapng_reader::read_interface(bytes_view body) {
    fields f{body, big_endian_};
    interface_description description;
    description.link_type = f.u16();
    f.u16();
    f.u32();
    while (f.ok() && f.left() > 0) {
        const auto code = f.u16();
        const auto value = f.padded(f.u16());
        if (code == opt_end)
            break;
        if (code == if_name)
            description.name.assign(value.begin(), value.end());
        else if (code == if_tsresol && !value.empty())
            description.resolution = value[0];
        else if (code == if_tsoffset)
            description.offset_s = fields{value, big_endian_}.u64();
    }
    if (!f.ok())
        return errc::bad_length;
    interfaces_.push_back(std::move(description));
    return {};
}

error_code pcapng_reader::read_packet(bytes_view body, std::optional<trace_entry>& entry) {
    fields f{body, big_endian_};
    const auto interface = f.u32();
    const auto high = f.u32();
    const auto stamp = std::uint64_t{high} << 32 | f.u32();
    const auto captured = f.u32();
    f.u32();
    const auto data = f.take(captured);
    if (!f.ok())
        return errc::bad_length;
    ++packets_;
    if (interface >= interfaces_.size())
        return errc::bad_value;
    const auto& description = interfaces_[interface];
    if (description.link_type != link_type_dvb_ci || !read_pseudo_header(data, interface, entry)) {
        ++passed_over_;
        return {};
    }
    if (entry) {
        entry->interface = interface;
        entry->packet = packets_;
        entry->unix_ns =
            to_nanoseconds(stamp, description.resolution) + description.offset_s * 1'000'000'000;
    }
    return {};
}

/// False: not one of those that this reads. A fragment, and an event that says nothing about the
/// conversation, give no entry.
bool pcapng_reader::read_pseudo_header(bytes_view data, unsigned interface,
                                       std::optional<trace_entry>& entry) {
    cursor c{data};
    const auto version = c.u8();
    const auto type = c.u8();
    const auto payload = c.take(c.u16());
    if (!c.ok() || version != pseudo_header_version)
        return false;
    switch (type) {
    case data_module_to_host:
        return read_lpdu(direction::module_to_host, payload, interface, entry);
    case data_host_to_module:
        return read_lpdu(direction::host_to_module, payload, interface, entry);
    case hardware:
        break;
    default:
        return false;
    }
    const auto code = payload.empty() ? std::uint8_t{0} : payload[0];
    for (const auto what : {hardware_event::module_in, hardware_event::module_out,
                            hardware_event::reset, hardware_event::ready})
        if (code == code_of(what))
            entry = trace_entry{.what = what};
    return true;
}

bool pcapng_reader::read_lpdu(direction which, bytes_view lpdu, unsigned interface,
                              std::optional<trace_entry>& entry) {
    cursor c{lpdu};
    const auto tcid = c.u8();
    const auto more_last = c.u8();
    if (!c.ok())
        return false;
    auto& block = fragments_[{interface, which}];
    if (block.empty())
        block.push_back(tcid);
    if (block.size() + c.left() > max_tpdu) {
        block.clear();
        return false;
    }
    const auto part = c.rest();
    block.insert(block.end(), part.begin(), part.end());
    if ((more_last & more_fragments) == 0)
        entry = trace_entry{.what = traced_tpdu{which, std::exchange(block, {})}};
    return true;
}

} // namespace cihost::en50221
