// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/cursor.hpp"
#include "base/hex.hpp"
#include "en50221/tpdu.hpp"
#include "support/hex.hpp"

#include <cihost/en50221/slot.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cihost::test {

/// A module that starts up like most, and the kernel's slot it sits in, in steps of 1 ms. A polled
/// slot is looked at every 100 ms, and when a write finds an answer waiting: then that is fetched
/// first, and the write reaches the module behind it. A slot with interrupt fetches at once.
class slow_slot {
  public:
    enum class temper { patient, dies, swallows };
    struct settings {
        bool polled = true;
        /// From a TPDU to its answer; from a request to the message that it asks for.
        duration answer_time = std::chrono::milliseconds{2};
        duration think_time = std::chrono::milliseconds{3};
        /// What a second TPDU before the answer does.
        temper second = temper::patient;
    };

    slow_slot(const settings& s, const en50221::slot_settings& host)
        : settings_{s}
        , slot_{host} {}

    /// A conversation from the beginning; the module is as new.
    void start() {
        dead_ = false;
        writes_.clear();
        in_.clear();
        answer_.reset();
        messages_.clear();
        started_ = now_;
        ca_info_after_.reset();
        ended_ = false;
        tpdus = second_tpdus = 0;
        slot_.start(now_);
        drain();
    }

    void pass(duration time) {
        for (const auto until = now_ + time; now_ < until;) {
            now_ += std::chrono::milliseconds{1};
            step();
        }
    }
    /// From start() to CA_INFO, if it comes within 10 s.
    std::optional<duration> start_up() {
        start();
        while (!ca_info_after_ && !ended_ && now_ < started_ + std::chrono::seconds{10})
            pass(std::chrono::milliseconds{1});
        return ca_info_after_;
    }

    en50221::slot& host() noexcept { return slot_; }
    bool ended() const noexcept { return ended_; }
    settings& module() noexcept { return settings_; }

    // since start()
    unsigned tpdus = 0;
    /// Those that came before the module had answered the one before.
    unsigned second_tpdus = 0;

  private:
    struct timed {
        time_point at;
        bytes data;
    };

    void step() {
        if (slot_.deadline() <= now_)
            slot_.tick(now_);
        drain();
        const bool looks = !settings_.polled || now_.time_since_epoch() % tick == duration{};
        if (looks || (!writes_.empty() && answer_ && answer_->at <= now_)) {
            if (fetch())
                return; // the write behind it comes with the next step
        }
        if (!writes_.empty()) {
            const auto write = std::move(writes_.front());
            writes_.pop_front();
            take(write);
            // as late as a host stack allows
            if (slot_.counts_from_write_done())
                slot_.write_done(now_);
            else
                done_late_ = true;
        }
        if (!answer_ && !in_.empty() && !dead_)
            answer();
        drain();
    }

    bool fetch() {
        if (!answer_ || answer_->at > now_ || dead_)
            return false;
        const auto block = std::exchange(answer_, std::nullopt)->data;
        if (std::exchange(done_late_, false))
            slot_.write_done(now_);
        slot_.receive(block, now_);
        if (!in_.empty())
            answer();
        drain();
        return true;
    }

    void drain() {
        while (const auto what = slot_.next_event()) {
            if (std::holds_alternative<en50221::ca_info_received>(*what) && !ca_info_after_)
                ca_info_after_ = now_ - started_;
            ended_ = ended_ || std::holds_alternative<en50221::disconnected>(*what);
        }
        while (auto block = slot_.next_write())
            writes_.push_back(std::move(*block));
    }

    void take(const bytes& block) {
        ++tpdus;
        if (answer_ || !in_.empty()) {
            ++second_tpdus;
            dead_ = dead_ || settings_.second == temper::dies;
            if (settings_.second == temper::swallows)
                return;
        }
        in_.push_back(block);
    }

    void answer() {
        using namespace en50221;
        const auto block = std::move(in_.front());
        in_.pop_front();
        cursor c{bytes_view{block}.subspan(1)};
        const auto object = tpdu::read_object(c);
        bytes out{1};
        const auto add = [&](bytes_view more) { out.insert(out.end(), more.begin(), more.end()); };
        if (object.tag == tpdu::create_t_c) {
            add("83 01 01"_hex);
            say("91 04 00 01 00 41");
        } else if (object.tag == tpdu::rcv && ready()) {
            add(bytes_view{tpdu::write_object(tpdu::data_last, 1, messages_.front().data)}.subspan(
                1));
            messages_.pop_front();
        } else if (object.tag == tpdu::data_last && !object.data.empty()) {
            hear(object.data);
        }
        add(bytes{tpdu::sb, 2, 1, static_cast<std::uint8_t>(ready() ? 0x80 : 0)});
        answer_ = timed{now_ + settings_.answer_time, out};
    }

    bool ready() const { return !messages_.empty() && messages_.front().at <= now_; }
    void say(std::string_view spdu) {
        messages_.push_back({now_ + settings_.think_time, from_hex(spdu).value()});
    }
    /// An APDU in the session of Resource Manager (1), Application Information (2), CA Support (3).
    void say(std::size_t resource, std::string_view apdu) {
        say("90 02 " + to_hex(session_nb_.at(resource)) + std::string{apdu});
    }
    void hear(bytes_view spdu) {
        if (spdu[0] == 0x92)
            session_nb_.at(spdu[4]) = {spdu[7], spdu[8]};
        const auto holds = [&](const bytes& tag) {
            return !std::ranges::search(spdu, tag).empty();
        };
        if (holds("9F 80 10"_hex))
            say(1, "9F 80 11 00");
        if (holds("9F 80 12"_hex))
            say(1, "9F 80 10 00");
        if (holds("9F 80 11"_hex))
            say("91 04 00 02 00 41");
        if (holds("9F 80 20"_hex)) {
            say(2, "9F 80 21 0A 01 12 34 56 78 04 54 65 73 74");
            say("91 04 00 03 00 41");
        }
        if (holds("9F 80 30"_hex))
            say(3, "9F 80 31 02 05 00");
    }

    static constexpr duration tick = std::chrono::milliseconds{100};

    settings settings_;
    en50221::slot slot_;
    time_point now_{std::chrono::hours{1} + std::chrono::milliseconds{37}};
    time_point started_{};
    std::optional<duration> ca_info_after_;
    bool ended_ = false;
    bool dead_ = false;
    std::deque<bytes> writes_;
    bool done_late_ = false;
    std::deque<bytes> in_;
    std::optional<timed> answer_;
    std::deque<timed> messages_;
    std::array<bytes, 4> session_nb_;
};

} // namespace cihost::test
