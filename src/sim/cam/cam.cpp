// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/cam.hpp"

#include "sim/cam/ca_support.hpp"
#include "sim/cam/descrambler.hpp"
#include "sim/cam/fault_plan.hpp"
#include "sim/cam/journal.hpp"
#include "sim/cam/module_applications.hpp"
#include "sim/cam/module_sessions.hpp"
#include "sim/cam/module_transport.hpp"
#include "sim/cam/smart_card.hpp"
#include "sim/cam/stream_gate.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace cihost::sim {
namespace {

std::optional<aes_key> card_key_of(const cam_settings& settings) {
    if (settings.card_key.empty() || !settings.behaviour.card.valid)
        return std::nullopt;
    aes_key key;
    if (settings.card_key.size() != key.size())
        throw std::invalid_argument("a card key has 16 bytes");
    std::copy(settings.card_key.begin(), settings.card_key.end(), key.begin());
    return key;
}

std::vector<std::vector<std::uint16_t>> ca_lists_of(const cam_settings& settings) {
    auto lists = settings.further_ca_system_ids;
    lists.insert(lists.begin(), settings.ca_system_ids);
    return lists;
}

/// EMMs may be of any of its systems.
std::vector<std::uint16_t> all_systems_of(const cam_settings& settings) {
    std::vector<std::uint16_t> all;
    for (const auto& list : ca_lists_of(settings))
        all.insert(all.end(), list.begin(), list.end());
    return all;
}

} // namespace

class cam::impl {
  public:
    impl(const cam_settings& settings, event_log& log)
        : boot_time_{settings.boot_time}
        , card_behaviour_{settings.behaviour.card}
        , earlier_emms_{settings.earlier_emms}
        , log_{log, settings.slot}
        , faults_{settings.behaviour.faults}
        , card_{card_key_of(settings), settings.behaviour.card.lapses_after}
        , gate_{settings.behaviour.needs, settings.behaviour.menu}
        , stream_{all_systems_of(settings),
                  settings.ecm_time,
                  settings.behaviour.stream,
                  card_,
                  gate_,
                  log_}
        , transport_{settings.think_time, settings.behaviour.link, faults_, log_}
        , sessions_{transport_, faults_, log_}
        , ca_{ca_lists_of(settings), settings.behaviour, sessions_, stream_, card_, log_}
        , applications_{settings, sessions_, ca_, gate_, log_} {}

    void boot(time_point now) {
        forget("reset", now);
        if (card_behaviour_.authorised && !std::exchange(authorised_, true))
            for (const auto& section : earlier_emms_)
                card_.take_emm(section, now);
        back_at_ = never;
        ready_at_ = now + boot_time_;
        log_.write(now, "boot");
    }

    void remove(time_point now) {
        back_at_ = never;
        if (!ready_at_)
            return;
        forget("removed", now);
        ready_at_.reset();
        log_.write(now, "removed");
    }

    void power_off(time_point now) {
        if (!ready_at_ || *ready_at_ == never)
            return;
        forget("powered off", now);
        ready_at_ = never;
        log_.write(now, "power_off");
    }

    void forget_connections(time_point now) {
        transport_.reset();
        disconnect("link reset", now);
    }

    void set_faults(std::bitset<cam_fault_count> faults, time_point now) {
        faults_.set(faults);
        settle(now);
    }

    bool present() const noexcept { return ready_at_.has_value(); }
    bool booted(time_point now) const noexcept { return ready_at_ && *ready_at_ <= now; }

    /// What happened by itself until now; whether the module is READY. Each call with a time does
    /// it, so that deadline() never stays in the past.
    bool settle(time_point now) {
        now_ = now;
        if (back_at_ <= now)
            boot(now);
        if (!booted(now))
            return false;
        if (!std::exchange(ready_said_, true)) {
            log_.write(*ready_at_, "ready");
            faults_.ready(*ready_at_);
        }
        if (const auto exit = faults_.take_exit(now)) {
            leave(*exit, now);
            return false;
        }
        if (faults_.has(cam_fault::unready, now)) {
            if (!std::exchange(unready_, true)) {
                log_.write(now, "fault", {{"fault", name(cam_fault::unready)}});
                forget_connections(now);
            }
            return false;
        }
        unready_ = false;
        applications_.tick(now);
        return true;
    }

    time_point deadline() const noexcept {
        auto next = std::min(back_at_, faults_.deadline(now_));
        if (ready_at_ && !ready_said_)
            next = std::min(next, *ready_at_);
        const auto answer = transport_.deadline();
        return answer > now_ ? std::min(next, answer) : next;
    }

    void host_wrote(bytes_view tpdu, time_point now) {
        if (!settle(now)) {
            log_.write(now, "tpdu_ignored", {{"reason", "not ready"}});
            return;
        }
        faults_.host_wrote();
        const auto input = transport_.host_wrote(tpdu, now);
        if (input.created || input.deleted)
            disconnect(input.created ? "new transport connection" : "transport connection deleted",
                       now);
        if (input.created)
            applications_.connected(now);
        if (!input.spdu)
            return;
        for (const auto& event : sessions_.receive(*input.spdu, now))
            applications_.handle(event, now);
    }

    std::optional<bytes> host_reads(time_point now) {
        if (!settle(now))
            return std::nullopt;
        return transport_.host_reads(now);
    }

    module_applications& applications() noexcept { return applications_; }

    void pass(std::span<std::uint8_t> packets, time_point now) {
        if (settle(now))
            stream_.pass(packets, now);
    }

  private:
    void leave(const fault_rule& how, time_point now) {
        log_.write(now, "fault", {{"fault", name(how.fault)}});
        if (how.fault == cam_fault::reboot) {
            boot(now);
            return;
        }
        remove(now);
        if (how.lasts != duration::max())
            back_at_ = now + how.lasts;
    }

    void disconnect(const char* reason, time_point now) {
        sessions_.reset();
        applications_.disconnected(reason, now);
    }

    void forget(const char* reason, time_point now) {
        faults_.run_ended(now);
        transport_.power_on();
        disconnect(reason, now);
        ca_.power_on();
        applications_.power_on();
        gate_.reset();
        stream_.reset();
        if (!card_behaviour_.outlives_reset)
            card_.forget();
        ready_said_ = unready_ = false;
    }

    duration boot_time_;
    card_behaviour card_behaviour_;
    std::vector<bytes> earlier_emms_;
    journal log_;
    fault_plan faults_;
    smart_card card_;
    stream_gate gate_;
    descrambler stream_;
    module_transport transport_;
    module_sessions sessions_;
    ca_support ca_;
    module_applications applications_;
    /// Nothing: no module in the slot.
    std::optional<time_point> ready_at_;
    bool ready_said_ = false;
    bool unready_ = false;
    bool authorised_ = false;
    /// After a removal by itself.
    time_point back_at_ = never;
    time_point now_ = time_point::min();
};

cam::cam(const cam_settings& settings, event_log& log)
    : impl_{std::make_unique<impl>(settings, log)} {}

cam::~cam() = default;

void cam::boot(time_point now) { impl_->boot(now); }

void cam::remove(time_point now) { impl_->remove(now); }

void cam::power_off(time_point now) { impl_->power_off(now); }

void cam::forget_connections(time_point now) { impl_->forget_connections(now); }

bool cam::present() const noexcept { return impl_->present(); }

bool cam::ready(time_point now) const noexcept { return impl_->settle(now); }

void cam::host_wrote(bytes_view tpdu, time_point now) { impl_->host_wrote(tpdu, now); }

std::optional<bytes> cam::host_reads(time_point now) { return impl_->host_reads(now); }

bool cam::tune(std::uint16_t original_network_id, std::uint16_t transport_stream_id,
               std::uint16_t service_id, time_point now) {
    return impl_->applications().control_host(
        host_control_order::tune(original_network_id, transport_stream_id, service_id), now);
}

bool cam::replace(std::uint8_t reference, std::uint16_t replaced_pid, std::uint16_t replacement_pid,
                  time_point now) {
    return impl_->applications().control_host(
        host_control_order::replace(reference, replaced_pid, replacement_pid), now);
}

bool cam::clear_replace(std::uint8_t reference, time_point now) {
    return impl_->applications().control_host(host_control_order::clear_replace(reference), now);
}

bool cam::release(time_point now) { return impl_->applications().release_host(now); }

bool cam::request_reset(time_point now) { return impl_->applications().request_reset(now); }

void cam::pass(std::span<std::uint8_t> packets, time_point now) { impl_->pass(packets, now); }

void cam::set_faults(std::bitset<cam_fault_count> faults, time_point now) {
    impl_->set_faults(faults, now);
}

void cam::tick(time_point now) { impl_->settle(now); }

time_point cam::deadline() const { return impl_->deadline(); }

} // namespace cihost::sim
