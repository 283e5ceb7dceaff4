// SPDX-License-Identifier: LGPL-2.1-or-later
#include "full_slot.hpp"

#include "base/writer.hpp"
#include "support/ts.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <deque>
#include <random>
#include <unistd.h>

namespace cihost::test {
namespace {

constexpr unsigned service_count = 10;
constexpr std::uint16_t transport_stream_id = 7;
constexpr std::size_t packets_per_picture = 160;
constexpr std::size_t pictures_between_sound = 20;

/// Builds the second slot by slot: what is due first, else the next picture's packet.
class assembly {
  public:
    explicit assembly(const std::vector<ts::pmt>& services)
        : services_{services} {}

    bytes run() {
        const auto slots = static_cast<std::size_t>(full_slot::packets_per_second);
        bytes out;
        out.reserve(slots * ts::packet_size);
        for (std::size_t slot = 0; slot < slots; ++slot) {
            queue_what_is_due(slot);
            if (queue_.empty())
                pictures();
            out.insert(out.end(), queue_.front().begin(), queue_.front().end());
            queue_.pop_front();
        }
        return out;
    }

  private:
    void queue_what_is_due(std::size_t slot) {
        constexpr std::size_t tenth = 4500;
        if (slot % tenth == 0) {
            writer loop;
            for (const auto& service : services_)
                loop.u16(service.program_number).pid(full_slot::pmt_pid(service));
            section(ts::pid_pat, make_section({0x00, transport_stream_id, 3}, loop.view()));
        }
        // spread, as head-ends do
        for (std::size_t i = 0; i < services_.size(); ++i) {
            const auto& service = services_[i];
            if (slot % tenth == 100 + i * 400)
                section(full_slot::pmt_pid(service), ts::serialize(service).value());
            if (slot % tenth == 200 + i * 400)
                section(full_slot::ecm_pid(service),
                        make_section({0x80, service.program_number, 0}, bytes(120, 0x33)));
        }
        if (slot % 450 == 17)
            section(full_slot::emm_pid, make_section({0x82, 1, 0}, bytes(100, 0x44)));
        if (slot % 300 == 31) { // the schedule of ten services: 150 sections a second
            const auto n = static_cast<std::uint8_t>(eit_++ % 64);
            section(ts::pid_eit, make_section({0x50, static_cast<std::uint16_t>(101 + n % 10), 1},
                                              bytes(700, n)));
        }
        if (slot % 200 == 77)
            queue_.push_back(make_packet(ts::pid_null, 0));
    }

    void pictures() {
        for (const auto& service : services_) {
            const bool begins = video_ % packets_per_picture == 0;
            elementary(service.streams[0].elementary_pid, 0xE0, begins);
            if (video_ % pictures_between_sound == 7)
                elementary(service.streams[1].elementary_pid, 0xC0,
                           video_ / pictures_between_sound % 8 == 0);
        }
        ++video_;
    }

    void elementary(ts::pid_t pid, std::uint8_t stream_id, bool begins) {
        bytes payload;
        if (begins)
            payload = {0x00, 0x00, 0x01, stream_id, 0x00, 0x00, 0x80, 0x00, 0x00};
        while (payload.size() < ts::packet_size - 4)
            payload.push_back(static_cast<std::uint8_t>(random_()));
        queue_.push_back(make_packet(pid, 0, payload, 0x10, begins));
    }

    void section(ts::pid_t pid, const bytes& whole) {
        bytes packets;
        ts::section_packetizer{pid}.packetize(whole, packets);
        each_packet(packets, [this](ts::packet_view packet) {
            queue_.emplace_back(packet.data().begin(), packet.data().end());
        });
    }

    const std::vector<ts::pmt>& services_;
    std::minstd_rand random_{1};
    std::deque<bytes> queue_;
    std::size_t video_ = 0;
    unsigned eit_ = 0;
};

void write_all(int pipe, bytes_view data) {
    while (!data.empty()) {
        const auto n = ::write(pipe, data.data(), data.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        data = data.subspan(static_cast<std::size_t>(n));
    }
}

} // namespace

full_slot::full_slot() {
    for (unsigned i = 0; i < service_count; ++i) {
        ts::pmt service;
        service.program_number = static_cast<std::uint16_t>(101 + i);
        const auto pid = static_cast<ts::pid_t>(0x200 + 16 * i);
        service.pcr_pid = pid;
        service.streams = {{0x1B, pid, {}}, {0x03, static_cast<ts::pid_t>(pid + 1), {}}};
        services_.push_back(std::move(service));
    }
    packets_ = assembly{services_}.run();
}

ts::pid_t full_slot::pmt_pid(const ts::pmt& service) noexcept {
    return static_cast<ts::pid_t>(0x100 + service.program_number % 100);
}

ts::pid_t full_slot::ecm_pid(const ts::pmt& service) noexcept {
    return static_cast<ts::pid_t>(0x400 + service.program_number % 100);
}

void full_slot::play(int pipe, std::size_t packets_at_once, double seconds) const {
    timespec start{};
    ::clock_gettime(CLOCK_MONOTONIC, &start);
    std::array<std::uint8_t, ts::pid_count> counters{};
    bytes part;
    std::size_t sent = 0;
    for (std::size_t at = 0; static_cast<double>(sent) < seconds * packets_per_second;) {
        part.clear();
        for (std::size_t i = 0; i < packets_at_once; ++i) {
            part.insert(part.end(), packets_.begin() + static_cast<std::ptrdiff_t>(at),
                        packets_.begin() + static_cast<std::ptrdiff_t>(at + ts::packet_size));
            auto* const packet = part.data() + part.size() - ts::packet_size;
            auto& counter = counters[view({packet, ts::packet_size}).pid()];
            packet[3] = static_cast<std::uint8_t>((packet[3] & 0xF0) | (counter++ & 0x0F));
            at = (at + ts::packet_size) % packets_.size();
        }
        sent += packets_at_once;
        const auto ns =
            static_cast<long long>(static_cast<double>(sent) / packets_per_second * 1e9);
        timespec due{start.tv_sec + ns / 1'000'000'000, start.tv_nsec + ns % 1'000'000'000};
        if (due.tv_nsec >= 1'000'000'000) {
            ++due.tv_sec;
            due.tv_nsec -= 1'000'000'000;
        }
        while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr) == EINTR) {
        }
        write_all(pipe, part);
    }
}

} // namespace cihost::test
