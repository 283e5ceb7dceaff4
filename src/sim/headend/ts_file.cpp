// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/ts_file.hpp"

#include <cihost/ts/packet_reader.hpp>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace cihost::sim {
namespace {

constexpr std::size_t block_size = std::size_t{1} << 20;

error_code system_failure(int code, const std::string& file, std::string& why) {
    const error_code error{code, boost::system::generic_category()};
    why = file + ": " + error.message();
    return error;
}

} // namespace

error_code for_each_packet(const std::string& file, std::string& why,
                           const std::function<void(ts::packet_view)>& take) {
    errno = 0;
    std::ifstream in{file, std::ios::binary};
    if (!in)
        return system_failure(errno != 0 ? errno : EIO, file, why);
    ts::packet_reader reader;
    bytes block(block_size);
    std::uint64_t size = 0;
    while (in) {
        in.read(reinterpret_cast<char*>(block.data()), static_cast<std::streamsize>(block.size()));
        const auto got = static_cast<std::size_t>(in.gcount());
        size += got;
        reader.feed(bytes_view{block}.first(got));
        while (const auto packet = reader.next())
            take(*packet);
    }
    if (in.bad())
        return system_failure(EIO, file, why);
    reader.finish();
    while (const auto packet = reader.next())
        take(*packet);

    // random data has a sync byte here and there
    const auto& stats = reader.stats();
    if (stats.packets == 0 || stats.skipped_bytes > size / 2) {
        why = file + " is not a transport stream";
        return errc::bad_value;
    }
    return {};
}

result<bytes> read_ts_file(const std::string& file, std::string& why) {
    std::error_code failed;
    const auto size = std::filesystem::file_size(file, failed);
    if (failed)
        return system_failure(failed.value(), file, why);
    if (size > max_file_size) {
        why = file + " is larger than 1 GiB, which is what the head-end holds in memory";
        return errc::too_large;
    }
    bytes packets;
    packets.reserve(size);
    if (const auto error = for_each_packet(file, why, [&](ts::packet_view packet) {
            packets.insert(packets.end(), packet.data().begin(), packet.data().end());
        }))
        return error;
    return packets;
}

} // namespace cihost::sim
