// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/cam.hpp"

#include "sim/cam/ca_support.hpp"
#include "sim/cam/descrambler.hpp"
#include "sim/cam/journal.hpp"
#include "sim/cam/module_applications.hpp"
#include "sim/cam/module_sessions.hpp"
#include "sim/cam/module_transport.hpp"
#include "sim/cam/smart_card.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace cihost::sim {
namespace {

std::optional<aes_key> card_key_of(const cam_settings& settings) {
    if (settings.card_key.empty())
        return std::nullopt;
    aes_key key;
    if (settings.card_key.size() != key.size())
        throw std::invalid_argument("a card key has 16 bytes");
    std::copy(settings.card_key.begin(), settings.card_key.end(), key.begin());
    return key;
}

} // namespace

class cam::impl {
  public:
    impl(const cam_settings& settings, event_log& log)
        : boot_time_{settings.boot_time}
        , log_{log, settings.slot}
        , card_{card_key_of(settings)}
        , stream_{settings.ca_system_ids, settings.ecm_time, card_, log_}
        , transport_{settings.think_time, log_}
        , sessions_{transport_, log_}
        , ca_{settings.ca_system_ids, sessions_, stream_, card_, log_}
        , applications_{settings, sessions_, ca_, log_} {}

    void boot(time_point now) {
        forget("reset", now);
        ready_at_ = now + boot_time_;
        log_.write(now, "boot");
    }

    void remove(time_point now) {
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

    bool present() const noexcept { return ready_at_.has_value(); }
    bool ready(time_point now) const noexcept { return ready_at_ && *ready_at_ <= now; }

    /// Says once in the log that the module got ready; each call with a time does it, so that
    /// deadline() never stays in the past.
    bool settle(time_point now) {
        if (!ready(now))
            return false;
        if (!std::exchange(ready_said_, true))
            log_.write(*ready_at_, "ready");
        return true;
    }

    time_point deadline() const noexcept { return ready_at_ && !ready_said_ ? *ready_at_ : never; }

    void host_wrote(bytes_view tpdu, time_point now) {
        if (!settle(now)) {
            log_.write(now, "tpdu_ignored", {{"reason", "not ready"}});
            return;
        }
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

    void pass(std::span<std::uint8_t> packets, time_point now) {
        if (settle(now))
            stream_.pass(packets, now);
    }

  private:
    void disconnect(const char* reason, time_point now) {
        sessions_.reset();
        applications_.disconnected(reason, now);
    }

    void forget(const char* reason, time_point now) {
        transport_.reset();
        disconnect(reason, now);
        stream_.reset();
        card_.forget();
        ready_said_ = false;
    }

    duration boot_time_;
    journal log_;
    smart_card card_;
    descrambler stream_;
    module_transport transport_;
    module_sessions sessions_;
    ca_support ca_;
    module_applications applications_;
    /// Nothing: no module in the slot.
    std::optional<time_point> ready_at_;
    bool ready_said_ = false;
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

void cam::pass(std::span<std::uint8_t> packets, time_point now) { impl_->pass(packets, now); }

time_point cam::deadline() const { return impl_->deadline(); }

} // namespace cihost::sim
