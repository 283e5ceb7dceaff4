// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/host_control.hpp"

#include "device/delivery_descriptor.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace cihost::runtime {

using en50221::tune_status;

namespace {

/// PIDs below carry PSI and SI, and 1FFF nothing: they are not a module's to replace.
bool may_be_replaced(ts::pid_t pid) { return pid >= 0x20 && pid < ts::pid_null; }

} // namespace

host_control::host_control(const multiplex& tables, host_control_hooks hooks)
    : tables_{tables}
    , hooks_{std::move(hooks)} {}

void host_control::say(unsigned slot, severity level, const std::string& sentence) {
    if (sayings_.pass(now_))
        hooks_.log({level, "cam", "Slot " + std::to_string(slot) + ": " + sentence});
}

void host_control::take(unsigned slot, const en50221::event& what, time_point now) {
    now_ = now;
    if (const auto* a = std::get_if<en50221::host_control_tune>(&what))
        tune(slot, *a, now);
    else if (const auto* b = std::get_if<en50221::host_control_tune_broadcast>(&what))
        tune(slot, *b, now);
    else if (const auto* c = std::get_if<en50221::host_control_replace>(&what))
        replace(slot, *c);
    else if (const auto* d = std::get_if<en50221::host_control_clear_replace>(&what))
        clear(slot, d->session_nb, d->reference);
    else if (const auto* e = std::get_if<en50221::session_closed>(&what);
             e != nullptr && e->resource.same_resource(en50221::host_control_v1))
        session_over(slot, e->session_nb);
}

bool host_control::admit(const wish& w, time_point now) {
    if (lead_ && lead_->slot != w.slot)
        refuse(w, tune_status::busy,
               "the module in slot " + std::to_string(lead_->slot) + " leads the receiver");
    else if (!wishes_.pass(now))
        refuse(w, tune_status::busy, "it asks too often");
    else
        return true;
    return false;
}

void host_control::tune(unsigned slot, const en50221::host_control_tune& what, time_point now) {
    wish w{.slot = slot,
           .session_nb = what.session_nb,
           .transport_stream_id = what.transport_stream_id,
           .service_id = what.service_id,
           .reply_wanted = what.reply_wanted};
    if (what.transport_stream_id == 0 && what.original_network_id == 0)
        w.transport_stream_id.reset();
    if (!admit(w, now))
        return;
    if (!is_here(w) && find_)
        w.places = find_(w.service_id);
    travel(std::move(w), now);
}

void host_control::tune(unsigned slot, const en50221::host_control_tune_broadcast& what,
                        time_point now) {
    wish w{.slot = slot,
           .session_nb = what.session_nb,
           .service_id = what.service_id,
           .reply_wanted = true};
    if (!admit(w, now))
        return;
    if (!what.pmt.empty())
        return refuse(w, tune_status::bad_parameters, "a PMT of the module's own is not taken");
    if (!what.delivery.empty()) {
        auto place = device::parse_delivery(what.delivery);
        if (!place)
            return refuse(w, tune_status::unsupported_delivery,
                          "it does not tell the multiplex by a satellite, cable or terrestrial "
                          "descriptor");
        // dish and switch are the receiver's own
        if (const auto here = hooks_.look().tuning) {
            place->lnb = here->lnb;
            place->satellite_number = here->satellite_number;
        }
        w.places.push_back(std::move(*place));
    }
    travel(std::move(w), now);
}

bool host_control::is_here(const wish& w) const {
    const auto stream = tables_.transport_stream_id();
    return stream && (!w.transport_stream_id || w.transport_stream_id == stream) &&
           tables_.find(w.service_id) != nullptr;
}

/// From the service that it leads to so far, if there is one, to that of the wish.
void host_control::travel(wish w, time_point now) {
    const auto situation = hooks_.look();
    const auto received = [&](const device::tuning& place) {
        return situation.tuning && device::same_multiplex(place, *situation.tuning);
    };
    const bool here = is_here(w) && (w.places.empty() || received(w.places.front()));
    if (!here) {
        const auto number = std::to_string(w.service_id);
        if (w.places.empty())
            return refuse(w, tune_status::service_not_found,
                          find_ ? "nobody knows where service " + number + " is"
                                : "service " + number +
                                      " is not in this multiplex, which the "
                                      "receiver does not leave for a module");
        if (!find_)
            return refuse(w, tune_status::busy,
                          "the receiver does not leave its multiplex for a module");
        if (!situation.held.empty() && !std::ranges::all_of(w.places, received))
            return refuse(w, tune_status::busy, situation.held);
    }
    if (lead_ && std::exchange(arrived_, false))
        hooks_.unwant(lead_->service_id);
    else if (lead_)
        refuse(*lead_, tune_status::failed, "it wants another service instead");
    lead_ = std::move(w);
    if (here)
        return arrive();
    if (!std::exchange(away_, true))
        before_ = situation.tuning;
    next_place(now);
}

void host_control::next_place(time_point now) {
    if (lead_->places.empty()) {
        const auto failed = *std::exchange(lead_, std::nullopt);
        restore();
        return failed.multiplex_seen
                   ? refuse(failed, tune_status::service_not_found,
                            "service " + std::to_string(failed.service_id) +
                                " is not where it should be")
                   : refuse(failed, tune_status::no_lock,
                            "the multiplex of service " + std::to_string(failed.service_id) +
                                " is not received");
    }
    const auto place = lead_->places.front();
    lead_->places.erase(lead_->places.begin());
    lead_->due = now + patience;
    const auto here = hooks_.look().tuning;
    if (here && device::same_multiplex(*here, place))
        return;
    say(lead_->slot, severity::info,
        "the module leads the receiver to service " + std::to_string(lead_->service_id) + " at " +
            device::describe(place) + ".");
    hooks_.go_to(place);
}

void host_control::arrive() {
    arrived_ = true;
    lead_->places.clear();
    const auto w = *lead_;
    hooks_.want(w.service_id);
    if (w.reply_wanted)
        hooks_.reply(w.slot, w.session_nb, tune_status::ok);
    say(w.slot, severity::info,
        "the module has service " + std::to_string(w.service_id) + " descrambled.");
}

void host_control::refuse(const wish& w, tune_status status, const std::string& why) {
    say(w.slot, severity::info,
        "the module wants service " + std::to_string(w.service_id) + ", which is not done: " + why +
            ".");
    if (w.reply_wanted)
        hooks_.reply(w.slot, w.session_nb, status);
}

void host_control::tick(time_point now) {
    now_ = now;
    if (const auto count = sayings_.left_out(now); count > 0)
        hooks_.log({severity::info, "cam",
                    "Modules asked " + std::to_string(count) +
                        " more times for Host Control in the last minute."});
    wishes_.left_out(now);
    if (!lead_ || arrived_)
        return;
    if (is_here(*lead_))
        return arrive();
    const bool other = tables_.transport_stream_id().has_value();
    lead_->multiplex_seen = lead_->multiplex_seen || other;
    if (other || now >= lead_->due)
        next_place(now);
}

void host_control::restore() {
    if (lead_ && arrived_)
        hooks_.unwant(lead_->service_id);
    lead_.reset();
    arrived_ = false;
    if (!std::exchange(away_, false))
        return;
    auto back = std::exchange(before_, std::nullopt);
    if (hooks_.look().held.empty())
        hooks_.go_to(std::move(back));
}

void host_control::overruled() {
    away_ = false;
    before_.reset();
    if (!lead_)
        return;
    const auto w = *lead_;
    const bool arrived = arrived_;
    restore();
    if (w.reply_wanted && !arrived)
        hooks_.reply(w.slot, w.session_nb, tune_status::busy);
    say(w.slot, severity::info, "the receiver is needed elsewhere: the module is asked for it.");
    hooks_.ask_release(w.slot);
}

void host_control::replace(unsigned slot, const en50221::host_control_replace& what) {
    const auto text = "PID " + std::to_string(what.replaced_pid) + " replaced by PID " +
                      std::to_string(what.replacement_pid);
    const auto refused = [&](const char* why) {
        say(slot, severity::warning,
            "the module wants " + text + ", which is not done: " + why + ".");
    };
    if (!may_be_replaced(what.replaced_pid) || !may_be_replaced(what.replacement_pid))
        return refused("tables are not replaced");
    if (what.replaced_pid == what.replacement_pid)
        return refused("they are the same");
    if (replacements_.size() >= most_replacements)
        return refused("there are too many of them");
    replacements_.push_back({.slot = slot,
                             .session_nb = what.session_nb,
                             .reference = what.reference,
                             .pids = {what.replaced_pid, what.replacement_pid}});
    say(slot, severity::info, "the module has " + text + ".");
    changed();
}

void host_control::clear(unsigned slot, std::uint16_t session_nb,
                         std::optional<std::uint8_t> reference) {
    erase_replacements([&](const replacement& r) {
        return r.slot == slot && r.session_nb == session_nb &&
               (!reference || r.reference == reference);
    });
}

void host_control::session_over(unsigned slot, std::uint16_t session_nb) {
    clear(slot, session_nb, std::nullopt);
    if (lead_ && lead_->slot == slot && lead_->session_nb == session_nb)
        restore();
}

void host_control::module_lost(unsigned slot) {
    erase_replacements([&](const replacement& r) { return r.slot == slot; });
    if (lead_ && lead_->slot == slot)
        restore();
}

void host_control::multiplex_left() {
    erase_replacements([](const replacement&) { return true; });
}

void host_control::erase_replacements(const std::function<bool(const replacement&)>& which) {
    if (std::erase_if(replacements_, which) > 0)
        changed();
}

/// Only told: a module can change its mind a thousand times in one SPDU.
void host_control::changed() {
    if (!std::exchange(change_told_, true))
        hooks_.replacements_changed();
}

/// Of several for one PID the latest counts.
std::vector<pid_replacement> host_control::replacements() {
    change_told_ = false;
    std::vector<pid_replacement> all;
    for (const auto& r : replacements_) {
        std::erase_if(all, [&](const auto& known) { return known.replaced == r.pids.replaced; });
        all.push_back(r.pids);
    }
    return all;
}

std::optional<unsigned> host_control::leader() const {
    return lead_ ? std::optional{lead_->slot} : std::nullopt;
}

std::optional<std::uint16_t> host_control::service() const {
    return lead_ && arrived_ ? std::optional{lead_->service_id} : std::nullopt;
}

} // namespace cihost::runtime
