// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/viewer_streams.hpp"

#include "daemon/service_lookup.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace cihost::daemon {

using runtime::severity;

viewer_streams::viewer_streams(receiver_set& receivers, service_finder& finder,
                               runtime::log_function log, duration linger)
    : receivers_{receivers}
    , finder_{finder}
    , log_{std::move(log)}
    , linger_{linger} {}

receiver_set::member* viewer_streams::member(const std::string& name) {
    for (auto* const m : receivers_.named_or_all(std::nullopt))
        if (m->name == name)
            return m;
    return nullptr;
}

viewer_streams::stream* viewer_streams::running(const service_ref& service,
                                                const std::optional<std::string>& receiver) const {
    const auto* const number = std::get_if<std::uint16_t>(&service);
    for (const auto& s : streams_) {
        const bool meant = number != nullptr
                               ? s->program_number == *number
                               : same_but_for_case(s->name, std::get<std::string>(service));
        if (meant && (!receiver || s->receiver == *receiver))
            return s.get();
    }
    return nullptr;
}

void viewer_streams::open(const service_ref& service, const std::shared_ptr<viewer_queue>& viewer,
                          const std::optional<std::string>& receiver) {
    auto* s = running(service, receiver);
    if (s == nullptr)
        s = &start(finder_.find(service, receiver, true));
    s->hub->add(viewer);
    s->empty_since = never;
    note(*s);
}

viewer_streams::stream& viewer_streams::start(const receiver_set::location& where) {
    for (const auto& s : streams_)
        if (s->receiver == where.where->name && s->program_number == where.program_number)
            return *s;
    auto s = std::make_unique<stream>();
    s->receiver = where.where->name;
    s->program_number = where.program_number;
    s->name = where.service_name;
    s->where = where.where->port->report().tuning;
    // the hub is the pump's, too, for as long as that pushes
    s->id = where.where->port->start_stream(
        where.program_number,
        [hub = s->hub](const viewer_queue::block& block) { hub->push(block); });
    say(severity::info, "Service " + std::to_string(s->program_number) + " is streamed.");
    streams_.push_back(std::move(s));
    return *streams_.back();
}

void viewer_streams::close(const std::shared_ptr<viewer_queue>& viewer) {
    for (const auto& s : streams_)
        if (s->hub->remove(viewer)) {
            if (s->hub->viewers() == 0)
                s->empty_since = std::chrono::steady_clock::now();
            note(*s);
        }
}

void viewer_streams::note(const stream& s) {
    if (auto* const m = member(s.receiver))
        receiver_set::note_viewers(*m, s.program_number, s.hub->viewers());
}

void viewer_streams::stop(stream& s, const std::string& why) {
    s.hub->end(why);
    if (auto* const m = member(s.receiver)) {
        m->port->stop_stream(s.id);
        receiver_set::note_viewers(*m, s.program_number, 0);
    }
    say(severity::info,
        "Service " + std::to_string(s.program_number) + " is streamed no more: " + why + ".");
}

void viewer_streams::look(time_point now) {
    std::erase_if(streams_, [&](const std::unique_ptr<stream>& s) {
        if (s->empty_since != never && now - s->empty_since >= linger_) {
            stop(*s, "nobody watches it");
            return true;
        }
        const auto* const m = member(s->receiver);
        const auto where = m != nullptr ? m->port->report().tuning : std::nullopt;
        const bool moved =
            m == nullptr || (s->where && (!where || !device::same_multiplex(*s->where, *where)));
        if (moved)
            stop(*s, "its receiver was needed for what goes first, a recording");
        return moved;
    });
}

void viewer_streams::end_all() {
    for (const auto& s : streams_)
        stop(*s, "cihostd stops");
    streams_.clear();
}

bool viewer_streams::knows(const service_ref& service,
                           const std::optional<std::string>& receiver) const {
    const auto* const number = std::get_if<std::uint16_t>(&service);
    if (running(service, receiver) != nullptr)
        return true;
    for (const auto* const m : receivers_.named_or_all(receiver))
        if (!find_services(m->port->report().services, service).empty()) {
            if (finder_.listed(service).empty()) // else the list may tell which
                receivers_.find(service, receiver);
            return true;
        }
    return std::ranges::any_of(finder_.channels(), [&](const device::channel& c) {
        return number != nullptr ? c.program_number == *number
                                 : same_but_for_case(c.name, std::get<std::string>(service));
    });
}

/// One for each multiplex that has it, which its receiver tells apart.
std::vector<viewable_service> viewer_streams::on_air() const {
    struct found {
        viewable_service what;
        std::string receiver;
        std::optional<device::tuning> where;
    };
    std::vector<found> all;
    for (const auto& m : receivers_.members()) {
        const auto report = m.port->report();
        for (const auto& s : report.services) {
            if (!s.in_multiplex)
                continue;
            std::vector<found*> alike;
            for (auto& known : all)
                if (known.what.program_number == s.program_number && known.what.name == s.name)
                    alike.push_back(&known);
            const bool another = std::ranges::all_of(alike, [&](const found* known) {
                return known->receiver != m.name && known->where && report.tuning &&
                       !device::same_multiplex(*known->where, *report.tuning);
            });
            if (!another)
                continue;
            for (auto* const known : alike)
                known->what.receiver = known->receiver;
            all.push_back({{std::to_string(s.program_number), s.program_number, s.name,
                            alike.empty() ? std::string{} : m.name},
                           m.name,
                           report.tuning});
        }
    }
    std::vector<viewable_service> services;
    for (auto& one : all)
        services.push_back(std::move(one.what));
    return services;
}

std::vector<viewable_service> viewer_streams::services() const {
    auto all = on_air();
    for (const auto& c : finder_.channels())
        if (c.program_number != 0 && std::ranges::none_of(all, [&](const viewable_service& s) {
                return s.program_number == c.program_number && s.name == c.name;
            }))
            all.push_back({std::to_string(c.program_number), c.program_number, c.name, {}});
    for (auto& s : all)
        if (s.receiver.empty() && !s.name.empty() &&
            std::ranges::count(all, s.program_number, &viewable_service::program_number) > 1)
            s.reference = s.name;
    return all;
}

void viewer_streams::say(severity level, std::string message) const {
    log_({level, "stream", std::move(message)});
}

} // namespace cihost::daemon
