// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// The four CAMs of the simulated weeks, and what is known of them from the start.

#include "policy/cam_identity.hpp"
#include "policy/cam_profile.hpp"
#include "policy/cam_profile_set.hpp"
#include "sim/cam/cam.hpp"
#include "sim/event_log.hpp"

#include <cihost/time.hpp>

#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cihost::test {

/// A CAM with its card, in a slot or in somebody's hand.
class weeks_module {
  public:
    /// 0: a plain one. 1: stops what runs at an ONLY, and at a list. 2: descrambles two services; a
    /// third one takes the place of the first. 3: stops all other services at an UPDATE, which
    /// nobody has told its host.
    explicit weeks_module(unsigned number);

    const std::string& name() const noexcept { return settings_.name; }
    policy::cam_identity who() const {
        return {settings_.manufacturer, settings_.manufacturer_code, settings_.name};
    }
    bool bears_updates() const noexcept {
        return !settings_.behaviour.ca_pmt.restarts_on.contains(
            sim::ca_pmt_behaviour::list_event::update);
    }
    unsigned limit() const noexcept { return settings_.behaviour.capacity.services; }
    /// Whether what is in it could descramble such a service.
    bool opens(const std::vector<std::uint16_t>& ca_system_ids) const;
    /// What it tells its host.
    bool claims(const std::vector<std::uint16_t>& ca_system_ids) const;
    /// There, powered, and nothing is wrong with it.
    bool sound(time_point now) const {
        return slot && module_ && !faults_.any() && now >= hung_until_;
    }

    void insert(unsigned into, time_point now);
    void pull(time_point now);
    void boot(time_point now);
    /// By its host.
    void reset(time_point now);
    /// The receiver's adapter is away with the power.
    void lose_power(time_point now);
    /// Another one is put in, with which it begins anew: good, of another system, or nobody's.
    void swap_card(time_point now);
    void hang(time_point until) { hung_until_ = until; }
    void set_fault(sim::cam_fault fault, time_point until, time_point now);
    void end_faults(time_point now);

    bool present() const { return module_->present(); }
    bool ready(time_point now) const { return module_->ready(now); }
    void host_wrote(bytes_view block, time_point now) { module_->host_wrote(block, now); }
    std::optional<bytes> host_reads(time_point now);
    void pass(std::span<std::uint8_t> packets, time_point now) { module_->pass(packets, now); }
    /// When it has something to read, or a fault ends.
    time_point deadline(time_point now) const;
    void tick(time_point now);

    /// Where it is.
    std::optional<unsigned> slot;
    /// Since when nothing has been done to it.
    time_point sound_since{};
    /// It was pulled out of use or put in; else something worse happened to it last.
    bool came_clean = true;
    /// The host has reset it since.
    bool was_reset = false;

  private:
    void make();

    sim::cam_settings settings_;
    std::vector<std::uint16_t> all_systems_;
    unsigned card_ = 0;
    sim::event_log log_;
    std::unique_ptr<sim::cam> module_;
    std::bitset<sim::cam_fault_count> faults_;
    time_point fault_until_ = never;
    time_point hung_until_{};
};

/// As shipped, but that a quiet slot is left alone for longer, or a week would be polls: the
/// default, the limit of the third CAM, and one that suits the fourth, for who pins it to that.
policy::cam_profile_set weeks_profiles();
/// Nothing: the default is.
std::optional<std::string> good_profile_for(const std::string& cam);

} // namespace cihost::test
