// SPDX-License-Identifier: LGPL-2.1-or-later
/// A module that says anything at any time to a whole slot.
///
/// Input: a sequence of steps, each one byte: 00-3F wait that many times 10 ms; 40-EF a block of
/// (byte - 40) bytes, which follow; F0-FF a call of the host's side.

#include "base/cursor.hpp"

#include <cihost/en50221/slot.hpp>

#include <algorithm>
#include <cstdlib>

using namespace cihost;
using namespace cihost::en50221;

namespace {

void require(bool condition) {
    if (!condition)
        std::abort();
}

/// After each call: drained, and between two TPDUs there was an answer, or silence.
class observer {
  public:
    explicit observer(slot& s)
        : slot_{s} {}

    void answered() { outstanding_ = false; }
    void drain(time_point now) {
        while (slot_.next_event()) {
        }
        while (const auto block = slot_.next_write()) {
            require(block->size() >= 4);
            const bool create = block->at(1) == 0x82;
            const bool deleted = block->at(1) == 0x85;
            require(!outstanding_ || create || deleted);
            outstanding_ = !deleted;
        }
        if (!slot_.active())
            outstanding_ = false;
        slot_.tick(now);
        while (slot_.next_event()) {
        }
        while (const auto block = slot_.next_write()) {
            require(!outstanding_ || block->at(1) == 0x82);
            outstanding_ = true;
        }
        require(slot_.deadline() > now);
    }

  private:
    slot& slot_;
    bool outstanding_ = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    cursor input{{data, size}};
    slot_settings settings;
    settings.max_spdu_size = 2000;
    slot s{settings};
    observer watch{s};
    time_point now{std::chrono::hours{1}};
    s.set_time({}, {}, now);
    s.start(now);
    watch.drain(now);
    while (!input.empty()) {
        const auto step = input.u8();
        if (step < 0x40) {
            now += std::chrono::milliseconds{10} * step;
            s.tick(now);
        } else if (step < 0xF0) {
            const std::size_t length = std::min<std::size_t>(step - 0x40U, input.left());
            watch.answered();
            s.receive(input.take(length), now);
        } else if (step < 0xF4) {
            s.start(now);
            watch.answered();
        } else if (step < 0xF6) {
            s.stop(now);
        } else if (step < 0xF8) {
            s.write_failed(now);
            watch.answered();
        } else if (step < 0xFA) {
            s.abandon(now);
        } else {
            ca_pmt value;
            value.command = step < 0xFD ? ca_pmt_command::query : ca_pmt_command::ok_descrambling;
            s.send_ca_pmt(value, 0, now);
        }
        watch.drain(now);
    }
    return 0;
}
