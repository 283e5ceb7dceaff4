// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// Devices in this process that do what a test tells them: a tuner, a multiplex with scrambled
/// services, and a CA device with the simulated CAM behind it. A service comes out clear from
/// when the CAM was asked for it.

#include "base/unique_fd.hpp"
#include "packets.hpp"
#include "runtime/device_factory.hpp"
#include "sim/cam/cam.hpp"

#include <cihost/en50221/ca_pmt.hpp>
#include <cihost/ts/pid_filter.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

namespace cihost::test {

class fake_receiver {
  public:
    static constexpr std::uint16_t first_service = 101;
    static constexpr std::uint16_t second_service = 102;
    /// Another multiplex: one service, on the PIDs of the first service here, in clear.
    static constexpr std::uint64_t other_frequency = 490'000'000;
    static constexpr std::uint16_t other_service = 201;
    static constexpr std::uint16_t other_stream = 9;

    fake_receiver();
    ~fake_receiver();

    runtime::device_factory devices();

    // what a test may change at any time
    std::atomic<bool> ca_exists = true;
    std::atomic<bool> frontend_exists = true;
    std::atomic<bool> ts_exists = true;
    std::atomic<bool> locked = true;
    std::atomic<int> write_blocks_ms = 0;
    std::atomic<int> status_blocks_ms = 0;
    std::atomic<std::uint16_t> transport_stream_id = 7;
    std::atomic<std::uint16_t> first_ecm_pid = 0x300;
    /// The PAT lists the first service.
    std::atomic<bool> first_listed = true;
    /// The TS output reports one EOVERFLOW.
    std::atomic<bool> overflow = false;
    /// The first service's PMT has another CA system beside ours, and that many streams more.
    std::atomic<bool> simulcrypt = false;
    std::atomic<unsigned> more_streams = 0;
    /// A stream in clear that belongs to no service, on barker_pid; its packets end in barker_mark.
    std::atomic<bool> barker = false;
    static constexpr ts::pid_t barker_pid = 0x700;
    static constexpr std::uint8_t barker_mark = 0x77;
    /// Of the next module that is inserted.
    std::atomic<unsigned> application_information = 1;
    void remove_module();
    void insert_module();
    /// Lets the module ask something of its host; false: it cannot.
    bool
    module_asks(const std::function<bool(sim::cam&, std::chrono::steady_clock::time_point)>& what);

    // what a test may look at
    std::atomic<unsigned> ca_opens = 0;
    std::atomic<bool> frontend_open = false;
    std::atomic<bool> ts_open = false;
    std::atomic<std::uint64_t> frequency = 0;
    std::atomic<unsigned> resets = 0;
    std::atomic<unsigned> writes = 0;
    std::atomic<bool> in_write = false;
    std::vector<en50221::ca_pmt> ca_pmts() const;
    /// What the TS output was asked for; nothing: the whole multiplex.
    std::optional<ts::pid_filter> filter() const;
    std::atomic<unsigned> filters_set = 0;

    // for devices that a test puts in place of these

    /// The module was given this TPDU or APDU.
    void module_heard(bytes_view object);
    /// The module was taken out: it has forgotten everything.
    void module_gone();
    /// A few milliseconds of the multiplex that the tuner has a lock on.
    bytes on_air();

  private:
    friend class fake_ca;
    friend class fake_frontend;
    friend class fake_ts;
    void heard(bytes_view tpdu);
    bool enabled(std::uint16_t program_number) const;
    bytes next_packets();
    bytes other_packets();

    mutable std::mutex mutex_;
    sim::event_log no_log_;
    std::unique_ptr<sim::cam> cam_;
    std::vector<en50221::ca_pmt> ca_pmts_;
    std::set<std::uint16_t> enabled_;
    std::optional<ts::pid_filter> filter_;
    packet_maker maker_;
    unsigned round_ = 0;
    /// What the demodulator gives out; until there is a lock, what it gave before.
    std::atomic<std::uint64_t> on_air_ = 0;
};

} // namespace cihost::test
