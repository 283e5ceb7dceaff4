// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/receiver_set.hpp"

#include "base/suggestion.hpp"
#include "daemon/ambiguous_service.hpp"
#include "daemon/service_lookup.hpp"
#include "device/tuning.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace cihost::daemon {

namespace fs = std::filesystem;

/// For an error code of a receiver about a file.
rpc_error file_error(const std::string& verb, const fs::path& file, const error_code& failed) {
    if (failed == boost::system::errc::file_exists)
        return {rpc_code::conflict,
                file.string() + " exists already; cihostd never writes over a file."};
    const bool full = failed == boost::system::errc::no_space_on_device || failed.value() == EDQUOT;
    return {rpc_code::failed,
            "cihostd cannot " + verb + " " + file.string() + ": " + failed.message() + "." +
                (full ? " Make room there, or name a file on another disk." : "")};
}

bool receiver_set::same_multiplex(const member& a, const member& b) {
    const auto here = a.port->report().tuning;
    const auto there = b.port->report().tuning;
    return here && there && device::same_multiplex(*here, *there);
}

bool is_finished(const runtime::recording_report& r) {
    return r.state == "stopped" || r.state == "failed";
}

void receiver_set::add(std::string name, std::unique_ptr<receiver_port> port, bool fixed,
                       std::vector<device::delivery_system> systems,
                       std::optional<device::linux_nodes> nodes, bool present) {
    members_.push_back({.name = std::move(name),
                        .port = std::move(port),
                        .fixed = fixed,
                        .systems = std::move(systems),
                        .nodes = std::move(nodes),
                        .present = present});
}

std::vector<receiver_set::member*>
receiver_set::named_or_all(const std::optional<std::string>& name) {
    if (name)
        return {&named(*name)};
    std::vector<member*> all;
    for (auto& m : members_)
        all.push_back(&m);
    return all;
}

receiver_set::member& receiver_set::named(const std::string& name) {
    std::vector<std::string> names;
    for (auto& m : members_) {
        if (m.name == name)
            return m;
        names.push_back(m.name);
    }
    std::string message = "There is no receiver '" + name + "'";
    if (const auto meant = suggestion(name, names))
        message += "; did you mean '" + *meant + "'?";
    else
        message += ".";
    throw rpc_error{rpc_code::not_found, message + " Receivers: " + join(names)};
}

receiver_set::member& receiver_set::only_or_named(const std::optional<std::string>& name) {
    if (name)
        return named(*name);
    if (members_.size() == 1)
        return members_.front();
    if (members_.empty())
        throw rpc_error{rpc_code::not_found,
                        "There is no receiver at all: no adapter was found that makes one."};
    std::vector<std::string> names;
    for (const auto& m : members_)
        names.push_back(m.name);
    throw rpc_error{rpc_code::invalid_params,
                    "There are several receivers; name one with --receiver, or with 'receiver' in "
                    "a request. Allowed: " +
                        join(names)};
}

receiver_set::location receiver_set::find(const service_ref& service,
                                          const std::optional<std::string>& receiver) {
    std::vector<location> found;
    /// What a receiver that is unplugged received before.
    std::vector<location> remembered;
    std::vector<std::string> known;
    member* unsure = nullptr;
    std::size_t asked = 0;
    for (auto& m : members_) {
        if (m.retired || (receiver && &m != &named(*receiver)))
            continue;
        ++asked;
        const auto report = m.port->report();
        const auto& services = report.services;
        const bool absent = !m.present || report.state == "absent";
        // what is only wanted says nothing of the multiplex
        if (std::ranges::none_of(services, &runtime::service_report::in_multiplex))
            unsure = &m;
        for (const auto* s : find_services(services, service))
            (absent ? remembered : found).push_back({&m, s->program_number, s->name});
        for (const auto& s : services)
            known.push_back(std::to_string(s.program_number) + " " + s.name);
    }
    if (found.empty())
        found = std::move(remembered);
    // several receivers of one multiplex have the same service
    if (!found.empty() && std::ranges::all_of(found, [&](const location& f) {
            return f.program_number == found.front().program_number &&
                   (f.where == found.front().where ||
                    same_multiplex(*f.where, *found.front().where));
        }))
        return found.front();
    if (found.size() > 1) {
        std::vector<std::string> places;
        std::vector<ambiguous_service::choice> choices;
        for (const auto& f : found) {
            places.push_back(std::to_string(f.program_number) + " on " + f.where->name);
            choices.push_back({f.program_number, f.where->name});
        }
        throw ambiguous_service{"The service " + to_string(service) +
                                    " is there more than once: " + join(places) +
                                    ". Say the number, and the receiver with --receiver, or with "
                                    "'receiver' in a request.",
                                std::move(choices)};
    }
    if (const auto* number = std::get_if<std::uint16_t>(&service);
        number != nullptr && unsure != nullptr && asked == 1)
        return {unsure, *number, {}};
    std::string message = "There is no service " + to_string(service) + ".";
    if (known.empty())
        message += " No receiver knows its services yet; see 'status' for the reason.";
    else
        message += " Services: " + join(distinct(std::move(known)));
    throw rpc_error{rpc_code::not_found, message};
}

receiver_set::member* receiver_set::member_recording(std::uint64_t id) {
    for (auto& m : members_)
        if (const auto all = m.port->recordings();
            std::ranges::find(all, id, &runtime::recording_report::id) != all.end())
            return &m;
    return nullptr;
}

set_recording receiver_set::start_recording(const location& what, const fs::path& file,
                                            recording_options options) {
    const auto id =
        what.where->port->start_recording({what.program_number, file, options.any_name,
                                           options.beside, options.id ? *options.id : reserve_id()},
                                          std::move(options.created));
    if (!id && id.error() == boost::system::errc::too_many_files_open)
        throw rpc_error{rpc_code::limit, "Receiver '" + what.where->name +
                                             "' runs as many recordings as it may; stop one "
                                             "first."};
    if (!id)
        throw file_error("record to", file, id.error());
    set_recording started{what.where->name, {}};
    started.report.id = *id;
    started.report.program_number = what.program_number;
    started.report.file = file.string();
    return started;
}

void receiver_set::stop_recording(std::uint64_t id, recording_done done) {
    const rpc_error unknown{rpc_code::not_found,
                            "There is no recording " + std::to_string(id) + " that runs."};
    const auto* const where = member_recording(id);
    if (where == nullptr)
        throw unknown;
    const auto failed = where->port->stop_recording(
        id, [name = where->name, done = std::move(done)](runtime::recording_report report) {
            done({name, std::move(report)});
        });
    if (failed)
        throw unknown;
}

std::vector<set_recording> receiver_set::recordings() {
    std::vector<set_recording> all;
    for (const auto& m : members_)
        for (auto& report : m.port->recordings())
            all.push_back({m.name, std::move(report)});
    return all;
}

std::vector<std::string> receiver_set::remove_retired() {
    std::vector<std::string> names;
    std::erase_if(members_, [&](const member& m) {
        if (!m.retired || !m.viewers.empty() ||
            !std::ranges::all_of(m.port->recordings(), is_finished))
            return false;
        names.push_back(m.name);
        return true;
    });
    return names;
}

void receiver_set::give_up_disk() {
    for (const auto& m : members_)
        m.port->give_up_disk();
}

void receiver_set::start_trace(const std::optional<std::string>& receiver, const fs::path& file,
                               bool from_start, trace_started done) {
    auto& where = only_or_named(receiver);
    const auto failed = where.port->start_trace(
        file, from_start,
        [name = where.name, file, done = std::move(done)](const std::string& why) {
            done({name, file, 0}, why);
        });
    if (!failed)
        return;
    if (failed != boost::system::errc::device_or_resource_busy)
        throw file_error("trace to", file, failed);
    const auto running = where.port->report().trace;
    throw rpc_error{rpc_code::conflict, "A trace of receiver '" + where.name + "' runs already" +
                                            (running ? ", to " + running->file : std::string{}) +
                                            "; stop it first."};
}

void receiver_set::stop_trace(const std::optional<std::string>& receiver, trace_done done) {
    auto& where = only_or_named(receiver);
    const auto trace = where.port->report().trace;
    const auto failed = where.port->stop_trace([name = where.name,
                                                file = trace ? fs::path{trace->file} : fs::path{},
                                                done = std::move(done)](std::uint64_t bytes) {
        done({name, file, bytes});
    });
    if (!failed)
        return;
    throw rpc_error{rpc_code::not_found,
                    "No trace of receiver '" + where.name + "' runs." +
                        (trace && !trace->reason.empty() ? " " + trace->reason : std::string{})};
}

} // namespace cihost::daemon
