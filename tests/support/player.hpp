// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/cursor.hpp"
#include "base/hex.hpp"
#include "en50221/tpdu.hpp"
#include "support/event_text.hpp"
#include "support/link_layer.hpp"
#include "support/trace_file.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/event.hpp>
#include <cihost/en50221/slot.hpp>
#include <cihost/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace cihost::test {

/// The stack did something else than it should. What, and what it should have done.
struct mismatch : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Drives one slot in simulated time, and holds it to its contract whatever the script: never two
/// TPDUs outstanding (but for early fetches: one, late, and an empty poll on either side), and a
/// deadline that lies ahead after every tick.
class player {
  public:
    /// Session numbers from here on are a module's own choice.
    static constexpr std::uint16_t module_numbers = 0x7F00;

    /// `name` is that of the conversation in a trace.
    explicit player(const en50221::slot_settings& settings, const std::string& name)
        : settings_{settings}
        , slot_{settings}
        , trace_{name} {}

    /// From here on, blocks pass through a link with buffers of this size, header included.
    void use_link(std::size_t buffer_size) { link_.emplace(buffer_size); }
    /// Delays are not looked at any more.
    void relax() { relaxed_ = true; }

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
            fail("abandon() left something behind");
        writes_.clear();
        events_.clear();
        outstanding_.clear();
        open_sessions_.clear();
        start();
    }

    /// In all conversations so far: the number of the next one is one more.
    unsigned sessions_opened() const { return sessions_opened_; }
    const std::set<std::uint16_t>& open_sessions() const { return open_sessions_; }
    bool answer_due() const { return !outstanding_.empty(); }
    void forget_events() { events_.clear(); }

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
        silence_remarked_ = false;
        if (!block.empty())
            trace_.add(en50221::direction::module_to_host, block, now_);
        slot_.receive(link_ && !block.empty() ? link_->carry_to_host(block) : block, now_);
        drain();
    }

    /// A block with one SPDU in two parts, the first of `size` bytes: Data_More, RCV, Data_Last.
    /// Any other block as it is.
    void read_parts(const bytes& block, std::size_t size) {
        using namespace en50221;
        const auto id = settings_.tcid;
        if (block.size() < 2 || !connected_)
            return read(block);
        cursor c{bytes_view{block}.subspan(1)};
        const auto data = tpdu::read_object(c);
        const auto status = c.rest();
        if (!c.ok() || data.tag != tpdu::data_last || data.tcid != id || data.data.size() < size ||
            status.size() != 4 || status[0] != tpdu::sb)
            return read(block);
        auto part = tpdu::write_object(tpdu::data_more, id, data.data.first(size));
        part.insert(part.end(), {tpdu::sb, 2, id, tpdu::sb_data_available});
        read(part);
        expect_write({id, tpdu::rcv, 1, id}, std::nullopt);
        part = tpdu::write_object(tpdu::data_last, id, data.data.subspan(size));
        part.insert(part.end(), status.begin(), status.end());
        read(part);
    }

    /// Object by object. Before the last one the stack must not speak, unless to confirm the end.
    void read_split(const bytes& block) {
        if (block.size() < 2)
            return read(block);
        cursor c{bytes_view{block}.subspan(1)};
        while (!c.empty()) {
            const auto before = c.rest();
            en50221::tpdu::read_object(c);
            bytes part{block[0]};
            const auto object = before.first(before.size() - c.rest().size());
            part.insert(part.end(), object.begin(), object.end());
            read(part, c.empty());
            if (!c.empty() && slot_.active())
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
            fail("expected ", to_hex(want), "\n     got ", to_hex(got.data));
        if (delay && !relaxed_ && got.at - answered_at_ != *delay)
            fail("expected after ", milliseconds(*delay), " ms, got after ",
                 milliseconds(got.at - answered_at_), " ms");
    }

    void expect_no_write() {
        if (!writes_.empty())
            fail("expected no write\n     got ", to_hex(writes_.front().data));
    }

    void expect_quiet(duration time) {
        expect_no_write();
        pass(time);
        expect_no_write();
    }

    template<class Event>
    void expect_event(const std::function<bool(const Event&)>& check) {
        if (events_.empty())
            fail("expected event ", name_of<Event>(), ", got none");
        const auto got = std::move(events_.front());
        events_.pop_front();
        const auto* event = std::get_if<Event>(&got);
        if (event == nullptr)
            fail("expected event ", name_of<Event>(), ", got ", text_of(got));
        else if (check && !check(*event))
            fail("event ", text_of(got), " has other contents than expected");
    }

    /// In the words of event_text.hpp, or the first of them.
    void expect_event(const std::string& words) {
        const auto got = events_.empty() ? "none" : text_of(events_.front());
        if (got != words && !got.starts_with(words + ' '))
            fail("expected event ", words, "\n     got ", got);
        events_.pop_front();
    }

    void expect_no_event() {
        if (!events_.empty())
            fail("expected no event, got ", text_of(events_.front()));
    }

    /// The device refuses the next TPDU.
    void fail_next_write() {
        await_write("any write");
        take_write();
        const bool active = slot_.active(); // D_T_C_Reply goes out behind the end
        call([](auto& stack, auto now) { stack.write_failed(now); });
        if ((active && !seen<en50221::disconnected>()) || slot_.active())
            fail("a refused write did not end the conversation");
    }

    /// The module does not answer what was written: within dead_after the stack gives up, or tries
    /// Create_T_C again.
    void expect_end_of_silence() {
        const auto written_at = last_write_at_;
        pass(written_at + settings_.dead_after - now_);
        if (!silence_remarked_)
            fail("silence was not remarked on");
        if (slot_.active() && last_write_at_ == written_at)
            fail("silence was waited out");
    }

    /// From here the module answers each TPDU by the dullest answer there is. The conversation goes
    /// on, or has ended properly.
    void expect_survival() {
        const auto until = now_ + 3 * settings_.dead_after;
        unsigned polls = 0;
        for (unsigned rounds = 0; slot_.active() && now_ < until; ++rounds) {
            if (rounds > 10'000)
                fail("time does not advance");
            if (writes_.empty()) {
                tick_at(slot_.deadline());
                continue;
            }
            polls += answer(take_write().data);
        }
        if (slot_.active()) {
            if (seen<en50221::disconnected>() || polls == 0)
                fail("the stack neither speaks on nor has ended");
        } else if (slot_.deadline() != never) {
            fail("an ended conversation still has a deadline");
        }
    }

  private:
    template<class... Text>
    [[noreturn]] static void fail(const Text&... text) {
        throw mismatch{(std::string{} + ... + std::string{text})};
    }

    struct written {
        bytes data;
        time_point at;
    };

    static std::string milliseconds(duration d) {
        return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
    }

    void tick_at(time_point when) {
        now_ = std::max(now_, when);
        slot_.tick(now_);
        drain();
        if (slot_.deadline() <= now_)
            fail("the deadline lies in the past after tick()");
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
            trace_.add(direction::host_to_module, *data, now_);
            if (link_)
                *data = link_->carry_to_module(*data);
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
            fail("a second TPDU while one is outstanding: ", to_hex(data));
    }

    void remember(en50221::event what) {
        using namespace en50221;
        if (const auto* opened = std::get_if<session_opened>(&what)) {
            open_sessions_.insert(opened->session_nb);
            if (opened->session_nb < module_numbers)
                sessions_opened_ = std::max<unsigned>(sessions_opened_, opened->session_nb);
        } else if (const auto* closed = std::get_if<session_closed>(&what)) {
            open_sessions_.erase(closed->session_nb);
        } else if (std::holds_alternative<suspect>(what)) {
            silence_remarked_ = true;
        } else if (std::holds_alternative<connected>(what)) {
            connected_ = true;
        } else if (std::holds_alternative<disconnected>(what)) {
            connected_ = false;
        }
        events_.push_back(std::move(what));
    }

    void await_write(const std::string& want) {
        const auto limit = now_ + std::chrono::minutes{1};
        while (writes_.empty()) {
            if (slot_.deadline() > limit)
                fail("expected ", want, "\n     got no write");
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
    std::set<std::uint16_t> open_sessions_;
    bool connected_ = false;
    bool silence_remarked_ = false;
    bool relaxed_ = false;
    std::optional<link_layer> link_;
    trace_file trace_;
};

} // namespace cihost::test
