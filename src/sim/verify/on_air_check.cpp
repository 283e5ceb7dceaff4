// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/verify/on_air_check.hpp"

#include "sim/headend/ts_file.hpp"

#include <cihost/ts/pmt.hpp>
#include <cihost/ts/scrambling_monitor.hpp>

#include <algorithm>
#include <set>

namespace cihost::sim {
namespace {

std::set<ts::pid_t> audio_and_video(const capture_index::service& service) {
    std::set<ts::pid_t> pids;
    for (const auto& pmt : service.pmts) {
        for (const auto& stream : pmt.streams) {
            const auto kind = ts::kind_of(stream);
            if (kind == ts::stream_kind::audio || kind == ts::stream_kind::video)
                pids.insert(stream.elementary_pid);
        }
    }
    return pids;
}

} // namespace

std::vector<verified_service> check_on_air(const std::string& file, const capture_index& source,
                                           std::vector<std::string>& problems) {
    ts::scrambling_monitor monitor;
    std::string why;
    if (for_each_packet(file, why,
                        [&](ts::packet_view packet) { monitor.push(packet, time_point{}); })) {
        problems.push_back(why);
        return {};
    }
    std::vector<verified_service> services;
    for (const auto& [number, service] : source.services) {
        auto& counted = services.emplace_back();
        counted.program_number = number;
        counted.ca_descriptors =
            std::any_of(service.pmts.begin(), service.pmts.end(), ts::has_ca_descriptors);
        for (const auto pid : audio_and_video(service)) {
            counted.scrambled_packets += monitor[pid].scrambled();
            counted.clear_packets += monitor[pid].clear;
        }
        if (!counted.ca_descriptors)
            continue;
        const auto name = "service " + std::to_string(number);
        if (counted.clear_packets > 0)
            problems.push_back(name + ": " + std::to_string(counted.clear_packets) +
                               " audio and video packets were on air in the clear");
        if (counted.scrambled_packets == 0)
            problems.push_back(name + ": nothing scrambled was on air");
    }
    return services;
}

} // namespace cihost::sim
