// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/clear_stream.hpp"

#include "base/writer.hpp"
#include "ts/section_builder.hpp"
#include "ts/section_packetizer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <unistd.h>

namespace cihost::test {
namespace {

using packet = std::array<std::uint8_t, ts::packet_size>;

constexpr std::uint16_t transport_stream_id = 7;

bytes pat() {
    writer loop;
    for (unsigned i = 1; i <= 3; ++i)
        loop.u16(i).pid(0x100 * i);
    return *ts::build_section({0x00, transport_stream_id, 3}, loop.view());
}

bytes sdt() {
    writer payload;
    payload.u16(1).u8(0xFF);
    for (unsigned i = 1; i <= 3; ++i) {
        const std::string name = "Channel " + std::to_string(i);
        payload.u16(i).u8(0xFC).u16(static_cast<unsigned>(0x8000 | (5 + name.size())));
        payload.u8(0x48).u8(static_cast<unsigned>(3 + name.size())).u8(1).u8(0);
        payload.u8(static_cast<unsigned>(name.size()));
        payload.raw(bytes(name.begin(), name.end()));
    }
    return *ts::build_section({0x42, transport_stream_id, 0}, payload.view());
}

void put_pts(bytes& out, unsigned prefix, std::int64_t value) {
    out.push_back(static_cast<std::uint8_t>(prefix << 4 | (value >> 30 & 7) << 1 | 1));
    out.push_back(static_cast<std::uint8_t>(value >> 22));
    out.push_back(static_cast<std::uint8_t>(value >> 14 | 1));
    out.push_back(static_cast<std::uint8_t>(value >> 7));
    out.push_back(static_cast<std::uint8_t>(value << 1 | 1));
}

/// Builds packets PID by PID and puts them on the air one a slot.
class assembly {
  public:
    explicit assembly(const clear_stream& made)
        : made_{made} {}

    bytes run() {
        const auto slots =
            static_cast<std::size_t>(made_.seconds * clear_stream::packets_per_second);
        for (std::size_t slot = 0; slot < slots; ++slot) {
            clock_ = made_.first_clock +
                     static_cast<std::int64_t>(static_cast<double>(slot) /
                                               clear_stream::packets_per_second * 90'000);
            queue_what_is_due(slot);
            if (queue_.empty())
                fill();
            out_.insert(out_.end(), queue_.front().begin(), queue_.front().end());
            queue_.pop_front();
        }
        out_.erase(out_.begin(),
                   out_.begin() + static_cast<std::ptrdiff_t>(made_.cut_front * ts::packet_size));
        return std::move(out_);
    }

  private:
    void queue_what_is_due(std::size_t slot) {
        if (slot % 266 == 0) { // 100 ms
            section(ts::pid_pat, pat());
            for (const auto& pmt : clear_stream_pmts())
                section(static_cast<ts::pid_t>(0x100 * pmt.program_number), *ts::serialize(pmt));
            if (made_.sdt)
                section(ts::pid_sdt, sdt());
            if (made_.tdt) // 1993-10-13 12:45:00, the example of EN 300 468 annex C
                section(ts::pid_tdt, bytes{0x70, 0x70, 0x05, 0xC0, 0x79, 0x12, 0x45, 0x00});
        }
        if (slot % 106 == 3) { // 40 ms
            pes(0x101, 0xE0, 30, true);
            pes(0x201, 0xE1, 15, false);
        }
        if (slot % 64 == 5) { // 24 ms
            pes(0x102, 0xC0, 3, false);
            pes(0x202, 0xC1, 3, true);
            pes(0x302, 0xC2, 2, false);
        }
        if (slot % 150 == 7)
            section(0x103, *ts::build_section({0x3C, 1, 0}, bytes(900, 0x5A)));
    }

    void section(ts::pid_t pid, const bytes& whole) {
        bytes packets;
        packetizers_.try_emplace(pid, pid).first->second.packetize(whole, packets);
        for (std::size_t at = 0; at < packets.size(); at += ts::packet_size)
            std::copy_n(packets.begin() + static_cast<std::ptrdiff_t>(at), ts::packet_size,
                        queue_.emplace_back().begin());
    }

    /// A PES packet over `count` packets; the last one has stuffing in its adaptation field.
    void pes(ts::pid_t pid, unsigned stream_id, int count, bool with_pcr) {
        bytes header{0x00, 0x00, 0x01, static_cast<std::uint8_t>(stream_id), 0x00, 0x00, 0x80};
        if (made_.pts && stream_id >= 0xE0) {
            header.insert(header.end(), {0xC0, 0x0A});
            put_pts(header, 3, clock_ + 50'000);
            put_pts(header, 1, clock_ + 45'000);
        } else if (made_.pts) {
            header.insert(header.end(), {0x80, 0x05});
            put_pts(header, 2, clock_ + 40'000);
        } else {
            header.insert(header.end(), {0x00, 0x00});
        }
        if (stream_id < 0xE0) { // sound has to say its length
            const auto adaptation = 41 + (with_pcr && made_.pcr ? 8 : 0);
            const auto length = count * 184 - adaptation - 6;
            header[4] = static_cast<std::uint8_t>(length >> 8);
            header[5] = static_cast<std::uint8_t>(length);
        }
        for (int i = 0; i < count; ++i) {
            bytes field;
            if (i == 0 && with_pcr && made_.pcr)
                field = pcr_field();
            if (i == count - 1)
                field.resize(field.empty() ? 40 : field.size() + 40, 0xFF);
            if (i == count - 1 && field.size() == 40)
                field[0] = 0;
            add(pid, i == 0, field, i == 0 ? header : bytes{});
        }
    }

    bytes pcr_field() const {
        writer field;
        field.u8(0x10).u32(static_cast<std::uint32_t>(clock_ >> 1));
        field.u16(static_cast<unsigned>((clock_ & 1) << 15 | 0x7E00));
        return field.take();
    }

    void add(ts::pid_t pid, bool start, const bytes& field, const bytes& head) {
        auto& out = queue_.emplace_back();
        const bool scrambled = made_.service_2_scrambled && pid == 0x202;
        bytes data{ts::sync_byte, static_cast<std::uint8_t>((start ? 0x40 : 0) | pid >> 8),
                   static_cast<std::uint8_t>(pid),
                   static_cast<std::uint8_t>((scrambled ? 0x80 : 0) |
                                             (field.empty() ? 0x10 : 0x30) |
                                             (counters_[pid]++ & 0x0F))};
        if (!field.empty()) {
            data.push_back(static_cast<std::uint8_t>(field.size()));
            data.insert(data.end(), field.begin(), field.end());
        }
        data.insert(data.end(), head.begin(), head.end());
        for (std::uint32_t state = ++serial_ * 2654435761U; data.size() < ts::packet_size;
             state = state * 1664525U + 1013904223U)
            data.push_back(static_cast<std::uint8_t>(state >> 24));
        std::copy(data.begin(), data.end(), out.begin());
    }

    void fill() {
        if (!made_.null_packets)
            return add(0x101, false, {}, {});
        auto& out = queue_.emplace_back();
        out.fill(0xFF);
        out[0] = ts::sync_byte;
        out[1] = 0x1F;
        out[3] = 0x10;
    }

    const clear_stream& made_;
    std::int64_t clock_ = 0;
    std::uint32_t serial_ = 0;
    std::map<ts::pid_t, unsigned> counters_;
    std::map<ts::pid_t, ts::section_packetizer> packetizers_;
    std::deque<packet> queue_;
    bytes out_;
};

} // namespace

bytes clear_stream::make() const { return assembly{*this}.run(); }

std::vector<ts::pmt> clear_stream_pmts() {
    std::vector<ts::pmt> pmts(3);
    for (std::size_t i = 0; i < pmts.size(); ++i) {
        pmts[i].program_number = static_cast<std::uint16_t>(i + 1);
        pmts[i].version = 31;
    }
    pmts[0].pcr_pid = 0x101;
    pmts[0].streams = {
        {0x1B, 0x101, {}}, {0x03, 0x102, {{0x0A, {'f', 'r', 'a', 0}}}}, {0x0B, 0x103, {}}};
    pmts[1].pcr_pid = 0x202;
    pmts[1].streams = {{0x02, 0x201, {}}, {0x03, 0x202, {}}};
    pmts[2].pcr_pid = 0x202;
    pmts[2].streams = {{0x02, 0x201, {}}, {0x03, 0x302, {}}};
    return pmts;
}

temporary_file::temporary_file(bytes_view content) {
    static std::atomic<int> serial{0};
    name_ = (std::filesystem::temp_directory_path() /
             ("cihost-test-" + std::to_string(::getpid()) + "-" + std::to_string(++serial)))
                .string();
    write(content);
}

temporary_file::~temporary_file() {
    std::error_code ignored;
    std::filesystem::remove(name_, ignored);
}

void temporary_file::write(bytes_view content) const {
    std::ofstream out{name_, std::ios::binary | std::ios::trunc};
    out.write(reinterpret_cast<const char*>(content.data()),
              static_cast<std::streamsize>(content.size()));
}

std::string temporary_file::text() const {
    std::ifstream in{name_, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace cihost::test
