// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "sim/cam/cam.hpp"
#include "sim/headend/headend.hpp"
#include "sim/receiver/receiver.hpp"
#include "support/clear_stream.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace cihost::test {

/// A virtual receiver on a little multiplex, under a clock that the test turns.
class receiver_bench {
  public:
    explicit receiver_bench(const std::string& source_dump = "",
                            const std::string& on_air_dump = "")
        : file_{clear_stream{}.make()}
        , transmitter_{open(file_.name(), log_)}
        , module_{{.boot_time = std::chrono::seconds{1}, .card_key = bytes(16, 7)}, log_}
        , second_module_{{.slot = 1, .boot_time = std::chrono::seconds{3}}, log_}
        , dumps{source_dump, on_air_dump}
        , subject{*transmitter_, {&module_, &second_module_}, {}, &dumps, log_} {}

    /// Plays for that long, in small steps, and returns what reached the demux.
    bytes play(duration length) {
        bytes received;
        for (const auto end = now + length; now < end;) {
            now += std::chrono::milliseconds{5};
            subject.play(now, [&](bytes_view packets, time_point) {
                received.insert(received.end(), packets.begin(), packets.end());
            });
        }
        return received;
    }

    static constexpr std::uint64_t frequency_hz = sim::tuner_settings{}.frequency_hz;
    static constexpr time_point start{std::chrono::seconds{1000}};

  private:
    static std::unique_ptr<sim::headend> open(const std::string& file, sim::event_log& log) {
        std::string why;
        auto made = sim::headend::open({.file = file, .card_key = bytes(16, 7), .seed = 1}, log,
                                       start, why);
        if (!made)
            throw std::runtime_error(why);
        return std::move(*made);
    }

    temporary_file file_;
    sim::event_log log_;
    std::unique_ptr<sim::headend> transmitter_;
    sim::cam module_;
    sim::cam second_module_;

  public:
    sim::dump_writer dumps;
    sim::receiver subject;
    time_point now = start;
};

} // namespace cihost::test
