// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/receiver_impl.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>

namespace cihost::runtime {
namespace {

std::optional<std::string> waiting_menu(const policy::module_menu& menu) {
    const auto& shown = menu.current();
    return shown && !shown->answered ? std::optional{shown->display.title} : std::nullopt;
}

/// A scan of an unlucky transponder takes this long; then no signal is the likelier explanation.
constexpr auto tuning_patience = std::chrono::seconds{5};
} // namespace

std::optional<double> receiver::impl::seconds(time_point when) const {
    if (when == never)
        return std::nullopt;
    return std::chrono::duration<double>(when - zero_).count();
}

std::string receiver::impl::device_problem() const {
    if (!tuning_)
        return {};
    if (tuner_.error && !tuner_.signal.locked)
        return tuner_.problem;
    if (!stream_.open && stream_.error)
        return stream_.problem;
    if (!tuner_.open || (receiving_ && !stream_.open))
        return "The devices in " + devices_.where + " are being opened.";
    return {};
}

std::string receiver::impl::multiplex_remark() const {
    if (!tuning_ || !tuner_.signal.locked)
        return {};
    return policy::remark_on_multiplex(tables_.transport_stream_id(), tuning_->transport_stream_id);
}

std::string receiver::impl::ca_problem() const {
    if (!devices_.open_ca)
        return "this receiver has no CA device.";
    if (!ca_.open() && ca_.error())
        return !ca_.problem().empty() ? ca_.problem() : ca_.error().message() + ".";
    if (ca_.open() && ca_.cams().empty())
        return "this receiver's CA device has no slot.";
    return {};
}

const service_figures* receiver::impl::figures_of(std::uint16_t program_number) const {
    const auto& all = stream_.figures.services;
    const auto it = std::ranges::find(all, program_number, &service_figures::program_number);
    return it == all.end() ? nullptr : &*it;
}

void receiver::impl::add_stream_facts(policy::service_facts& facts) const {
    const auto program_number = facts.program_number;
    const auto record = records_.find(program_number);
    // those from before the service was wanted (again) may still be under way
    const auto is_of_now = [&](const service_figures& figures) {
        return record == records_.end() || figures.wanted_at == record->second.wanted_at;
    };
    bool was_clear = false;
    if (const auto* const figures = figures_of(program_number);
        figures != nullptr && facts.watched && is_of_now(*figures)) {
        was_clear = figures->first_clear != never;
        facts.packets_seen = figures->seen;
        facts.scrambled_now = figures->scrambled_now;
        facts.ecms = figures->ecms;
    }
    facts.recent = recent_.counts(program_number);
    facts.clear_for = recent_.clear_for(program_number);
    facts.scrambled_again_for = recent_.scrambled_again_for(program_number);
    if (facts.scrambled_now && facts.clear_for) { // since the latest look, or an earlier wish
        facts.clear_for.reset();
        facts.scrambled_again_for = was_clear ? std::optional{duration{0}} : std::nullopt;
    }
    facts.ecm_silence = recent_.ecm_silence(program_number);
    const auto watched =
        std::ranges::find(watch_.services, program_number, &stream_watch::service::program_number);
    if (watched != watch_.services.end())
        facts.ecm_pids = {watched->ecm_pids.begin(), watched->ecm_pids.end()};
}

void receiver::impl::add_module_facts(policy::service_facts& facts) const {
    facts.ca_device_problem = ca_problem();
    const auto& decision = slots_.of(facts.program_number);
    facts.shortage = decision.shortage;
    facts.assignment = decision.reason;
    if (!ca_.open())
        return;
    for (const auto& c : ca_.cams()) {
        const auto report = c->report();
        facts.modules.push_back(
            {.state = c->host().state(),
             .name = report.application ? report.application->menu_string : std::string{},
             .ca_system_ids = c->plan().ca_system_ids(),
             .status = c->plan().status(facts.program_number),
             .too_large = c->host().too_large(facts.program_number),
             .problem = c->problem(),
             .menu = waiting_menu(c->host().menu()),
             .slot = report.slot,
             .takes_all = report.takes_all,
             .max_services = report.max_services,
             .max_streams = report.max_streams,
             .restarts = report.restarts,
             .recovering = c->host().recovering()});
        if (const auto* const done = c->host().recovery(facts.program_number))
            facts.modules.back().recovery = *done;
    }
}

policy::service_facts receiver::impl::facts_of(std::uint16_t program_number, time_point now) const {
    policy::service_facts facts;
    facts.now = now;
    facts.program_number = program_number;
    facts.receiver = settings_.name;
    facts.device_problem = device_problem();
    facts.idle = !tuning_;
    if (tuning_) {
        facts.multiplex = device::describe(*tuning_);
        facts.expected_transport_stream_id = tuning_->transport_stream_id;
    }
    facts.locked = tuner_.signal.locked;
    if (!facts.locked)
        facts.unlocked_for = now - unlocked_since_;
    facts.signal = device::describe(tuner_.signal);
    facts.transport_stream_id = tables_.transport_stream_id();
    if (const auto* const service = tables_.find(program_number)) {
        facts.in_multiplex = true;
        facts.name = service->name;
        facts.pmt_known = service->pmt.has_value();
        if (service->pmt)
            facts.ca_system_ids = ca_systems(*service->pmt);
    }
    for (const auto& [number, service] : tables_.services())
        facts.others.push_back(service.name.empty()
                                   ? std::to_string(number)
                                   : service.name + " (" + std::to_string(number) + ")");
    facts.wanted = records_.contains(program_number);
    facts.watched = settings_.whole_multiplex || facts.wanted;
    add_stream_facts(facts);
    add_module_facts(facts);
    return facts;
}

service_verdict receiver::impl::why(std::uint16_t program_number) const {
    const auto facts = facts_of(program_number, std::chrono::steady_clock::now());
    service_verdict verdict{.found = policy::diagnose(facts)};
    // of one that is not there it is the cause
    if (const auto remark = multiplex_remark(); !remark.empty() && facts.in_multiplex)
        verdict.found.sentence += " " + remark;
    verdict.remedy = policy::remedy_for(verdict.found.cause, facts);
    verdict.evidence = policy::evidence_of(facts);
    return verdict;
}

/// Of the module that got furthest; most services are one module's.
std::optional<recovery_report> receiver::impl::report_recovery(std::uint16_t program_number) const {
    const policy::recovery_status* best = nullptr;
    for (const auto& c : ca_.cams())
        if (const auto* const done = c->host().recovery(program_number);
            done != nullptr && (best == nullptr || (done->latest && !best->latest)))
            best = done;
    if (best == nullptr)
        return std::nullopt;
    recovery_report r{.state = name(best->state), .waits_for = name(best->hold)};
    if (best->menu_helped)
        r.helped = "menu";
    else if (best->helped)
        r.helped = name(*best->helped);
    for (const auto step : policy::recovery_steps)
        if (const auto& made = best->steps[index(step)]; made.times > 0)
            r.steps.push_back({name(step), made.times, seconds(made.latest).value_or(0),
                               std::chrono::duration<double>(made.scrambled_for).count()});
    return r;
}

service_report receiver::impl::report_service(std::uint16_t program_number, time_point now) const {
    const auto facts = facts_of(program_number, now);
    service_report r;
    r.program_number = program_number;
    r.wanted = facts.wanted;
    r.in_multiplex = facts.in_multiplex;
    r.ca_signalled = !facts.ca_system_ids.empty();
    r.ca_system_ids = facts.ca_system_ids;
    if (facts.packets_seen)
        r.scrambled_now = facts.scrambled_now;
    auto found = policy::diagnose(facts);
    r.state =
        policy::name(policy::is_clear(found.cause) ? policy::service_cause::clear : found.cause);
    r.reason = std::move(found.sentence);
    if (const auto* const service = tables_.find(program_number)) {
        r.name = service->name;
        r.provider = service->provider;
        if (service->pmt)
            r.streams = streams_asked_for(*service->pmt);
        r.present_event = service->present_event;
        r.pmt_complete_at = seconds(service->pmt_at);
    }
    const auto record = records_.find(program_number);
    if (!r.wanted)
        return r;
    const auto& decision = slots_.of(program_number);
    if (decision.shortage == policy::assignment_shortage::none)
        r.slot = decision.slot;
    r.assignment = decision.reason;
    r.wanted_at = seconds(record->second.wanted_at);
    r.ca_pmt_at = seconds(record->second.ca_pmt_at);
    r.ca_pmt_handed_at = seconds(record->second.ca_pmt_handed_at);
    r.ca_pmts_sent = record->second.ca_pmts_sent;
    r.recovery = report_recovery(program_number);
    const auto* const figures = figures_of(program_number);
    // figures from before the service was wanted (again) may still be under way
    if (figures == nullptr || figures->wanted_at != record->second.wanted_at)
        return r;
    r.first_clear_at = seconds(figures->first_clear);
    if (r.first_clear_at) {
        r.time_to_clear = *r.first_clear_at - *r.wanted_at;
        if (r.ca_pmt_at)
            r.ca_pmt_to_clear = *r.first_clear_at - *r.ca_pmt_at;
    }
    r.ecms = figures->ecms;
    r.crypto_periods = figures->crypto_periods;
    r.scrambled_before_clear = figures->scrambled_before_clear;
    r.scrambled_after_clear = figures->scrambled_after_clear;
    r.clear_packets = figures->clear;
    r.continuity_errors = figures->continuity_errors;
    return r;
}

void receiver::impl::report_signal(receiver_report& r) const {
    r.signal = tuner_.signal;
    r.reason = device_problem();
    if (!tuning_) {
        r.state = "idle";
        r.reason = "The receiver is not tuned to anything; others may use its tuner.";
        return;
    }
    const auto where = device::describe(*tuning_);
    if (!r.reason.empty()) {
        r.state = "absent";
    } else if (tuner_.signal.locked) {
        r.state = "locked";
        r.reason = "The tuner receives the multiplex at " + where + ".";
        if (const auto remark = multiplex_remark(); !remark.empty())
            r.reason += " " + remark;
    } else if (std::chrono::steady_clock::now() - unlocked_since_ < tuning_patience) {
        r.state = "tuning";
        r.reason = "The tuner looks for the multiplex at " + where + ".";
    } else {
        r.state = "no lock";
        r.reason = "The tuner finds no multiplex at " + where + ".";
    }
}

receiver_report receiver::impl::report() const {
    receiver_report r;
    r.name = settings_.name;
    r.tuning = tuning_;
    report_signal(r);
    r.transport_stream_id = tables_.transport_stream_id();
    r.packets = stream_.figures.packets;
    r.continuity_errors = stream_.figures.continuity_errors;
    r.transport_errors = stream_.figures.transport_errors;
    r.emm_sections = stream_.figures.emm_sections;
    r.stale_scrambling_bits = stream_.figures.stale_scrambling_bits;
    r.overflows = stream_.overflows;
    r.ca_interface = ca_.interface();
    r.ca_problem = ca_problem();
    for (const auto& c : ca_.cams())
        r.cams.push_back(c->report());
    std::set<std::uint16_t> programs;
    for (const auto& [program, service] : tables_.services())
        programs.insert(program);
    for (const auto& [program, record] : records_)
        programs.insert(program);
    const auto now = std::chrono::steady_clock::now();
    for (const auto program : programs)
        r.services.push_back(report_service(program, now));
    r.trace = trace_.report();
    r.led_by_slot = host_control_.leader();
    return r;
}

} // namespace cihost::runtime
