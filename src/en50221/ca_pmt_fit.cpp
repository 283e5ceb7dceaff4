// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/ca_pmt_fit.hpp"

#include "en50221/apdu.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace cihost::en50221 {
namespace {

enum class worth { data, private_pes, needed };

/// By stream_type, ISO/IEC 13818-1 table 2-34 and its amendments.
worth worth_of(std::uint8_t stream_type) {
    switch (stream_type) {
    case 0x01: // video
    case 0x02:
    case 0x10:
    case 0x1B:
    case 0x20:
    case 0x24:
    case 0x33:
    case 0x42:
    case 0x03: // sound
    case 0x04:
    case 0x0F:
    case 0x11:
    case 0x1C:
    case 0x2D:
    case 0x2E:
    case 0x81:
    case 0x87:
        return worth::needed;
    case 0x06:
        return worth::private_pes;
    default:
        return worth::data;
    }
}

} // namespace

std::optional<bytes> fit_ca_pmt(ca_pmt value, std::size_t limit) {
    auto apdu = apdu::write_object(apdu::ca_pmt, serialize(value));
    for (const auto least : {worth::data, worth::private_pes}) {
        while (apdu.size() > limit) {
            const auto last = std::find_if(
                value.streams.rbegin(), value.streams.rend(),
                [least](const ca_pmt::stream& s) { return worth_of(s.stream_type) == least; });
            if (last == value.streams.rend())
                break;
            value.streams.erase(std::next(last).base());
            apdu = apdu::write_object(apdu::ca_pmt, serialize(value));
        }
    }
    if (apdu.size() > limit)
        return std::nullopt;
    return apdu;
}

} // namespace cihost::en50221
