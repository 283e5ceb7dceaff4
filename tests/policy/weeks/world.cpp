// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/weeks/world.hpp"

#include "policy/assignment.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <utility>

namespace cihost::test {
namespace {

using namespace std::chrono_literals;

constexpr unsigned services = 20;
constexpr std::size_t most_recordings = 6;
/// Until all has come to rest.
constexpr duration rest_time = 3min;

std::string when(duration since) {
    const auto ms = std::chrono::floor<std::chrono::milliseconds>(since);
    return "at " + std::to_string(ms.count()) + "ms: ";
}

} // namespace

weeks_world::weeks_world() {
    for (unsigned i = 0; i < cams_.size(); ++i)
        cams_[i] = std::make_unique<weeks_module>(i);
    for (const auto* name : {"attic", "balcony", "cellar", "den"})
        receivers_.push_back(std::make_unique<weeks_receiver>(name, receivers_.empty() ? 2 : 1,
                                                              air_, knowledge_.adviser(name)));
    judges_.resize(receivers_.size());
    for (unsigned i = 0; i < cams_.size(); ++i)
        insert(i, i + 1);
}

weeks_world::place weeks_world::place_of(unsigned slot) {
    // two in the first receiver, one in each other
    return slot < 2 ? place{receivers_[0].get(), slot} : place{receivers_[slot - 1].get(), 0};
}

void weeks_world::insert(unsigned cam, unsigned slot) {
    auto& module = *cams_[cam];
    const auto [receiver, at] = place_of(slot);
    if (module.slot || receiver->slots()[at].module != nullptr)
        return;
    module.insert(slot, now_);
    receiver->put_in(at, module, now_);
}

void weeks_world::pull(unsigned cam) {
    auto& module = *cams_[cam];
    std::erase_if(insertions_, [&](const insertion& i) { return i.cam == cam; });
    if (!module.slot)
        return;
    const auto [receiver, at] = place_of(*module.slot);
    module.pull(now_);
    receiver->take_out(at, now_);
}

void weeks_world::apply(const operation& o) {
    if (o.what <= deed::zap)
        apply_to_wishes(o);
    else if (o.what <= deed::list)
        apply_to_air(o);
    else if (o.what <= deed::unready)
        apply_to_cam(o);
    else if (o.what == deed::lose_lock)
        receivers_[o.who]->lose_lock(std::chrono::milliseconds{o.ms}, now_);
    else if (o.what == deed::unplug)
        receivers_[o.who]->unplug(std::chrono::milliseconds{o.ms}, now_);
    else
        apply_to_host(o);
    place_wishes();
}

void weeks_world::apply_to_wishes(const operation& o) {
    const policy::assignment_priorities priorities;
    if (o.what == deed::record) {
        if (std::ranges::count_if(users_, &user::recording) <
            static_cast<std::ptrdiff_t>(most_recordings))
            users_.push_back({.recording = true,
                              .service = o.who,
                              .priority = priorities.recording,
                              .since = now_});
        return;
    }
    if (o.what == deed::stop) {
        const auto running = std::ranges::count_if(users_, &user::recording);
        auto left = running == 0 ? -1 : static_cast<std::ptrdiff_t>(o.who) % running;
        std::erase_if(users_, [&](const user& w) { return w.recording && left-- == 0; });
        return;
    }
    std::erase_if(users_, [&](const user& w) { return !w.recording && w.number == o.who; });
    if (o.which < services)
        users_.push_back(
            {.number = o.who, .service = o.which, .priority = priorities.viewer, .since = now_});
}

void weeks_world::apply_to_air(const operation& o) {
    auto& s = service(o.who);
    switch (o.what) {
    case deed::pmt_version:
        s.renew_version(now_);
        break;
    case deed::move_ecms:
        s.move_ecms(true, now_);
        break;
    case deed::move_ecms_same_version:
        s.move_ecms(false, now_);
        break;
    case deed::change_systems:
        s.change_systems(now_);
        break;
    case deed::switch_scrambling:
        s.switch_scrambling(true, now_);
        break;
    case deed::switch_scrambling_unsaid:
        s.switch_scrambling(false, now_);
        break;
    default:
        s.list(o.what == deed::list, now_);
        break;
    }
    for (auto& r : receivers_)
        if (r->multiplex() == o.who / 5)
            r->air_changed(now_);
}

void weeks_world::apply_to_cam(const operation& o) {
    auto& module = *cams_[o.who];
    const auto length = std::chrono::milliseconds{o.ms};
    if (o.what == deed::insert)
        return insert(o.who, o.which);
    if (o.what == deed::pull)
        return pull(o.who);
    if (o.what == deed::move) {
        pull(o.who);
        insertions_.push_back({now_ + length, o.who, o.which});
        return;
    }
    if (!module.slot)
        return;
    const auto fault = [&](sim::cam_fault what) { module.set_fault(what, now_ + length, now_); };
    switch (o.what) {
    case deed::reboot:
        module.came_clean = false;
        module.boot(now_);
        break;
    case deed::swap_card:
        module.swap_card(now_);
        break;
    case deed::hang:
        module.hang(now_ + length);
        break;
    case deed::silent:
        fault(sim::cam_fault::silent);
        break;
    case deed::slow:
        fault(sim::cam_fault::slow);
        break;
    case deed::garbage:
        fault(sim::cam_fault::garbage);
        break;
    case deed::wrong_length:
        fault(sim::cam_fault::wrong_length);
        break;
    case deed::wrong_tcid:
        fault(sim::cam_fault::wrong_tcid);
        break;
    case deed::short_apdu:
        fault(sim::cam_fault::short_apdu);
        break;
    default:
        fault(sim::cam_fault::unready);
        break;
    }
    const auto [receiver, at] = place_of(*module.slot);
    receiver->touched(at, now_);
}

void weeks_world::apply_to_host(const operation& o) {
    if (o.what == deed::pin)
        return knowledge_.pin(cams_[o.who]->name(), o.which % 2 == 0);
    if (o.what == deed::unpin)
        return knowledge_.unpin(cams_[o.who]->name());
    const auto length = std::chrono::milliseconds{o.ms};
    lost_ = knowledge_.restart(o.what == deed::restart);
    for (auto& u : users_)
        u.receiver.reset();
    for (std::size_t r = 0; r < receivers_.size(); ++r) {
        receivers_[r]->restart(knowledge_.adviser(receivers_[r]->name()), length, now_);
        judges_[r] = {};
    }
    host_due_ = now_ + length;
}

void weeks_world::place_wishes() {
    policy::assignment_question q;
    q.multiplexes.assign(air_.size(), "DVB-T");
    for (const auto& r : receivers_) {
        policy::assignment_receiver receiver;
        receiver.name = r->name();
        receiver.present = r->present();
        receiver.multiplex = r->multiplex();
        receiver.receives.assign(air_.size(), true);
        for (const auto& s : r->slots()) {
            policy::assignment_cam cam;
            cam.slot = static_cast<unsigned>(receiver.cams.size());
            cam.unusable = policy::unusable_text(s.host->state());
            if (const auto ids = s.host->plan().ca_system_ids(); ids && !ids->empty())
                cam.ca_system_ids = ids;
            cam.takes_all = s.host->plan().unfiltered();
            cam.max_services = s.host->asked_as().max_services;
            cam.waits_for_answer = s.host->waits_for_answer();
            receiver.cams.push_back(std::move(cam));
        }
        q.receivers.push_back(std::move(receiver));
    }
    for (const auto& w : users_) {
        const auto& s = service(w.service);
        policy::assignment_wish wish;
        wish.label = "service " + std::to_string(s.program_number());
        wish.service.program_number = s.program_number();
        wish.multiplexes = {w.service / 5};
        wish.ca_system_ids = s.systems();
        wish.streams = s.streams();
        wish.priority = w.priority;
        wish.since = w.since;
        if (w.receiver) {
            wish.current = policy::assignment_place{*w.receiver, std::nullopt};
            wish.current->slot = receivers_[*w.receiver]->asked(s.program_number());
            wish.receive_scrambled = true;
            if (w.recording)
                wish.receivers = {*w.receiver};
        }
        q.wishes.push_back(std::move(wish));
    }
    carry_out(policy::assign(q));
}

void weeks_world::carry_out(const policy::assignment_answer& answer) {
    std::vector<std::map<std::uint16_t, weeks_wish>> wanted(receivers_.size());
    std::vector<std::vector<std::uint16_t>> fresh(receivers_.size());
    for (std::size_t i = 0; i < users_.size(); ++i) {
        auto& w = users_[i];
        const auto& line = answer.lines[i];
        // a recording stays where it is, if its receiver is away too
        const auto where = line.place    ? std::optional{line.place->receiver}
                           : w.recording ? w.receiver
                                         : std::nullopt;
        const bool is_new = where && where != w.receiver;
        w.receiver = where;
        if (!where)
            continue;
        const auto program = service(w.service).program_number();
        auto& wish = wanted[*where][program];
        wish.priority = std::max(wish.priority, w.priority);
        if (is_new)
            fresh[*where].push_back(program);
    }
    for (std::size_t r = 0; r < receivers_.size(); ++r) {
        auto& receiver = *receivers_[r];
        const auto before = receiver.wanted();
        for (const auto& [program, wish] : before)
            if (!wanted[r].contains(program))
                receiver.unwant(program, now_);
    }
    for (const auto& [receiver, multiplex] : answer.tunes)
        receivers_[receiver]->tune(multiplex, now_);
    for (std::size_t r = 0; r < receivers_.size(); ++r) {
        auto& receiver = *receivers_[r];
        for (auto [program, wish] : wanted[r]) {
            const auto known = receiver.wanted().find(program);
            wish.since = known != receiver.wanted().end() ? known->second.since : now_;
            const bool asked = std::ranges::find(fresh[r], program) != fresh[r].end();
            if (asked || known == receiver.wanted().end() || known->second != wish)
                receiver.want(program, wish, now_);
        }
    }
}

time_point weeks_world::due() const {
    auto next = host_due_;
    for (const auto& i : insertions_)
        next = std::min(next, i.at);
    for (const auto& r : receivers_)
        next = std::min(next, r->deadline());
    return next;
}

std::string weeks_world::run(const std::vector<operation>& operations, duration length) {
    start_ = now_;
    const auto end = now_ + length;
    std::size_t done = 0;
    try {
        while (now_ < end) {
            auto next = std::min(end, due());
            if (done < operations.size())
                next = std::min(next, start_ + operations[done].at);
            now_ = std::max(now_, next);
            ++steps_;
            for (; done < operations.size() && start_ + operations[done].at <= now_; ++done)
                apply(operations[done]);
            const auto there = std::ranges::find_if(
                insertions_, [this](const insertion& i) { return i.at <= now_; });
            if (there != insertions_.end()) {
                const auto i = *there;
                insertions_.erase(there);
                insert(i.cam, i.slot);
            }
            for (std::size_t r = 0; r < receivers_.size(); ++r)
                if (receivers_[r]->deadline() <= now_ && receivers_[r]->run(now_))
                    if (auto wrong = judges_[r].look(*receivers_[r], now_); !wrong.empty())
                        return when(now_ - start_) + receivers_[r]->name() + ": " + wrong + said(r);
            // the receivers are there by now
            if (host_due_ <= now_) {
                host_due_ = never;
                place_wishes();
            }
            if (auto wrong = knowledge_.look(now_); !wrong.empty() || !lost_.empty())
                return when(now_ - start_) + (lost_.empty() ? wrong : lost_);
        }
    } catch (const std::exception& e) {
        return when(now_ - start_) + e.what();
    }
    return {};
}

std::string weeks_world::rest() {
    users_.clear();
    for (const auto& c : cams_)
        knowledge_.unpin(c->name());
    place_wishes();
    for (unsigned i = 0; i < cams_.size(); ++i)
        pull(i);
    if (auto wrong = run({}, rest_time); !wrong.empty())
        return wrong;
    for (unsigned i = 0; i < cams_.size(); ++i)
        insert(i, i + 1);
    for (auto& r : receivers_)
        r->tune(std::nullopt, now_);
    if (auto wrong = run({}, rest_time); !wrong.empty())
        return wrong;
    for (const auto& c : cams_) {
        const auto [receiver, at] = place_of(c->slot.value());
        if (receiver->slots()[at].state != policy::slot_state::ready)
            return when(now_ - start_) + receiver->name() +
                   ": a CAM that was put in anew is not in use";
    }
    for (auto& r : receivers_)
        r->forget();
    return {};
}

std::string weeks_world::said(std::size_t receiver) const {
    std::string all;
    for (const auto& line : receivers_[receiver]->said())
        all += "\n  " + line;
    return all;
}

std::string run_operations(const std::vector<operation>& operations) {
    weeks_world world;
    const auto end = operations.empty() ? duration{0} : duration{operations.back().at} + 2min;
    return world.run(operations, end);
}

} // namespace cihost::test
