// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/receiver_set.hpp"

#include "base/suggestion.hpp"
#include "daemon/service_lookup.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;

/// For an error code of a receiver about a file.
rpc_error file_error(const std::string& verb, const fs::path& file, const error_code& failed) {
    if (failed == boost::system::errc::file_exists)
        return {rpc_code::conflict,
                file.string() + " exists already; cihostd never writes over a file."};
    return {rpc_code::failed,
            "cihostd cannot " + verb + " " + file.string() + ": " + failed.message() + "."};
}

} // namespace

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
                    "'receiver' is missing: there are several. Allowed: " + join(names)};
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
        if (receiver && &m != &named(*receiver))
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
    if (found.size() == 1)
        return found.front();
    if (found.size() > 1) {
        std::vector<std::string> places;
        for (const auto& f : found)
            places.push_back(std::to_string(f.program_number) + " on " + f.where->name);
        throw rpc_error{rpc_code::not_found, "The service " + to_string(service) +
                                                 " is there more than once: " + join(places) +
                                                 ". Say the number, and 'receiver'."};
    }
    if (const auto* number = std::get_if<std::uint16_t>(&service);
        number != nullptr && unsure != nullptr && asked == 1)
        return {unsure, *number, {}};
    std::string message = "There is no service " + to_string(service) + ".";
    if (known.empty())
        message += " No receiver knows its services yet; see 'status' for the reason.";
    else
        message += " Services: " + join(known);
    throw rpc_error{rpc_code::not_found, message};
}

std::uint64_t receiver_set::public_id(member& where, std::uint64_t id) {
    auto& number = where.numbers[id];
    if (number == 0)
        number = ++last_id_;
    return number;
}

/// Its member and the number that it has there.
std::pair<receiver_set::member*, std::uint64_t> receiver_set::recording_of(std::uint64_t id) {
    for (auto& m : members_)
        for (const auto& [own, number] : m.numbers)
            if (number == id)
                return {&m, own};
    return {nullptr, 0};
}

set_recording receiver_set::start_recording(const location& what, const fs::path& file) {
    const auto id = what.where->port->start_recording(what.program_number, file);
    if (!id && id.error() == boost::system::errc::too_many_files_open)
        throw rpc_error{rpc_code::limit, "Receiver '" + what.where->name +
                                             "' runs as many recordings as it may; stop one "
                                             "first."};
    if (!id)
        throw file_error("record to", file, id.error());
    set_recording started{what.where->name, {}};
    started.report.id = public_id(*what.where, *id);
    started.report.program_number = what.program_number;
    started.report.file = file.string();
    return started;
}

void receiver_set::stop_recording(std::uint64_t id, recording_done done) {
    const rpc_error unknown{rpc_code::not_found,
                            "There is no recording " + std::to_string(id) + " that runs."};
    const auto [where, own] = recording_of(id);
    if (where == nullptr)
        throw unknown;
    const auto failed = where->port->stop_recording(
        own, [name = where->name, id, done = std::move(done)](runtime::recording_report report) {
            report.id = id;
            done({name, std::move(report)});
        });
    if (failed)
        throw unknown;
}

std::vector<set_recording> receiver_set::recordings() {
    std::vector<set_recording> all;
    for (auto& m : members_) {
        std::map<std::uint64_t, std::uint64_t> listed; // a receiver forgets those long ended
        for (auto& report : m.port->recordings()) {
            const auto own = report.id;
            report.id = listed[own] = public_id(m, own);
            all.push_back({m.name, std::move(report)});
        }
        m.numbers = std::move(listed);
    }
    return all;
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
