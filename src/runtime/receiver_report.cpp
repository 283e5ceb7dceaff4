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

const service_figures* receiver::impl::figures_of(std::uint16_t program_number) const {
    const auto& all = stream_.figures.services;
    const auto it = std::ranges::find(all, program_number, &service_figures::program_number);
    return it == all.end() ? nullptr : &*it;
}

service_facts receiver::impl::facts_of(std::uint16_t program_number, time_point now) const {
    service_facts facts;
    facts.now = now;
    facts.program_number = program_number;
    facts.device_problem = device_problem();
    facts.idle = !tuning_;
    facts.locked = tuner_.signal.locked;
    facts.pat_known = tables_.transport_stream_id().has_value();
    if (const auto* const service = tables_.find(program_number)) {
        facts.in_multiplex = true;
        facts.pmt_known = service->pmt.has_value();
        if (service->pmt)
            facts.ca_system_ids = ca_systems(*service->pmt);
    }
    for (const auto& [number, service] : tables_.services())
        facts.others.push_back(service.name.empty()
                                   ? std::to_string(number)
                                   : service.name + " (" + std::to_string(number) + ")");
    const auto record = records_.find(program_number);
    facts.wanted = record != records_.end();
    facts.watched = settings_.whole_multiplex || facts.wanted;
    if (const auto* const figures = figures_of(program_number); figures && facts.watched) {
        facts.packets_seen = figures->seen;
        facts.scrambled_now = figures->scrambled_now;
        facts.ecms = figures->ecms;
    }
    if (!devices_.open_ca)
        facts.ca_device_problem = "this receiver has no CA device.";
    else if (!ca_.open() && ca_.error())
        facts.ca_device_problem =
            !ca_.problem().empty() ? ca_.problem() : ca_.error().message() + ".";
    if (ca_.open())
        for (const auto& c : ca_.cams()) {
            const auto report = c->report();
            facts.modules.push_back(
                {.state = c->host().state(),
                 .name = report.application ? report.application->menu_string : std::string{},
                 .ca_system_ids = c->plan().ca_system_ids(),
                 .status = c->plan().status(program_number),
                 .too_large = c->host().too_large(program_number),
                 .problem = c->problem(),
                 .menu = waiting_menu(c->host().menu())});
        }
    return facts;
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
    auto state = explain(facts);
    r.state = std::move(state.word);
    r.reason = std::move(state.sentence);
    if (const auto* const service = tables_.find(program_number)) {
        r.name = service->name;
        r.provider = service->provider;
        r.present_event = service->present_event;
        r.pmt_complete_at = seconds(service->pmt_at);
    }
    const auto record = records_.find(program_number);
    if (!r.wanted)
        return r;
    r.wanted_at = seconds(record->second.wanted_at);
    r.ca_pmt_at = seconds(record->second.ca_pmt_at);
    r.ca_pmt_handed_at = seconds(record->second.ca_pmt_handed_at);
    r.ca_pmts_sent = record->second.ca_pmts_sent;
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
    r.overflows = stream_.overflows;
    r.ca_interface = ca_.interface();
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
