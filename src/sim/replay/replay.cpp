// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/replay/replay.hpp"

#include "base/cursor.hpp"
#include "en50221/apdu.hpp"
#include "en50221/spdu.hpp"
#include "en50221/tpdu.hpp"
#include "sim/replay/comparison.hpp"
#include "sim/replay/host_joiner.hpp"
#include "sim/replay/implied_services.hpp"
#include "sim/replay/implied_user.hpp"
#include "sim/replay/module_player.hpp"
#include "sim/replay/spoken.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <variant>

namespace cihost::sim {

namespace {

using namespace en50221;
using namespace std::chrono_literals;

/// One conversation: the host stack, the policy's CA_PMTs, and the recorded module.
class session_replay {
  public:
    session_replay(const recording& all, const recorded_conversation& what,
                   const replay_settings& settings, replay_report& report)
        : settings_{settings}
        , what_{what}
        , report_{report}
        , stack_{slot_settings_of(settings, what)}
        , services_{settings.ca_pmt}
        , heard_{what, numbers_, report}
        , module_{what, numbers_, settings.recorded_pace, start_} {
        const auto unix_ns = std::chrono::nanoseconds{static_cast<std::int64_t>(all.unix_ns)};
        const std::chrono::sys_time<std::chrono::nanoseconds> began{unix_ns + what.at};
        stack_.set_time(std::chrono::floor<std::chrono::seconds>(began), 0min, now_);
    }

    void run() {
        stack_.start(now_);
        drain();
        while (stack_.active() && !over()) {
            cause_what_is_due();
            now_ = next_time();
            while (auto block = module_.read(now_)) {
                stack_.receive(*block, now_);
                drain();
            }
            stack_.tick(now_);
            services_.tick(now_);
            drain();
            lose_patience();
        }
        finish();
    }

  private:
    static slot_settings slot_settings_of(const replay_settings& settings,
                                          const recorded_conversation& what) {
        auto slot = settings.slot;
        slot.tcid = what.tcid;
        return slot;
    }

    /// All is said, and the host had time to say more.
    bool over() const {
        return module_.finished() && !heard_.awaited() && now_ >= progress_at_ + tail;
    }

    time_point due_at(duration recorded) const {
        return settings_.recorded_pace ? start_ + (recorded - what_.at) : time_point::min();
    }

    time_point next_time() const {
        auto next = std::min({stack_.deadline(), services_.deadline(), module_.deadline(),
                              module_.next_block_at(heard_.settled()), patience_ends()});
        if (const auto index = heard_.awaited(); index && may_cause(*index))
            next = std::min(next, due_at(what_.host[*index].at));
        return std::max(next, now_ + 1ms);
    }

    bool may_cause(std::size_t index) const {
        if (!connected_ || caused_ == index || !heard_.expected(index).caused_from_outside())
            return false;
        // a user answers what is shown, so it has to have come
        if (module_.deadline() != never)
            return false;
        const auto played = module_.blocks_played();
        return played == what_.blocks.size() || what_.blocks[played].host_messages_before > index;
    }

    void cause_what_is_due() {
        for (auto index = heard_.awaited();
             index && may_cause(*index) && due_at(what_.host[*index].at) <= now_;
             index = heard_.awaited()) {
            caused_ = *index;
            progress_at_ = now_;
            if (!cause(*index))
                heard_.excuse(*index);
            drain();
        }
    }

    /// Does what the recorded host's users and tables did.
    bool cause(std::size_t index) {
        const auto& message = what_.host[index];
        if (heard_.expected(index).kind == tpdu::delete_t_c) {
            stack_.stop(now_);
            return true;
        }
        if (heard_.expected(index).apdu_tag == apdu::ca_pmt)
            return cause_ca_pmt(index);
        auto here = message;
        set_session_number(here.data, numbers_.now(session_number_of(message.data)));
        return user_.repeat(here, stack_, now_);
    }

    bool cause_ca_pmt(std::size_t index) {
        const auto& message = what_.host[index];
        const auto value = implied_services::read(message);
        if (!value)
            return false;
        if (value->command == ca_pmt_command::query)
            stack_.send_ca_pmt(*value, numbers_.now(session_number_of(message.data)), now_);
        else
            services_.ca_pmt_recorded(what_, index, *value, now_);
        return true;
    }

    void drain() {
        for (bool more = true; more;) {
            more = false;
            while (const auto told = stack_.next_event()) {
                more = true;
                take_event(*told);
            }
            while (const auto next = services_.next(now_)) {
                more = true;
                stack_.send_ca_pmt(next->value, next->session_nb, now_);
            }
            while (const auto block = stack_.next_write()) {
                more = true;
                stack_.write_done(now_);
                take_write(*block);
            }
        }
    }

    void take_event(const event& told) {
        services_.take(told, now_);
        user_.take(told);
        if (const auto* wrong = std::get_if<violation>(&told))
            report_.violations.push_back(wrong->what);
        else if (std::holds_alternative<connected>(told))
            connected_ = true;
        else if (const auto* end = std::get_if<disconnected>(&told))
            ended_ = end->reason;
    }

    void take_write(const bytes& block) {
        cursor c{block};
        c.u8();
        const auto object = tpdu::read_object(c);
        if (const auto message = joiner_.take(object))
            hear(*message);
        const auto played = module_.blocks_played();
        module_.host_wrote(block, heard_.settled(), now_);
        if (module_.blocks_played() > played)
            progress_at_ = now_;
    }

    void hear(const recorded_message& message) {
        heard_.said(message, module_.blocks_played());
        if (heard_.progressed())
            progress_at_ = now_;
    }

    time_point patience_ends() const {
        const auto index = heard_.awaited();
        if (!index)
            return module_.finished() ? progress_at_ + tail : never;
        return std::max(progress_at_, due_at(what_.host[*index].at)) + settings_.patience;
    }

    void lose_patience() {
        // what the module has still to say may be what the host waits for
        if (module_.next_block_at(heard_.settled()) != never || now_ < patience_ends())
            return;
        if (const auto index = heard_.awaited()) {
            heard_.give_up(*index);
            progress_at_ = now_;
        }
    }

    void finish() {
        report_.module_messages += what_.module.size();
        report_.polls_recorded += what_.polls;
        report_.polls_now += joiner_.polls();
        if (!numbers_.all_the_same())
            report_.other_session_numbers = true;
        const bool by_module = std::any_of(what_.module.begin(), what_.module.end(),
                                           [](auto& m) { return m.tag == tpdu::delete_t_c; });
        if (!stack_.active() && !module_.finished() && !by_module)
            report_.differences.push_back({.what = replay_difference::kind::ended,
                                           .at = what_.blocks[module_.blocks_played()].at,
                                           .packet = 0,
                                           .name = reason(),
                                           .recorded = {},
                                           .now = {}});
        while (const auto index = heard_.awaited())
            heard_.give_up(*index);
    }

    std::string reason() const {
        switch (ended_.value_or(disconnected::why::stopped)) {
        case disconnected::why::create_failed:
            return "it got no connection";
        case disconnected::why::silent:
            return "the module seemed silent";
        case disconnected::why::deleted_by_module:
            return "the module deleted the connection";
        case disconnected::why::write_failed:
            return "a write failed";
        case disconnected::why::stopped:
            break;
        }
        return "it was stopped";
    }

    /// For answers to the last thing the module said.
    static constexpr duration tail = 1s;

    const replay_settings& settings_;
    const recorded_conversation& what_;
    replay_report& report_;
    const time_point start_{1h};
    time_point now_ = start_;
    session_numbers numbers_;
    slot stack_;
    implied_services services_;
    implied_user user_;
    comparison heard_;
    module_player module_;
    bool connected_ = false;
    host_joiner joiner_;
    time_point progress_at_ = start_;
    std::optional<std::size_t> caused_;
    std::optional<disconnected::why> ended_;
};

} // namespace

replay_report replay(const recording& what, const replay_settings& settings) {
    replay_report report;
    for (const auto& conversation : what.conversations)
        if (conversation.replied)
            session_replay{what, conversation, settings, report}.run();
    return report;
}

} // namespace cihost::sim
