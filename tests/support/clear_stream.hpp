// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/pmt.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cihost::test {

/// A little clear multiplex, made of the parts that head-ends care about:
///   service 1: video 0101 (with PCR), audio 0102, a data carousel 0103
///   service 2: audio 0202 (with PCR where pcr), and the video that it shares with service 3
///   service 3: video 0201, audio 0302
/// 4 Mbit/s of equal packet distances. PES payloads differ from packet to packet.
struct clear_stream {
    double seconds = 2;
    bool pcr = true;
    bool pts = true;
    bool null_packets = true;
    bool sdt = true;
    /// An old one.
    bool tdt = false;
    /// Of the first PCR, 90 kHz.
    std::int64_t first_clock = 1'000'000;
    /// Audio of service 2 is scrambled already.
    bool service_2_scrambled = false;
    /// Where the file begins: packets of its front that are cut off.
    std::size_t cut_front = 0;

    static constexpr double packets_per_second = 4e6 / 8 / 188;
    bytes make() const;
};

std::vector<ts::pmt> clear_stream_pmts();

/// A file that is gone with the object.
class temporary_file {
  public:
    explicit temporary_file(bytes_view content = {});
    ~temporary_file();
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;

    const std::string& name() const noexcept { return name_; }
    void write(bytes_view content) const;
    std::string text() const;

  private:
    std::string name_;
};

/// The packets of a stream one by one.
template<class Take>
void each_packet(bytes_view stream, const Take& take) {
    for (std::size_t at = 0; at + ts::packet_size <= stream.size(); at += ts::packet_size)
        take(ts::packet_view{ts::packet_view::data_type{stream.data() + at, ts::packet_size}});
}

} // namespace cihost::test
