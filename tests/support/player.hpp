// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/cursor.hpp"
#include "base/hex.hpp"
#include "en50221/tpdu.hpp"
#include "support/catch.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/event.hpp>
#include <cihost/en50221/slot.hpp>
#include <cihost/time.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace cihost::test {

inline std::string name_of(const en50221::event& e) {
    static const char* const names[] = {"connected",
                                        "session_opened",
                                        "session_closed",
                                        "session_refused",
                                        "application_info_received",
                                        "ca_info_received",
                                        "ca_pmt_reply_received",
                                        "ca_pmt_too_large",
                                        "mmi_object_received",
                                        "suspect",
                                        "responsive",
                                        "disconnected",
                                        "violation",
                                        "cicam_reset_requested",
                                        "host_control_tune",
                                        "host_control_tune_broadcast",
                                        "host_control_replace",
                                        "host_control_clear_replace",
                                        "host_control_release_answered"};
    static_assert(std::variant_size_v<en50221::event> == std::size(names));
    std::string name = names[e.index()];
    if (const auto* v = std::get_if<en50221::violation>(&e))
        name += ": " + v->what + " " + to_hex(v->data);
    return name;
}

template<class Event>
std::string name_of() {
    return name_of(en50221::event{Event{}});
}

/// Drives one slot in simulated time, and holds it to its contract whatever the script: never two
/// TPDUs outstanding (but for early fetches: one, late, and an empty poll on either side), and a
/// deadline that lies ahead after every tick.
class player {
  public:
    explicit player(const en50221::slot_settings& settings)
        : settings_{settings}
        , slot_{settings} {}

    void start() {
        using namespace std::chrono;
        slot_.set_time(sys_days{2024y / March / 1} + 12h + 34min + 56s, 60min, now_);
        slot_.start(now_);
        drain();
    }

    /// The module came back: a conversation from the beginning.
    void restart() {
        slot_.abandon(now_);
        if (slot_.active() || slot_.deadline() != never || slot_.next_write() || slot_.next_event())
            FAIL("abandon() left something behind");
        writes_.clear();
        events_.clear();
        outstanding_.clear();
        start();
    }

    /// In all conversations so far: the number of the next one is one more.
    unsigned sessions_opened() const { return sessions_opened_; }

    template<class Call>
    void call(const Call& what) {
        what(slot_, now_);
        if (!slot_.active())
            outstanding_.clear();
        drain();
    }

    void read(const bytes& block, bool whole = true) {
        if (whole && !outstanding_.empty())
            outstanding_.pop_front();
        answered_at_ = now_;
        slot_.receive(block, now_);
        drain();
    }

    /// Object by object. Before the last one the stack must not speak.
    void read_split(const bytes& block) {
        cursor c{bytes_view{block}.subspan(1)};
        while (!c.empty()) {
            const auto before = c.rest();
            en50221::tpdu::read_object(c);
            bytes part{block[0]};
            const auto object = before.first(before.size() - c.rest().size());
            part.insert(part.end(), object.begin(), object.end());
            read(part, c.empty());
            if (!c.empty())
                expect_no_write();
        }
    }

    /// Lets time pass, with a tick at every deadline on the way.
    void pass(duration time) {
        const auto until = now_ + time;
        while (slot_.deadline() <= until)
            tick_at(slot_.deadline());
        tick_at(until);
    }

    void expect_write(const bytes& want, std::optional<duration> delay) {
        await_write(to_hex(want));
        const auto got = take_write();
        if (got.data != want)
            FAIL("expected " << to_hex(want) << "\n     got " << to_hex(got.data));
        if (delay && got.at - answered_at_ != *delay)
            FAIL("expected after " << milliseconds(*delay) << " ms, got after "
                                   << milliseconds(got.at - answered_at_) << " ms");
    }

    void expect_no_write() {
        if (!writes_.empty())
            FAIL("expected no write\n     got " << to_hex(writes_.front().data));
    }

    void expect_quiet(duration time) {
        expect_no_write();
        pass(time);
        expect_no_write();
    }

    template<class Event>
    void expect_event(const std::function<bool(const Event&)>& check) {
        if (events_.empty())
            FAIL("expected event " << name_of<Event>() << ", got none");
        const auto got = std::move(events_.front());
        events_.pop_front();
        const auto* event = std::get_if<Event>(&got);
        if (event == nullptr)
            FAIL("expected event " << name_of<Event>() << ", got " << name_of(got));
        else if (check && !check(*event))
            FAIL("event " << name_of(got) << " has other contents than expected");
    }

    void expect_no_event() {
        if (!events_.empty())
            FAIL("expected no event, got " << name_of(events_.front()));
    }

    /// The device refuses the next TPDU.
    void fail_next_write() {
        await_write("any write");
        take_write();
        call([](auto& stack, auto now) { stack.write_failed(now); });
        if (!seen<en50221::disconnected>() || slot_.active())
            FAIL("a refused write did not end the conversation");
    }

    /// The module does not answer what was written: within dead_after the stack gives up, or tries
    /// Create_T_C again.
    void expect_end_of_silence() {
        const auto written_at = last_write_at_;
        pass(written_at + settings_.dead_after - now_);
        if (!seen<en50221::suspect>())
            FAIL("silence was not remarked on");
        if (slot_.active() && last_write_at_ == written_at)
            FAIL("silence was waited out");
    }

    /// From here the module answers each TPDU by the dullest answer there is. The conversation goes
    /// on, or has ended properly.
    void expect_survival() {
        const auto until = now_ + 3 * settings_.dead_after;
        unsigned polls = 0;
        for (unsigned rounds = 0; slot_.active() && now_ < until; ++rounds) {
            if (rounds > 10'000)
                FAIL("time does not advance");
            if (writes_.empty()) {
                tick_at(slot_.deadline());
                continue;
            }
            polls += answer(take_write().data);
        }
        if (slot_.active()) {
            if (seen<en50221::disconnected>() || polls == 0)
                FAIL("the stack neither speaks on nor has ended");
        } else if (slot_.deadline() != never) {
            FAIL("an ended conversation still has a deadline");
        }
    }

  private:
    struct written {
        bytes data;
        time_point at;
    };

    static long milliseconds(duration d) {
        return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
    }

    void tick_at(time_point when) {
        now_ = std::max(now_, when);
        slot_.tick(now_);
        drain();
        if (slot_.deadline() <= now_)
            FAIL("the deadline lies in the past after tick()");
    }

    void drain() {
        using namespace en50221;
        while (auto e = slot_.next_event())
            remember(std::move(*e));
        while (auto data = slot_.next_write()) {
            const auto tag = data->at(1);
            const bool again =
                tag == tpdu::create_t_c && now_ >= last_write_at_ + settings_.dead_after;
            // D_T_C_Reply ends the conversation and has no answer
            if (again || tag == tpdu::d_t_c_reply)
                outstanding_.clear();
            if (!outstanding_.empty())
                judge_second(*data);
            if (tag != tpdu::d_t_c_reply)
                outstanding_.push_back({*data, now_});
            last_write_at_ = now_;
            writes_.push_back({std::move(*data), now_});
            slot_.write_done(now_);
        }
    }

    void judge_second(const bytes& data) {
        const bytes poll{settings_.tcid, en50221::tpdu::data_last, 1, settings_.tcid};
        const auto& first = outstanding_.front();
        if (outstanding_.size() > 1 && now_ - first.at >= settings_.dead_after / 2)
            outstanding_.pop_front(); // given up
        const bool late = now_ - outstanding_.front().at >= std::chrono::milliseconds{15};
        if (!settings_.early_fetch || outstanding_.size() > 1 || !late ||
            (outstanding_.front().data != poll && data != poll))
            FAIL("a second TPDU while one is outstanding: " << to_hex(data));
    }

    void remember(en50221::event what) {
        if (std::holds_alternative<en50221::session_opened>(what))
            ++sessions_opened_;
        events_.push_back(std::move(what));
    }

    void await_write(const std::string& want) {
        const auto limit = now_ + std::chrono::minutes{1};
        while (writes_.empty()) {
            if (slot_.deadline() > limit)
                FAIL("expected " << want << "\n     got no write");
            tick_at(slot_.deadline());
        }
    }

    written take_write() {
        auto w = std::move(writes_.front());
        writes_.pop_front();
        return w;
    }

    /// 1 if the TPDU was one of an open connection.
    unsigned answer(const bytes& tpdu) {
        using namespace en50221;
        const auto id = settings_.tcid;
        now_ += std::chrono::milliseconds{1};
        switch (tpdu.at(1)) {
        case tpdu::d_t_c_reply:
            return 0;
        case tpdu::create_t_c:
            read({id, tpdu::c_t_c_reply, 1, id, tpdu::sb, 2, id, 0});
            return 0;
        case tpdu::delete_t_c:
            read({id, tpdu::d_t_c_reply, 1, id});
            return 0;
        default:
            read({id, tpdu::sb, 2, id, 0});
            return 1;
        }
    }

    template<class Event>
    bool seen() const {
        for (const auto& e : events_)
            if (std::holds_alternative<Event>(e))
                return true;
        return false;
    }

    en50221::slot_settings settings_;
    en50221::slot slot_;
    time_point now_{std::chrono::hours{1}};
    time_point answered_at_{};
    time_point last_write_at_{};
    std::deque<written> outstanding_;
    std::deque<written> writes_;
    std::deque<en50221::event> events_;
    unsigned sessions_opened_ = 0;
};

} // namespace cihost::test
