// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/weeks/judge.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cihost::test {
namespace {

using namespace std::chrono_literals;

/// From what a receiver learns to what a module that is in conversation does about it: an exchange
/// under way, the module's think_time for ours, the next ECM, its ecm_time, and our look.
constexpr duration prompt = 1s;
/// Tables on air come again in this time.
constexpr duration table_time = 300ms;
/// From a module that began anew without a word until its host knows it: a poll or a question for
/// the status (weeks_profiles), and as long as it lets a module be silent that has been slow
/// before.
duration notice(const weeks_receiver::ci_slot& slot) {
    return 3s + slot.host->profile().slot.dead_after;
}
/// A module that failed may have brought its host to the longest pause between two tries
/// (back_off_last) and one reset after it, which takes up to ready_patience to have been in vain,
/// and its boot.
constexpr duration worst_start = 90s;
/// The same for one that was merely put in: seen by the next question, boot, conversation.
constexpr duration good_start = 10s;

std::string number_of(const weeks_receiver::view& v) {
    return "service " + std::to_string(v.service->program_number());
}

/// Services that are wanted and that the module could descramble. One that is in the clear for a
/// programme and announced as scrambled keeps its place for the next one.
unsigned competing(const weeks_receiver& r, const weeks_module& module) {
    return static_cast<unsigned>(std::ranges::count_if(r.views(), [&](const auto& v) {
        return r.wanted().contains(v.service->program_number()) &&
               module.opens(v.service->systems());
    }));
}

/// The module stops what runs at an UPDATE, and its host has not seen yet that it does when it is
/// told in this way. Once it has, that way is never to cost anything again: with no receiver, and
/// no host that begins with what was kept.
bool still_to_learn(const weeks_receiver& r, const weeks_receiver::ci_slot& slot) {
    if (slot.module->bears_updates())
        return false;
    const auto way = policy::strategy_of(slot.host->plan().settings());
    const auto* const record = r.memory().find(slot.module->who());
    return record == nullptr ||
           std::ranges::none_of(record->strategies, [&](const policy::strategy_record& s) {
               return s.strategy == way && s.failed > 0;
           });
}

bool has_room(const weeks_receiver& r, const weeks_module& module) {
    return module.limit() == 0 || competing(r, module) <= module.limit();
}

} // namespace

std::string weeks_judge::wanted(const weeks_receiver& r, const weeks_receiver::view& v,
                                const watch& before, time_point now) const {
    if (!v.service->scrambled())
        return {};
    if (v.clear)
        return {};
    const auto& wish = r.wanted().at(v.service->program_number());
    const auto systems = v.service->systems();
    const auto& slots = r.slots();
    // what ran, with the same module as before, and nothing happened to either
    if (before.wish == wish && before.clear && before.by && locked_since_ == r.locked_since()) {
        const auto& slot = slots[*before.by];
        const auto* const module = slot.module;
        // a host may find out what was wrong when it is over, and begin anew
        const bool touched =
            module == nullptr || !module->sound(now) || module->sound_since >= looked_at_ ||
            r.present_since() >= looked_at_ ||
            (now <= module->sound_since + worst_start &&
             (slot.state != policy::slot_state::ready || slot.state_since >= looked_at_) &&
             !module->came_clean);
        const bool changed = now <= v.service->changed_at() + table_time + prompt;
        if (!touched && !changed && module->opens(systems) && has_room(r, *module) &&
            !still_to_learn(r, slot))
            return number_of(v) + " was clear and is disturbed";
    }
    duration noticed{0};
    for (const auto& s : slots)
        noticed = std::max(noticed, notice(s));
    const auto own =
        std::max({wish.since, v.service->changed_at() + table_time, r.locked_since() + table_time,
                  r.present_since(), before.room_since == never ? now : before.room_since,
                  before.clear ? now : before.lost_at + noticed});
    // one whose card is no good is found out by trying all that there is
    const bool misled = std::ranges::any_of(slots, [&](const auto& s) {
        return s.module != nullptr && s.module->claims(systems) && !s.module->opens(systems);
    });
    for (const auto& s : slots) {
        if (s.module == nullptr || !s.module->sound(now) || !s.module->opens(systems) ||
            !has_room(r, *s.module))
            continue;
        const auto since = std::max(own, s.module->sound_since);
        const bool clean = s.module->came_clean && !s.module->was_reset;
        const auto start = clean && !misled ? good_start : worst_start;
        if (now > since + start)
            return number_of(v) + " is wanted and possible, and scrambled for too long since its "
                                  "module is sound";
        const auto ready = std::max({own, s.state_since, s.module->sound_since + notice(s)});
        if (s.state == policy::slot_state::ready && !misled && now > ready + prompt)
            return number_of(v) + " is wanted and possible, and scrambled although its module is "
                                  "in conversation";
    }
    return {};
}

std::string weeks_judge::unwanted(const weeks_receiver& r, const weeks_receiver::view& v,
                                  watch& service, time_point now) {
    if (!v.clear || !v.by || !v.service->scrambled()) {
        service.enabled_since = never;
        return {};
    }
    if (service.enabled_since == never)
        service.enabled_since = now;
    const auto& s = r.slots()[*v.by];
    if (!s.module->sound(now))
        return {};
    const auto since = std::max(
        {service.enabled_since, s.module->sound_since, r.present_since(), v.service->changed_at()});
    if (now > since + worst_start)
        return number_of(v) + " is unwanted and stays enabled since its module is sound";
    const auto ready = std::max({since, s.module->sound_since + notice(s), s.state_since});
    if (s.state == policy::slot_state::ready && now > ready + prompt)
        return number_of(v) + " is unwanted and enabled although its module is in conversation";
    return {};
}

std::string weeks_judge::look(const weeks_receiver& r, time_point now) {
    std::string wrong;
    auto before = std::exchange(watches_, {});
    for (const auto& v : r.views()) {
        const auto program = v.service->program_number();
        auto& known = before[program];
        const auto wish = r.wanted().find(program);
        if (wish == r.wanted().end()) {
            if (auto found = unwanted(r, v, known, now); !found.empty())
                wrong = std::move(found);
            watches_[program] = {.enabled_since = known.enabled_since};
            continue;
        }
        if (auto found = wanted(r, v, known, now); !found.empty())
            wrong = std::move(found);
        watches_[program] = {.wish = wish->second,
                             .clear = v.clear,
                             .by = v.by,
                             .lost_at = known.clear && !v.clear ? now : known.lost_at};
        const bool room = std::ranges::any_of(r.slots(), [&](const auto& s) {
            return s.module != nullptr && s.module->opens(v.service->systems()) &&
                   has_room(r, *s.module);
        });
        if (room)
            watches_[program].room_since = known.room_since == never ? now : known.room_since;
    }
    looked_at_ = now;
    locked_since_ = r.locked_since();
    return wrong;
}

} // namespace cihost::test
