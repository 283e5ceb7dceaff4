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
/// are added. run_split() gives every object a read of its own; run_faulty() goes through the whole
/// script once for every way in which each of its steps can go wrong.

#include "base/hex.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/player.hpp"

#include <cihost/en50221/slot.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
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
        return add(kind::host, std::string{"host "}.append(hex),
                   [want = block(hex)](player& p) { p.expect_write(want, std::nullopt); });
    }
    /// The next write, exactly `delay` behind the module's last answer.
    script& host_after(duration delay, std::string_view hex) {
        return add(kind::host, std::string{"host_after "}.append(hex),
                   [want = block(hex), delay](player& p) { p.expect_write(want, delay); });
    }
    /// One read, `think` after what came before.
    script& cam(std::string_view hex, duration think = std::chrono::milliseconds{1}) {
        steps_.push_back({kind::cam, std::string{"cam "}.append(hex), {}, block(hex), think});
        return *this;
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
        player p{settings_};
        p.start();
        play(p, 0, steps_.size(), false);
        p.expect_no_write();
        SUCCEED("the conversation went as written");
    }

    /// Every TPDU object in a read of its own: the SB apart from what it belongs to.
    void run_split() const {
        player p{settings_};
        p.start();
        play(p, 0, steps_.size(), true);
        p.expect_no_write();
        SUCCEED("the conversation went as written");
    }

    /// Injects each fault at each step. After it the stack has to speak on, or to say
    /// `disconnected` in time; and from a new start() the whole script has to run as ever. Session
    /// numbers go on then: `make` gives the script for so many sessions opened before.
    static void run_faulty(const std::function<script(unsigned opened)>& make) {
        const auto whole = make(0);
        for (std::size_t at = 0; at < whole.steps_.size(); ++at) {
            for (const auto& f : whole.faults(at)) {
                INFO("fault '" << f.name << "' at step " << at + 1 << " (" << whole.steps_[at].text
                               << ")");
                player p{whole.settings_};
                p.start();
                whole.play(p, 0, at, false);
                f.inject(p);
                p.expect_survival();
                const auto again = make(p.sessions_opened());
                p.restart();
                again.play(p, 0, again.steps_.size(), false);
                SUCCEED("survived");
            }
        }
    }

  private:
    enum class kind { host, cam, other };
    struct step {
        kind what = kind::other;
        std::string text;
        std::function<void(player&)> act;
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

    script& add(kind what, std::string text, std::function<void(player&)> act) {
        steps_.push_back({what, std::move(text), std::move(act), {}, {}});
        return *this;
    }

    void play(player& p, std::size_t from, std::size_t to, bool split) const {
        for (auto i = from; i < to; ++i) {
            const auto& s = steps_[i];
            INFO("step " << i + 1 << ": " << s.text);
            if (s.what != kind::cam) {
                s.act(p);
                continue;
            }
            p.pass(s.think);
            if (split)
                p.read_split(s.data);
            else
                p.read(s.data);
        }
    }

    /// What can go wrong in place of the step.
    std::vector<fault> faults(std::size_t at) const {
        const auto& s = steps_[at];
        std::vector<fault> list;
        if (s.what == kind::other)
            return list;
        list.push_back({"removal", [](player& p) {
                            p.call([](auto& stack, auto now) { stack.abandon(now); });
                        }});
        if (s.what == kind::host) {
            list.push_back({"write failed", [](player& p) { p.fail_next_write(); }});
            return list;
        }
        list.push_back({"no answer", [](player& p) { p.expect_end_of_silence(); }});
        for (const char* garbage : {"", "FF FF FF", "00 00 00 00", "80 82", "A0 00", "A0 82 FF FF",
                                    "A0 80 01 00 00", "80 02 7F 80", "77 03 01 02 03", "A0 01"})
            list.push_back({std::string{"garbage "} + garbage,
                            [data = block(garbage)](player& p) { p.read(data); }});
        for (std::size_t size = 0; size < s.data.size(); ++size)
            list.push_back(
                {"cut to " + std::to_string(size),
                 [data = bytes(s.data.begin(), s.data.begin() + static_cast<std::ptrdiff_t>(size))](
                     player& p) { p.read(data); }});
        auto end = block("84 01");
        end.push_back(settings_.tcid);
        list.push_back({"Delete_T_C", [end](player& p) { p.read(end); }});
        return list;
    }

    en50221::slot_settings settings_;
    std::vector<step> steps_;
};

} // namespace cihost::test
