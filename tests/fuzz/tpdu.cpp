// SPDX-License-Identifier: LGPL-2.1-or-later
/// A module that says anything at any time to a whole slot.
///
/// Input: a sequence of steps, each one byte: 00-3F wait that many times 10 ms; 40-EF a block of
/// (byte - 40) bytes, which follow; F0-FF a call of the host's side.

#include "base/cursor.hpp"

#include <cihost/en50221/slot.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <set>
#include <variant>

using namespace cihost;
using namespace cihost::en50221;

namespace {

void require(bool condition) {
    if (!condition)
        std::abort();
}

/// After each call: drained, and between two TPDUs there was an answer, or silence; or the second
/// is an early fetch.
class observer {
  public:
    explicit observer(slot& s)
        : slot_{s} {}

    /// One answer, or two: as many as the block may hold statuses.
    void answered(bytes_view block, time_point now) {
        expire(now);
        const bool several = std::count(block.begin(), block.end(), 0x80) > 1;
        for (int i = several ? 2 : 1; i > 0 && !outstanding_.empty(); --i)
            outstanding_.pop_front();
    }
    void forget() {
        outstanding_.clear();
        open_.clear();
    }
    void drain(time_point now) {
        pass_writes(now);
        if (!slot_.active())
            outstanding_.clear();
        slot_.tick(now);
        pass_writes(now);
        require(slot_.deadline() > now);
    }

  private:
    /// Nothing is told of a session that is not open.
    void judge(const event& told) {
        if (const auto* opened = std::get_if<session_opened>(&told))
            require(opened->session_nb != 0 && open_.insert(opened->session_nb).second);
        else if (const auto* closed = std::get_if<session_closed>(&told))
            require(open_.erase(closed->session_nb) == 1);
        else if (const auto* info = std::get_if<ca_info_received>(&told))
            require(open_.count(info->session_nb) == 1);
        else if (const auto* reply = std::get_if<ca_pmt_reply_received>(&told))
            require(open_.count(reply->session_nb) == 1);
        else if (std::holds_alternative<disconnected>(told))
            require(open_.empty());
    }
    void expire(time_point now) {
        while (!outstanding_.empty() && now - outstanding_.front() >= given_up)
            outstanding_.pop_front();
    }
    void pass_writes(time_point now) {
        while (const auto told = slot_.next_event())
            judge(*told);
        while (const auto block = slot_.next_write()) {
            require(block->size() >= 4);
            const bool create = block->at(1) == 0x82;
            const bool deleted = block->at(1) == 0x85;
            if (create || deleted)
                outstanding_.clear();
            expire(now);
            require(outstanding_.size() < 2);
            require(outstanding_.empty() || now - outstanding_.front() >= earliest);
            if (!deleted)
                outstanding_.push_back(now);
            slot_.write_done(now);
        }
    }

    static constexpr std::chrono::milliseconds earliest{15};
    static constexpr std::chrono::milliseconds given_up{1000};

    slot& slot_;
    std::deque<time_point> outstanding_;
    std::set<std::uint16_t> open_;
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
            const auto block = input.take(length);
            watch.answered(block, now);
            s.receive(block, now);
        } else if (step < 0xF4) {
            s.start(now);
            watch.forget();
        } else if (step < 0xF6) {
            s.stop(now);
        } else if (step < 0xF8) {
            s.write_failed(now);
            watch.forget();
        } else if (step < 0xFA) {
            s.abandon(now);
            watch.forget();
        } else {
            ca_pmt value;
            value.command = step < 0xFD ? ca_pmt_command::query : ca_pmt_command::ok_descrambling;
            s.send_ca_pmt(value, 0, now);
        }
        watch.drain(now);
    }
    return 0;
}
