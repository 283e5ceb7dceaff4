// SPDX-License-Identifier: LGPL-2.1-or-later
/// Any file to the reader of traces.

#include "en50221/pcapng_reader.hpp"

#include <cstdlib>

using namespace cihost;
using namespace cihost::en50221;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto require = [](bool condition) {
        if (!condition)
            std::abort();
    };
    pcapng_reader reader{{data, size}};
    std::size_t last = 0;
    for (;;) {
        const auto entry = reader.next();
        require(reader.position() <= size && reader.passed_over() <= reader.packets());
        if (!entry || !*entry) {
            require(entry.has_value() || reader.next().error() == entry.error());
            break;
        }
        require((*entry)->packet > last);
        last = (*entry)->packet;
        (void)reader.interface_name((*entry)->interface);
        if (const auto* tpdu = std::get_if<traced_tpdu>(&(*entry)->what)) {
            // what it holds can be written, and reads as the same
            const auto again = pcapng_tpdu(0, tpdu->which, tpdu->tcid_and_tpdu, (*entry)->unix_ns);
            require(!tpdu->tcid_and_tpdu.empty() && again.size() > tpdu->tcid_and_tpdu.size());
        }
    }
    return 0;
}
