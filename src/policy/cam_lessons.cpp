// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/cam_lessons.hpp"

#include <algorithm>
#include <utility>

namespace cihost::policy {
namespace {

/// Answer times change slowly.
constexpr auto answers_pause = std::chrono::minutes{1};
/// A service that was clear and stays scrambled for so long beside others is one too many; crypto
/// periods and repeated CA_PMTs are shorter.
constexpr auto one_too_many = std::chrono::seconds{15};

} // namespace

void cam_lessons::begin(unsigned conversation) {
    *this = {};
    conversation_ = conversation;
}

void cam_lessons::look(const module_host& host, std::span<const observed_service> services,
                       cam_memory& memory, std::chrono::sys_seconds utc, time_point now) {
    if (conversation_ != host.conversation())
        begin(host.conversation());
    if (!host.application() || host.state() != slot_state::ready)
        return;
    const auto who = identity_of(*host.application());
    // forgotten in between
    if (const auto* const known = memory.find(who); known == nullptr || known->starts == 0)
        begin(host.conversation());
    if (!std::exchange(started_, true)) {
        memory.started(who, host.profile().name, host.ready_to_ca_info(), utc);
        answers_due_ = now + answers_pause;
    }
    if (now >= answers_due_) {
        memory.answered(who, host.slowest_answer());
        answers_due_ = now + answers_pause;
    }

    unsigned clear = 0;
    for (const auto& s : services) {
        look_at(host, s, who, memory);
        if (s.clear && s.scrambled_on_air)
            ++clear;
        if (s.scrambled)
            dark_since_.try_emplace(s.program_number, now);
        else if (dark_since_.erase(s.program_number) > 0)
            judged_.erase(s.program_number);
    }
    // those that nobody wants any more
    std::erase_if(dark_since_, [&](const auto& entry) {
        return std::ranges::find(services, entry.first, &observed_service::program_number) ==
               services.end();
    });
    if (clear > most_clear_) {
        most_clear_ = clear;
        memory.services_clear(who, clear);
    }
    for (auto& [program, since] : dark_since_) {
        // it may be dark for the sake of what the module shows
        if (host.menu_waits())
            since = now;
        if (clear > 0 && now - since >= one_too_many && proven_.contains(program) &&
            judged_.insert(program).second)
            memory.limit_met(who, clear);
    }
}

/// A step of the ladder came before it: how the module is asked was not enough, and what was enough
/// is told by strategy_tried.
bool cam_lessons::was_rescued(const module_host& host, const observed_service& service) {
    const auto* const done = host.recovery(service.program_number);
    return done != nullptr && std::ranges::any_of(done->steps, [&](const auto& made) {
               return made.times > 0 && made.latest <= service.first_clear;
           });
}

/// It took somebody who answered, and as long as that one took.
bool cam_lessons::waited_for_menu(const module_host& host, time_point asked_at,
                                  const observed_service& service) {
    const auto gone_at = host.menu_gone_at();
    return gone_at != never && gone_at >= asked_at && gone_at <= service.first_clear;
}

void cam_lessons::look_at(const module_host& host, const observed_service& service,
                          const cam_identity& who, cam_memory& memory) {
    if (!service.clear || !service.scrambled_on_air || service.first_clear == never)
        return;
    const auto status = host.plan().status(service.program_number);
    if (!status || status->phase != service_phase::requested)
        return;
    proven_.insert(service.program_number);
    // clear before this CA_PMT went: it is not its doing
    if (service.first_clear < status->requested_at ||
        std::exchange(told_[service.program_number], status->requested_at) == status->requested_at)
        return;
    if (was_rescued(host, service) || waited_for_menu(host, status->requested_at, service))
        return;
    memory.cleared(who, service.first_clear - status->requested_at);
    memory.strategy_worked(who, strategy_of(host.plan().settings()));
}

} // namespace cihost::policy
