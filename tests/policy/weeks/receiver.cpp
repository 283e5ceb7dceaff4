// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/weeks/receiver.hpp"

#include "policy/ca_pmt_content.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>
#include <variant>

namespace cihost::test {
namespace {

using namespace std::chrono_literals;

constexpr auto lock_time = 300ms;
constexpr auto table_time = 200ms; // from the lock, or a change
constexpr auto busy_time = 3s;     // around what happens every ECM counts
constexpr auto look_period = 2s;   // at what stays scrambled
constexpr auto longest_rest = 30s;
constexpr unsigned most_at_once = 5000; // more than a sound host does
constexpr std::size_t most_said = 40;

} // namespace

weeks_receiver::weeks_receiver(std::string name, std::size_t slots,
                               std::vector<multiplex_on_air>& air, policy::cam_adviser& adviser)
    : name_{std::move(name)}
    , air_{air}
    , adviser_{&adviser}
    , slots_(slots) {
    make_hosts();
    open_slots(time_point{});
}

void weeks_receiver::make_hosts() {
    assignment_.emplace(name_, policy::assignment_rules{});
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        auto& s = slots_[i];
        const auto slot = static_cast<unsigned>(i);
        auto profile = adviser_->choose(slot, {});
        profile.slot.tcid = static_cast<std::uint8_t>(i + 1);
        s.host = std::make_unique<policy::module_host>(profile, [this, slot](const auto& question) {
            return adviser_->choose(slot, question);
        });
        s.lessons = {};
    }
}

const ts::pmt* weeks_receiver::table(std::uint16_t program_number) const {
    const auto found = tables_.find(program_number);
    return found == tables_.end() ? nullptr : &found->second;
}

std::optional<unsigned> weeks_receiver::asked(std::uint16_t program_number) const {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        const auto status = slots_[i].host->plan().status(program_number);
        if (status && status->phase == policy::service_phase::requested)
            return static_cast<unsigned>(i);
    }
    return std::nullopt;
}

const air_service* weeks_receiver::on_air(std::uint16_t program_number) const {
    if (!multiplex_)
        return nullptr;
    const auto& all = air_[*multiplex_];
    const auto found = std::ranges::find(all, program_number, &air_service::program_number);
    return found == all.end() || !found->listed() ? nullptr : &*found;
}

void weeks_receiver::busy(time_point now) {
    busy_until_ = now + busy_time;
    if (locked())
        beat_due_ = std::min(beat_due_, now + ecm_period);
}

void weeks_receiver::open_slots(time_point now) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        slots_[i].open = true;
        slots_[i].host->device_opened(en50221::ca_interface::link, now);
        serve(i, now);
    }
}

void weeks_receiver::seek(duration time, time_point now) {
    locked_since_ = tables_due_ = never;
    lock_due_ = present_ && multiplex_ ? now + time : never;
    beat_due_ = now; // what the hosts see has ended
}

void weeks_receiver::tune(std::optional<std::size_t> multiplex, time_point now) {
    if (multiplex == multiplex_)
        return;
    multiplex_ = multiplex;
    tables_.clear();
    for (auto& [program, wish] : wanted_)
        wish.since = now;
    for (auto& s : slots_)
        s.host->plan().retuned(now);
    seek(lock_time, now);
    tick_hosts(now);
}

void weeks_receiver::lose_lock(duration length, time_point now) {
    if (locked())
        seek(length + lock_time, now);
}

void weeks_receiver::unplug(duration length, time_point now) {
    if (!present_)
        return;
    present_ = powered_ = false;
    back_at_ = now + length;
    seek(0s, now);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        auto& s = slots_[i];
        if (s.module != nullptr)
            s.module->lose_power(now);
        s.open = false;
        s.host->device_closed(now);
        serve(i, now);
    }
}

void weeks_receiver::restart(policy::cam_adviser& adviser, duration length, time_point now) {
    adviser_ = &adviser;
    back_at_ = std::max(present_ ? time_point::min() : back_at_, now + length);
    present_ = false;
    wanted_.clear();
    tables_.clear();
    figures_.clear();
    multiplex_.reset();
    assignment_due_ = false;
    for (auto& s : slots_)
        s.open = false;
    make_hosts();
    seek(0s, now);
    for (std::size_t i = 0; i < slots_.size(); ++i)
        serve(i, now);
}

void weeks_receiver::put_in(std::size_t slot, weeks_module& module, time_point now) {
    slots_[slot].module = &module;
    if (!powered_)
        module.lose_power(now);
    touched(slot, now);
}

void weeks_receiver::take_out(std::size_t slot, time_point now) {
    slots_[slot].module = nullptr;
    touched(slot, now);
}

void weeks_receiver::touched(std::size_t slot, time_point now) {
    serve(slot, now);
    busy(now);
}

void weeks_receiver::want(std::uint16_t program_number, const weeks_wish& wish, time_point now) {
    for (auto& s : slots_)
        s.host->begin_anew(program_number, now);
    wanted_[program_number] = wish;
    assign(now);
    tick_hosts(now);
    busy(now);
}

void weeks_receiver::unwant(std::uint16_t program_number, time_point now) {
    wanted_.erase(program_number);
    assign(now);
    tick_hosts(now);
    busy(now);
}

void weeks_receiver::air_changed(time_point now) {
    if (locked())
        tables_due_ = std::min(tables_due_, now + table_time);
    busy(now);
}

void weeks_receiver::deliver_tables(time_point now) {
    bool any = false;
    for (const auto& service : air_[*multiplex_]) {
        const auto program = service.program_number();
        const auto known = tables_.find(program);
        if (!service.listed()) {
            if (known == tables_.end())
                continue;
            tables_.erase(known);
            for (auto& s : slots_)
                s.host->plan().pmt_gone(program, now);
            any = true;
            continue;
        }
        auto table = service.table();
        if (known != tables_.end() && known->second == table)
            continue;
        for (auto& s : slots_)
            s.host->plan().pmt_received(table, now);
        tables_[program] = std::move(table);
        any = true;
    }
    if (any)
        assign(now);
    tick_hosts(now);
    busy(now);
}

/// As runtime::receiver puts it.
void weeks_receiver::assign(time_point now) {
    std::vector<policy::slot_wish> wishes;
    std::map<std::uint16_t, time_point> all;
    for (const auto& [program, wish] : wanted_) {
        all.emplace(program, wish.since);
        const auto* const known = table(program);
        const auto asked = known == nullptr
                               ? std::nullopt
                               : policy::ca_pmt_of(*known, {}, slots_[0].host->plan().settings());
        if (!asked)
            continue;
        policy::slot_wish w;
        w.service.program_number = program;
        w.ca_system_ids = policy::systems_of(*asked);
        w.streams = policy::streams_by_weight(*known, slots_[0].host->plan().settings());
        w.priority = wish.priority;
        w.since = wish.since;
        wishes.push_back(std::move(w));
    }
    std::vector<policy::receiver_slot> slots;
    for (auto& s : slots_)
        slots.push_back({*s.host, s.host->plan()});
    assignment_->assign(std::move(wishes), all, slots, now);
}

void weeks_receiver::tick_hosts(time_point now) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        slots_[i].host->tick(now);
        serve(i, now);
    }
}

void weeks_receiver::serve(std::size_t slot, time_point now) {
    auto& s = slots_[slot];
    for (bool more = true; more;) {
        more = false;
        if (++at_once_ > most_at_once)
            throw std::runtime_error(name_ + ": a host asks for its turn without end");
        while (const auto output = s.host->next()) {
            act(slot, *output, now);
            more = true;
        }
        if (!s.open || s.module == nullptr)
            continue;
        if (const auto block = s.module->host_reads(now)) {
            s.host->received(*block, now);
            more = true;
        }
    }
    if (std::exchange(s.state, s.host->state()) != s.state) {
        s.state_since = now;
        busy(now);
    }
    s.due = s.host->deadline();
    if (s.module != nullptr)
        s.due = std::min(s.due, s.module->deadline(now));
}

/// As runtime::ca_link does it: a device has one reset for all its slots.
void weeks_receiver::reset_wanted(std::size_t slot, time_point now) {
    for (std::size_t i = 0; i < slots_.size(); ++i)
        if (i != slot && (slots_[i].host->talking() || slots_[i].host->booting(now)))
            return slots_[slot].host->reset_refused(now);
    for (auto& s : slots_)
        if (s.module != nullptr)
            s.module->reset(now);
    for (auto& s : slots_) {
        s.host->reset_done(now);
        s.due = now;
    }
}

void weeks_receiver::act(std::size_t slot, const policy::host_output& what, time_point now) {
    auto& s = slots_[slot];
    auto& host = *s.host;
    if (const auto* const write = std::get_if<policy::write_block>(&what)) {
        if (!s.open || s.module == nullptr || !s.module->ready(now))
            return host.write_failed(write->conversation, now);
        s.module->host_wrote(write->block, now);
        host.write_done(write->conversation, now);
    } else if (std::holds_alternative<policy::ask_status>(what)) {
        const bool there = s.module != nullptr && s.module->present();
        host.status_came(there, there && s.module->ready(now), now);
    } else if (std::holds_alternative<policy::reset_device>(what)) {
        reset_wanted(slot, now);
    } else if (std::holds_alternative<policy::time_needed>(what)) {
        host.set_time(std::chrono::sys_days{std::chrono::January / 1 / 2026}, 0min, now);
    } else if (std::holds_alternative<policy::ca_systems_changed>(what)) {
        assignment_due_ = true;
    } else if (std::holds_alternative<policy::ca_pmt_sent>(what)) {
        busy(now);
    } else if (const auto* const news = std::get_if<policy::strategy_tried>(&what)) {
        note_strategy(slot, *news);
    } else if (const auto* const line = std::get_if<policy::log_line>(&what)) {
        const auto at = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch());
        if (line->level != severity::debug)
            said_.push_back(std::to_string(at.count()) + "ms slot " + std::to_string(slot) + ": " +
                            line->message);
        if (said_.size() > most_said)
            said_.pop_front();
    }
}

void weeks_receiver::beat(time_point now) {
    views_.clear();
    beat_due_ = never;
    if (!locked())
        return show(now);
    ++counter_;
    packets_.clear();
    std::vector<std::size_t> ends;
    for (auto& service : air_[*multiplex_]) {
        if (!service.listed())
            continue;
        service.send(packets_, counter_, now);
        ends.push_back(packets_.size());
        views_.push_back({.service = &service});
    }
    const auto look = [&](std::optional<std::size_t> by) {
        for (std::size_t i = 0; i < views_.size(); ++i) {
            auto& v = views_[i];
            const auto mine = bytes_view{packets_}.first(ends[i]);
            const bool clear = v.service->came_clear(mine);
            if (clear && !v.clear)
                v.by = by;
            v.clear = clear;
            v.marked = v.service->marked_scrambled(mine);
        }
    };
    look(std::nullopt);
    for (std::size_t i = 0; i < slots_.size(); ++i)
        if (slots_[i].module != nullptr) {
            slots_[i].module->pass(packets_, now);
            look(i);
        }
    show(now);
    beat_due_ = next_beat(now);
}

time_point weeks_receiver::next_beat(time_point now) const {
    if (now < busy_until_)
        return now + ecm_period;
    auto next = now + longest_rest;
    for (const auto& v : views_) {
        if (!wanted_.contains(v.service->program_number()) || !v.service->scrambled())
            continue;
        next = std::min(next, v.clear ? v.service->next_period(now) : now + look_period);
    }
    return next;
}

void weeks_receiver::show(time_point now) {
    ++ecms_;
    for (const auto& [program, wish] : wanted_) {
        policy::service_sight sight;
        for (const auto& v : views_)
            if (v.service->program_number() == program)
                sight = {true, v.marked, ecms_};
        for (auto& s : slots_)
            s.host->see(program, sight);
    }
    tick_hosts(now);
    count(now);
    learn(now);
    if (slots_.size() > 1) {
        assign(now);
        tick_hosts(now);
    }
}

void weeks_receiver::count(time_point now) {
    std::erase_if(figures_, [this](const auto& item) { return !wanted_.contains(item.first); });
    for (auto& [program, f] : figures_)
        f.seen = false;
    for (const auto& v : views_) {
        const auto program = v.service->program_number();
        const auto wish = wanted_.find(program);
        if (wish == wanted_.end())
            continue;
        auto& f = figures_[program];
        if (f.wanted_at != wish->second.since)
            f = {.wanted_at = wish->second.since};
        f.seen = true;
        f.scrambled_now = v.marked;
        f.ecms += v.service->scrambled() ? 1 : 0;
        if (v.marked)
            f.scrambled_before_clear = f.scrambled_before_clear || f.first_clear == never;
        else if (f.first_clear == never)
            f.first_clear = now;
    }
}

std::vector<policy::observed_service> weeks_receiver::observe(std::size_t slot) const {
    const auto requested = [](const ci_slot& s, std::uint16_t program) {
        const auto status = s.host->plan().status(program);
        return status && status->phase == policy::service_phase::requested;
    };
    std::vector<policy::observed_service> all;
    for (const auto& [program, f] : figures_) {
        const auto asked = std::ranges::count_if(
            slots_, [&, number = program](const ci_slot& s) { return requested(s, number); });
        if (asked == 1 && requested(slots_[slot], program))
            all.push_back({.program_number = program,
                           .scrambled_on_air = f.ecms > 0 || f.scrambled_before_clear,
                           .clear = f.seen && !f.scrambled_now,
                           .scrambled = f.seen && f.scrambled_now,
                           .first_clear = f.first_clear});
    }
    return all;
}

void weeks_receiver::learn(time_point now) {
    if (!present_ || (multiplex_ && !locked()))
        return;
    const auto utc =
        std::chrono::sys_seconds{std::chrono::floor<std::chrono::seconds>(now.time_since_epoch())};
    for (std::size_t i = 0; i < slots_.size(); ++i)
        slots_[i].lessons.look(*slots_[i].host, observe(i), *adviser_->memory(), utc, now);
}

/// As runtime::receiver puts it.
void weeks_receiver::note_strategy(std::size_t slot, const policy::strategy_tried& news) {
    const auto& application = slots_[slot].host->application();
    if (!application)
        return;
    auto& memory = *adviser_->memory();
    const auto who = policy::identity_of(*application);
    const auto strategy = policy::strategy_of(news.settings);
    if (news.limit)
        memory.limit_met(who, news.settings.max_services);
    if (news.worked)
        memory.strategy_worked(who, strategy);
    else
        memory.strategy_failed(who, strategy);
}

time_point weeks_receiver::deadline() const {
    auto next = std::min({back_at_, lock_due_, tables_due_, beat_due_});
    for (const auto& s : slots_)
        next = std::min(next, s.due);
    return next;
}

bool weeks_receiver::run(time_point now) {
    if (std::exchange(ran_at_, now) != now)
        at_once_ = 0;
    if (now >= back_at_) {
        back_at_ = never;
        present_ = true;
        present_since_ = now;
        if (!std::exchange(powered_, true))
            for (auto& s : slots_)
                if (s.module != nullptr)
                    s.module->boot(now);
        open_slots(now);
        seek(lock_time, now);
    }
    if (now >= lock_due_) {
        lock_due_ = never;
        locked_since_ = now;
        tables_due_ = now + table_time;
        busy(now);
    }
    if (now >= tables_due_) {
        tables_due_ = never;
        deliver_tables(now);
    }
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        auto& s = slots_[i];
        if (now < s.due)
            continue;
        if (s.module != nullptr)
            s.module->tick(now);
        if (now >= s.host->deadline())
            s.host->tick(now);
        serve(i, now);
    }
    if (std::exchange(assignment_due_, false)) {
        assign(now);
        tick_hosts(now);
    }
    if (now < beat_due_)
        return false;
    beat(now);
    return true;
}

} // namespace cihost::test
