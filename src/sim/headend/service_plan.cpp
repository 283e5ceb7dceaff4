// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/service_plan.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace cihost::sim {
namespace {

/// Most multiplexes keep their PIDs below.
constexpr ts::pid_t first_free_pid = 0x1E00;
/// ISO/IEC 13818-1 table 2-3: 0000-000F and what DVB reserves above.
constexpr ts::pid_t lowest_pid = 0x0020;

bool is_audio_or_video(const ts::pmt::stream& stream) {
    const auto kind = ts::kind_of(stream);
    return kind == ts::stream_kind::audio || kind == ts::stream_kind::video;
}

void drop_ca_descriptors(ts::descriptor_list& loop) {
    std::erase_if(loop, [](const auto& d) { return d.tag == ts::ca_descriptor::tag; });
}

/// "service 12 (Arte)"
std::string name_of(const broadcast_service& service) {
    return "service " + std::to_string(service.program_number) + " (" + service.name + ")";
}

bool scrambled_in_file(const ts::pmt& pmt, const ts::pid_filter& scrambled) {
    return std::any_of(pmt.streams.begin(), pmt.streams.end(), [&](const auto& stream) {
        return scrambled.contains(stream.elementary_pid);
    });
}

bool share_streams(const ts::pmt& a, const ts::pmt& b) {
    for (const auto& one : a.streams) {
        for (const auto& another : b.streams) {
            if (one.elementary_pid == another.elementary_pid && ts::carries_pes(one.stream_type))
                return true;
        }
    }
    return false;
}

void list_services(const file_tables& tables, service_plan& plan) {
    for (const auto& service : tables.services) {
        broadcast_service shown;
        shown.program_number = service.program_number;
        shown.name = service.name.empty() ? "Service " + std::to_string(service.program_number)
                                          : service.name;
        shown.pmt_pid = service.pmt_pid;
        if (!service.has_pmt) {
            plan.remarks.push_back(name_of(shown) + " is left out: it has no PMT in the file");
            continue;
        }
        if (scrambled_in_file(service.pmt, tables.scrambled)) {
            plan.remarks.push_back(name_of(shown) + " is left out: it is scrambled in the file");
            continue;
        }
        for (const auto& stream : service.pmt.streams)
            shown.elementary_pids.push_back(stream.elementary_pid);
        if (service.pmt_changes)
            plan.remarks.push_back(name_of(shown) +
                                   " has several PMTs in the file: the first one counts");
        auto& planned = plan.services.emplace_back();
        planned.shown = std::move(shown);
        planned.pmt = service.pmt;
    }
}

/// Marks shown.scrambled by the settings' choice and by what shares streams with it.
void choose(const headend_settings& settings, service_plan& plan) {
    for (const auto number : settings.services) {
        if (std::none_of(plan.services.begin(), plan.services.end(),
                         [&](const auto& s) { return s.shown.program_number == number; }))
            plan.remarks.push_back("service " + std::to_string(number) +
                                   " was asked for, but the file has no such clear service");
    }
    for (auto& service : plan.services) {
        const auto& streams = service.pmt.streams;
        const bool asked = std::find(settings.services.begin(), settings.services.end(),
                                     service.shown.program_number) != settings.services.end();
        if (settings.services.empty()) {
            service.shown.scrambled =
                std::any_of(streams.begin(), streams.end(), is_audio_or_video);
        } else if (asked) {
            service.shown.scrambled =
                std::any_of(streams.begin(), streams.end(),
                            [](const auto& s) { return ts::carries_pes(s.stream_type); });
            if (!service.shown.scrambled)
                plan.remarks.push_back(name_of(service.shown) +
                                       " stays clear: it has nothing to scramble");
        }
    }
}

/// Puts services that share streams into one group, numbered in the order of the services.
void make_groups(service_plan& plan) {
    const auto count = plan.services.size();
    std::vector<std::size_t> root(count);
    std::iota(root.begin(), root.end(), std::size_t{0});
    for (std::size_t a = 0; a < count; ++a) {
        for (std::size_t b = a + 1; b < count; ++b) {
            if (!share_streams(plan.services[a].pmt, plan.services[b].pmt))
                continue;
            const auto from = root[b];
            std::replace(root.begin(), root.end(), from, root[a]);
        }
    }
    std::vector<std::optional<std::size_t>> group_of(count);
    for (std::size_t i = 0; i < count; ++i) {
        if (plan.services[i].shown.scrambled && !group_of[root[i]]) {
            group_of[root[i]] = plan.groups.size();
            plan.groups.emplace_back();
        }
    }
    for (std::size_t i = 0; i < count; ++i) {
        auto& service = plan.services[i];
        service.group = group_of[root[i]];
        if (!service.group)
            continue;
        if (!service.shown.scrambled)
            plan.remarks.push_back(name_of(service.shown) +
                                   " is scrambled too: it shares streams with a chosen service");
        service.shown.scrambled = true;
        drop_ca_descriptors(service.pmt.program_info);
        for (auto& stream : service.pmt.streams) {
            drop_ca_descriptors(stream.descriptors);
            if (ts::carries_pes(stream.stream_type))
                plan.groups[*service.group].scrambled.add(stream.elementary_pid);
        }
    }
}

void give_pids(const headend_settings& settings, service_plan& plan) {
    for (auto& group : plan.groups) {
        group.ecm = {settings.ca_system_id, plan.pids.take()};
        for (const auto other : settings.other_ca_system_ids)
            group.other_ecms.push_back({other, plan.pids.take()});
    }
    plan.emm = {settings.ca_system_id, plan.pids.take()};
    for (const auto other : settings.other_ca_system_ids)
        plan.other_emms.push_back({other, plan.pids.take()});
    for (auto& service : plan.services) {
        if (service.group)
            service.shown.ecm_pid = plan.groups[*service.group].ecm.pid;
    }
}

} // namespace

ts::pid_t free_pids::take() noexcept {
    // past the top of the range the search goes on from its bottom
    for (unsigned i = 0; i < ts::pid_null; ++i) {
        const auto pid = static_cast<ts::pid_t>((first_free_pid + i) % ts::pid_null);
        if (pid < lowest_pid || used_.contains(pid))
            continue;
        used_.add(pid);
        return pid;
    }
    return ts::pid_null;
}

result<service_plan> make_plan(const file_tables& tables, const headend_settings& settings,
                               std::string& why) {
    if (!tables.has_pat) {
        why = settings.file + " has no PAT";
        return errc::unexpected;
    }
    if (std::none_of(tables.services.begin(), tables.services.end(),
                     [](const auto& s) { return s.has_pmt; })) {
        why = settings.file + " has no PMT of a service in its PAT";
        return errc::unexpected;
    }
    service_plan plan;
    plan.pids = free_pids{tables.used};
    list_services(tables, plan);
    if (plan.services.empty()) {
        why = settings.file + " has no clear service: ";
        for (const auto& remark : plan.remarks)
            why += (&remark == &plan.remarks.front() ? "" : "; ") + remark;
        return errc::unexpected;
    }
    choose(settings, plan);
    make_groups(plan);
    give_pids(settings, plan);
    return plan;
}

} // namespace cihost::sim
