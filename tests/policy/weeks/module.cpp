// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/weeks/module.hpp"

#include "policy/weeks/air.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace cihost::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* nervous_profile = "update-rekeys";
constexpr std::array names{"Plain CAM", "Restarting CAM", "Narrow CAM", "Nervous CAM"};

} // namespace

weeks_module::weeks_module(unsigned number) {
    using list_event = sim::ca_pmt_behaviour::list_event;
    settings_.name = names[number];
    settings_.card_key = bytes(weeks_card_key.begin(), weeks_card_key.end());
    settings_.behaviour.card.authorised = true;
    switch (number) {
    case 0:
        all_systems_ = {conax, viaccess};
        break;
    case 1: // personality list-restarts
        all_systems_ = {conax, nagra};
        settings_.boot_time = 3s;
        settings_.behaviour.ca_pmt.restarts_on = {list_event::only, list_event::list};
        settings_.behaviour.ca_pmt.restart_time = 1500ms;
        break;
    case 2: // as alphacrypt-light, of two
        all_systems_ = {nagra, conax};
        settings_.boot_time = 2s;
        settings_.behaviour.capacity = {.services = 2, .newest_wins = true};
        break;
    default: // personality update-rekeys
        all_systems_ = {viaccess, nagra};
        settings_.boot_time = 2s;
        settings_.behaviour.ca_pmt.restarts_on = {list_event::update};
        settings_.behaviour.ca_pmt.restart_time = 1500ms;
        break;
    }
    make();
}

void weeks_module::make() {
    // a good card, one that has a single system, one of nobody's
    settings_.ca_system_ids = all_systems_;
    if (card_ == 1)
        settings_.ca_system_ids.resize(1);
    settings_.earlier_emms.clear();
    if (card_ != 2)
        for (const auto id : settings_.ca_system_ids)
            settings_.earlier_emms.push_back(emm_for(id));
    module_ = std::make_unique<sim::cam>(settings_, log_);
}

bool weeks_module::claims(const std::vector<std::uint16_t>& ca_system_ids) const {
    return std::ranges::any_of(ca_system_ids, [&](auto id) {
        return std::ranges::find(settings_.ca_system_ids, id) != settings_.ca_system_ids.end();
    });
}

bool weeks_module::opens(const std::vector<std::uint16_t>& ca_system_ids) const {
    return card_ != 2 && claims(ca_system_ids);
}

void weeks_module::insert(unsigned into, time_point now) {
    slot = into;
    came_clean = true;
    boot(now);
}

void weeks_module::pull(time_point now) {
    slot.reset();
    end_faults(now);
    module_->remove(now);
}

void weeks_module::boot(time_point now) {
    hung_until_ = now;
    sound_since = now;
    was_reset = false;
    if (slot)
        module_->boot(now);
}

void weeks_module::reset(time_point now) {
    hung_until_ = std::min(hung_until_, now);
    was_reset = true;
    module_->boot(now);
}

void weeks_module::lose_power(time_point now) { module_->remove(now); }

void weeks_module::swap_card(time_point now) {
    card_ = (card_ + 1) % 3;
    end_faults(now);
    make();
    came_clean = false;
    boot(now);
}

void weeks_module::set_fault(sim::cam_fault fault, time_point until, time_point now) {
    faults_.set(static_cast<unsigned>(fault));
    fault_until_ = until;
    came_clean = false;
    module_->set_faults(faults_, now);
}

void weeks_module::end_faults(time_point now) {
    if (faults_.any())
        sound_since = now;
    faults_.reset();
    fault_until_ = never;
    module_->set_faults(faults_, now);
}

std::optional<bytes> weeks_module::host_reads(time_point now) {
    return now >= hung_until_ ? module_->host_reads(now) : std::nullopt;
}

time_point weeks_module::deadline(time_point now) const {
    auto due = module_->deadline();
    if (now < hung_until_)
        due = hung_until_;
    return std::min(due > now ? due : never, fault_until_);
}

void weeks_module::tick(time_point now) {
    if (now >= fault_until_)
        end_faults(now);
    module_->tick(now);
}

policy::cam_profile_set weeks_profiles() {
    policy::cam_profile_set all;
    const auto add = [&](policy::cam_profile profile, std::vector<policy::cam_match> matches) {
        profile.slot.idle_poll = 2s;
        profile.supervision.poll_empty = 2s;
        profile.supervision.poll_running = 2s;
        all.add({std::move(profile), std::move(matches)});
    };
    add({}, {});
    policy::cam_profile narrow;
    narrow.name = "narrow";
    narrow.ca_pmt.max_services = 2;
    policy::cam_match by_name;
    by_name.name = names[2];
    add(narrow, {by_name});
    policy::cam_profile nervous;
    nervous.name = nervous_profile;
    nervous.ca_pmt.change = policy::ca_pmt_change::add;
    nervous.ca_pmt.withdrawal = policy::ca_pmt_withdrawal::add;
    add(nervous, {});
    return all;
}

std::optional<std::string> good_profile_for(const std::string& cam) {
    return cam == names[3] ? std::optional<std::string>{nervous_profile} : std::nullopt;
}

} // namespace cihost::test
