// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>
#include <cihost/ts/packet.hpp>

#include <cstddef>
#include <functional>
#include <string>

namespace cihost::sim {

inline constexpr std::size_t max_file_size = std::size_t{1} << 30;

/// Gives every packet of a transport stream file (188, 192 or 204 bytes a packet) in order, in
/// bounded memory. An error says why in a sentence.
error_code for_each_packet(const std::string& file, std::string& why,
                           const std::function<void(ts::packet_view)>& take);

/// A whole file as 188-byte packets. errc::too_large beyond max_file_size.
result<bytes> read_ts_file(const std::string& file, std::string& why);

} // namespace cihost::sim
