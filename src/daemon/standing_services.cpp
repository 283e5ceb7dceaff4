// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/standing_services.hpp"

#include "base/suggestion.hpp"
#include "daemon/service_lookup.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace cihost::daemon {
namespace {

std::string why_missing(const runtime::receiver_report& report, const service_ref& service) {
    std::vector<std::string> words;
    std::vector<std::string> known;
    const auto* const name = std::get_if<std::string>(&service);
    for (const auto& s : report.services)
        if (s.in_multiplex) {
            const auto number = std::to_string(s.program_number);
            words.push_back(name != nullptr ? s.name : number);
            known.push_back(s.name.empty() ? number : number + " " + s.name);
        }
    const auto typed = name != nullptr ? *name : std::to_string(std::get<std::uint16_t>(service));
    auto sentence = "The configured service " + to_string(service) + " is not in this multiplex";
    if (const auto meant = suggestion(typed, words))
        sentence += "; did you mean '" + *meant + "'?";
    else
        sentence += ".";
    return sentence + (known.empty() ? " It is empty." : " It holds: " + join(known) + ".");
}

} // namespace

standing_services::standing_services(boost::asio::io_context& context, receiver_port& receiver,
                                     std::vector<service_ref> services, settings values)
    : receiver_{receiver}
    , open_{std::move(services)}
    , settings_{std::move(values)}
    , timer_{context, [this] { look(); }} {}

void standing_services::start() {
    for (const auto& service : open_)
        if (const auto* number = std::get_if<std::uint16_t>(&service))
            want(*number, service);
    look();
}

void standing_services::change(std::vector<service_ref> services) {
    const auto stays = [&](const service_ref& service) {
        return std::ranges::find(services, service) != services.end();
    };
    auto before = std::exchange(wanted_, {});
    for (const auto& [program, service] : before)
        if (stays(service))
            wanted_.emplace(program, service);
    const bool told = !missing_.empty();
    std::erase_if(missing_, [&](const missing_service& m) { return !stays(m.service); });
    open_ = std::move(services);
    start();
    for (const auto& [program, service] : before)
        if (!wanted_.contains(program))
            receiver_.unwant(program);
    if (told && settings_.missing)
        settings_.missing(missing_);
}

void standing_services::want(std::uint16_t program_number, const service_ref& service) {
    wanted_.insert_or_assign(program_number, service);
    receiver_.want(program_number);
}

void standing_services::look() {
    if (open_.empty())
        return;
    const auto now = std::chrono::steady_clock::now();
    const auto report = receiver_.report();
    std::erase_if(open_, [&](const service_ref& service) { return found(report, service); });
    if (std::erase_if(missing_,
                      [&](const missing_service& m) {
                          return std::ranges::find(open_, m.service) == open_.end();
                      }) > 0 &&
        settings_.missing)
        settings_.missing(missing_);
    if (report.state != "locked" || !report.transport_stream_id)
        locked_since_ = never;
    else if (locked_since_ == never)
        locked_since_ = now;
    if (locked_since_ != never && now - locked_since_ >= settings_.patience)
        tell(report);
    if (!open_.empty())
        timer_.set(now + settings_.period);
}

bool standing_services::found(const runtime::receiver_report& report, const service_ref& service) {
    bool there = false;
    for (const auto* s : find_services(report.services, service)) {
        there = there || s->in_multiplex;
        if (std::holds_alternative<std::string>(service))
            want(s->program_number, service);
    }
    return there;
}

void standing_services::tell(const runtime::receiver_report& report) {
    bool more = false;
    for (const auto& service : open_) {
        if (std::ranges::find(missing_, service, &missing_service::service) != missing_.end())
            continue;
        more = true;
        missing_.push_back({service, why_missing(report, service)});
        if (settings_.log)
            settings_.log({runtime::severity::warning, "policy", missing_.back().reason});
    }
    if (more && settings_.missing)
        settings_.missing(missing_);
}

} // namespace cihost::daemon
