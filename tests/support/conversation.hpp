// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// Conversations between a host stack and a module as scripts, in simulated time:
///
///     script()
///         .host("82 01 01")
///         .cam("83 01 01 80 02 01 00")
///         .expect<connected>()
///         .host_after(5ms, "A0 01 01")
///         .run();
///
/// host() is what the stack writes next, compared byte by byte, with time running on to its
/// deadlines if need be; cam() is what it reads then. Transport connection ids in front of blocks
/// are added. run_split() gives every object a read of its own, run_parts() cuts each SPDU in two,
/// run_linked() sends all through a link; run_faulty() goes through the whole script once for every
/// way in which each of its steps can go wrong. conversation_text.hpp reads scripts from files.

#include "base/hex.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/player.hpp"

#include <cihost/en50221/slot.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cihost::test {

class script {
  public:
    explicit script(const en50221::slot_settings& settings = {})
        : settings_{settings} {}

    /// The next write of the stack, whenever it is due.
    script& host(std::string_view hex) {
        return add_host(std::string{"host "}.append(hex), block(hex), std::nullopt);
    }
    /// The next write, exactly `delay` behind the module's last answer.
    script& host_after(duration delay, std::string_view hex) {
        return add_host(std::string{"host_after "}.append(hex), block(hex), delay);
    }
    /// One read, `think` after what came before.
    script& cam(std::string_view hex, duration think = std::chrono::milliseconds{1}) {
        return add({kind::cam, std::string{"cam "}.append(hex), {}, {}, block(hex), think});
    }
    /// One read exactly as given, connection id and all.
    script& raw(std::string_view hex) {
        return add(kind::other, std::string{"raw "}.append(hex),
                   [data = bytes_of(hex)](player& p) { p.read(data); });
    }
    /// Time passes and nothing may be written.
    script& quiet(duration time) {
        return add(kind::other, "quiet", [time](player& p) { p.expect_quiet(time); });
    }
    /// Time passes.
    script& tick(duration time) {
        return add(kind::other, "tick", [time](player& p) { p.pass(time); });
    }
    template<class Event>
    script& expect(std::function<bool(const Event&)> check = {}) {
        return add(kind::other, std::string{"expect event "} + name_of<Event>(),
                   [check = std::move(check)](player& p) { p.expect_event<Event>(check); });
    }
    /// The next event, in words: event_text.hpp; what it has more of them does not matter.
    script& expect_words(const std::string& words) {
        return add(kind::other, "expect " + words, [words](player& p) { p.expect_event(words); });
    }
    /// No event is left.
    script& no_event() {
        return add(kind::other, "no_event", [](player& p) { p.expect_no_event(); });
    }
    /// Anything else: a call of the stack under test.
    script& call(std::string name, std::function<void(en50221::slot&, time_point)> what) {
        return add(kind::other, std::move(name),
                   [what = std::move(what)](player& p) { p.call(what); });
    }
    /// Another script's steps at this point.
    script& then(const script& other) {
        steps_.insert(steps_.end(), other.steps_.begin(), other.steps_.end());
        return *this;
    }

    void run() const {
        player p{settings_, name_};
        play_whole(p, {});
    }

    /// Every TPDU object in a read of its own: the SB apart from what it belongs to.
    void run_split() const {
        player p{settings_, name_};
        play_whole(p, [](player& q, const bytes& block) { q.read_split(block); });
    }

    /// Every SPDU of the module in two parts, cut everywhere once. Delays are not looked at: RCVs
    /// and answers come in between.
    void run_parts() const {
        std::size_t longest = 0;
        for (const auto& s : steps_)
            if (s.what == kind::cam)
                longest = std::max(longest, s.data.size());
        for (std::size_t size = 0; size <= longest; ++size) {
            player p{settings_, name_};
            p.relax();
            try {
                play_whole(p, [size](player& q, const bytes& block) { q.read_parts(block, size); });
            } catch (const mismatch& m) {
                throw mismatch{"cut behind " + std::to_string(size) + " bytes: " + m.what()};
            }
        }
    }

    /// All blocks through a link with buffers of this size.
    void run_linked(std::size_t buffer_size) const {
        player p{settings_, name_};
        p.use_link(buffer_size);
        play_whole(p, {});
    }

    /// What is said, side by side; a conversation is told by that, whoever has it.
    struct line {
        bool host = false;
        /// [tcid][TPDU…].
        bytes block;
    };
    std::vector<line> lines() const {
        std::vector<line> all;
        for (const auto& s : steps_)
            if (s.what != kind::other)
                all.push_back({s.what == kind::host, s.data});
        return all;
    }

    /// Injects each fault at each step. After it the stack has to speak on, or to say
    /// `disconnected` in time; and from a new start() the whole script has to run as ever. Session
    /// numbers go on then: `make` gives the script for so many sessions opened before.
    static void run_faulty(const std::function<script(unsigned opened)>& make) {
        const auto whole = make(0);
        for (std::size_t at = 0; at < whole.steps_.size(); ++at) {
            for (const auto& f : whole.faults(at)) {
                player p{whole.settings_, whole.name_};
                try {
                    p.start();
                    whole.play(p, at, {});
                    p.forget_events();
                    f.inject(p);
                    p.expect_survival();
                    const auto again = make(p.sessions_opened());
                    p.restart();
                    again.play(p, again.steps_.size(), {});
                } catch (const mismatch& m) {
                    throw mismatch{"fault '" + f.name + "' at " + whole.place(at) + ": " +
                                   m.what()};
                }
            }
        }
        SUCCEED("survived");
    }

    /// What a trace of the conversation is called.
    script& named(std::string name) {
        name_ = std::move(name);
        return *this;
    }
    /// Where the steps that follow were written, for messages; "step 1" and so on without.
    script& at(std::string where) {
        where_ = std::move(where);
        return *this;
    }

  private:
    enum class kind { host, cam, other };
    struct step {
        kind what = kind::other;
        std::string text;
        /// In the source.
        std::string where;
        std::function<void(player&)> act;
        /// Of host and cam: what is said.
        bytes data;
        duration think{};
    };
    struct fault {
        std::string name;
        std::function<void(player&)> inject;
    };

    static bytes bytes_of(std::string_view hex) {
        auto data = from_hex(hex);
        if (!data)
            throw std::invalid_argument("bad hex in a script");
        return std::move(*data);
    }

    bytes block(std::string_view hex) const {
        auto data = bytes_of(hex);
        data.insert(data.begin(), settings_.tcid);
        return data;
    }

    script& add_host(std::string text, const bytes& want, std::optional<duration> delay) {
        return add({kind::host,
                    std::move(text),
                    {},
                    [want, delay](player& p) { p.expect_write(want, delay); },
                    want,
                    {}});
    }
    script& add(kind what, std::string text, std::function<void(player&)> act) {
        return add({what, std::move(text), {}, std::move(act), {}, {}});
    }
    script& add(step s) {
        s.where = where_;
        steps_.push_back(std::move(s));
        return *this;
    }

    using reader = std::function<void(player&, const bytes& block)>;

    void play_whole(player& p, const reader& read) const {
        p.start();
        play(p, steps_.size(), read);
        p.expect_no_write();
        SUCCEED("the conversation went as written");
    }

    void play(player& p, std::size_t to, const reader& read) const {
        for (std::size_t i = 0; i < to; ++i) {
            const auto& s = steps_[i];
            try {
                if (s.what != kind::cam) {
                    s.act(p);
                    continue;
                }
                p.pass(s.think);
                if (read)
                    read(p, s.data);
                else
                    p.read(s.data);
            } catch (const mismatch& m) {
                throw mismatch{place(i) + ": " + m.what()};
            }
        }
    }

    std::string place(std::size_t at) const {
        const auto& s = steps_[at];
        return (s.where.empty() ? "step " + std::to_string(at + 1) : s.where) + ": " + s.text;
    }

    /// What can go wrong in place of the step.
    std::vector<fault> faults(std::size_t at) const {
        const auto& s = steps_[at];
        const auto id = settings_.tcid;
        std::vector<fault> list;
        list.push_back({"removal", [](player& p) {
                            p.call([](auto& stack, auto now) { stack.abandon(now); });
                        }});
        if (s.what == kind::host)
            list.push_back({"write failed", [](player& p) { p.fail_next_write(); }});
        else if (s.what == kind::cam)
            list.push_back({"no answer", [](player& p) {
                                if (p.answer_due())
                                    p.expect_end_of_silence();
                            }});
        for (const char* garbage : {"", "FF FF FF", "00 00 00 00", "80 82", "A0 00", "A0 82 FF FF",
                                    "A0 80 01 00 00", "80 02 7F 80", "77 03 01 02 03", "A0 01"})
            list.push_back({std::string{"garbage "} + garbage,
                            [data = block(garbage)](player& p) { p.read(data); }});
        for (std::size_t size = 0; s.what == kind::cam && size < s.data.size(); ++size)
            list.push_back(
                {"cut to " + std::to_string(size),
                 [data = bytes(s.data.begin(), s.data.begin() + static_cast<std::ptrdiff_t>(size))](
                     player& p) { p.read(data); }});
        list.push_back({"Delete_T_C", [id](player& p) { p.read({id, 0x84, 1, id}); }});
        list.push_back({"close of the newest session", [id](player& p) {
                            const auto& open = p.open_sessions();
                            p.read(close_sessions(
                                id, {open.empty() ? std::uint16_t{0xABCD} : *open.rbegin()}));
                        }});
        list.push_back({"close of every session",
                        [id](player& p) { p.read(close_sessions(id, p.open_sessions())); }});
        return list;
    }

    static bytes close_sessions(std::uint8_t id, const std::set<std::uint16_t>& numbers) {
        bytes block{id};
        for (const auto nb : numbers)
            block.insert(block.end(), {0xA0, 5, id, 0x95, 2, static_cast<std::uint8_t>(nb >> 8),
                                       static_cast<std::uint8_t>(nb)});
        block.insert(block.end(), {0x80, 2, id, 0});
        return block;
    }

    en50221::slot_settings settings_;
    std::string name_ = "script";
    std::string where_;
    std::vector<step> steps_;
};

} // namespace cihost::test
