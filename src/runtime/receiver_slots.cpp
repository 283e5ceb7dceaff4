// SPDX-License-Identifier: LGPL-2.1-or-later

/// Which of its slots a receiver leaves a service to.

#include "policy/ca_pmt_content.hpp"
#include "runtime/receiver_impl.hpp"

#include <chrono>
#include <utility>

namespace cihost::runtime {

int receiver::impl::priority_of(std::uint16_t program_number) const {
    const auto& order = settings_.priorities;
    const bool standing = standing_.contains(program_number);
    const bool led = host_control_.service() == program_number;
    const auto watched = streams_.count(program_number);
    if (records_.at(program_number).wants > (standing ? 1U : 0U) + (led ? 1U : 0U) + watched)
        return order.recording;
    return standing || watched > 0 ? order.viewer : order.visit;
}

std::vector<policy::slot_wish> receiver::impl::slot_wishes() const {
    std::vector<policy::slot_wish> all;
    for (const auto& [program, record] : records_) {
        const auto* const service = tables_.find(program);
        if (service == nullptr || !service->pmt)
            continue;
        policy::slot_wish wish;
        wish.ca_system_ids = ca_systems(*service->pmt);
        if (wish.ca_system_ids.empty())
            continue;
        wish.service = {program, service->name, service->provider};
        wish.streams = streams_asked_for(*service->pmt);
        wish.priority = priority_of(program);
        wish.since = record.wanted_at;
        all.push_back(std::move(wish));
    }
    return all;
}

std::vector<ts::pid_t> receiver::impl::streams_asked_for(const ts::pmt& table) const {
    return policy::streams_by_weight(table, ca_.cams().empty()
                                                ? settings_.cam.ca_pmt
                                                : ca_.cams().front()->plan().settings());
}

void receiver::impl::assign_slots() {
    std::map<std::uint16_t, time_point> wanted;
    for (const auto& [program, record] : records_)
        wanted.emplace(program, record.wanted_at);
    std::vector<policy::receiver_slot> slots;
    for (const auto& c : ca_.cams())
        slots.push_back({c->host(), c->plan()});
    slots_.assign(slot_wishes(), wanted, slots, std::chrono::steady_clock::now());
}

void receiver::impl::use_rules(policy::assignment_rules rules,
                               policy::assignment_priorities priorities) {
    slots_.use(rules);
    settings_.rules = std::move(rules);
    settings_.priorities = priorities;
    assign_slots();
    run_cams();
}

void receiver::use_rules(policy::assignment_rules rules, policy::assignment_priorities priorities) {
    impl_->use_rules(std::move(rules), priorities);
}

error_code receiver::reset_cam(unsigned slot, bool force) { return impl_->reset_cam(slot, force); }

} // namespace cihost::runtime
