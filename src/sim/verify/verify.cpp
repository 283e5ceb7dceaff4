// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/verify/verify.hpp"

#include "sim/verify/capture_index.hpp"
#include "sim/verify/on_air_check.hpp"
#include "sim/verify/recording_check.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value_from.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace cihost::sim {
namespace {

boost::json::value optional_number(std::optional<std::size_t> number) {
    return number ? boost::json::value(*number) : boost::json::value{};
}

/// Seconds are for people: whole milliseconds.
double rounded(double seconds) { return std::round(seconds * 1000) / 1000; }

boost::json::object to_json(const verified_stream& s) {
    return {{"pid", s.pid},
            {"stream_type", s.stream_type},
            {"packets_in_recording", s.packets_in_recording},
            {"packets_compared", s.packets_compared},
            {"changed", s.changed},
            {"missing", s.missing},
            {"surplus", s.surplus},
            {"scrambled", s.scrambled},
            {"continuity_errors", s.continuity_errors},
            {"first_mismatch", optional_number(s.first_mismatch)},
            {"source_first", optional_number(s.source_first)},
            {"source_last", optional_number(s.source_last)},
            {"tail_packets", s.tail_packets},
            {"tail_seconds", rounded(s.tail_seconds)}};
}

boost::json::object to_json(const verified_recording& r) {
    boost::json::array streams;
    for (const auto& stream : r.streams)
        streams.push_back(to_json(stream));
    return {{"file", r.file},
            {"program_number", r.program_number},
            {"identical", r.identical},
            {"packets_compared", r.packets_compared},
            {"starts_with_tables", r.starts_with_tables},
            {"pmt_has_ca_descriptors", r.pmt_has_ca_descriptors},
            {"seconds", rounded(r.seconds)},
            {"tail_seconds", rounded(r.tail_seconds)},
            {"problems", boost::json::value_from(r.problems)},
            {"streams", std::move(streams)}};
}

boost::json::object to_json(const verified_service& s) {
    return {{"program_number", s.program_number},
            {"ca_descriptors", s.ca_descriptors},
            {"scrambled_packets", s.scrambled_packets},
            {"clear_packets", s.clear_packets}};
}

} // namespace

bool verify_report::passed() const noexcept {
    if (recordings.empty() && on_air.empty())
        return false; // nothing was looked at
    return problems.empty() && std::all_of(recordings.begin(), recordings.end(),
                                           [](const auto& r) { return r.problems.empty(); });
}

verify_report verify(const verify_settings& settings) {
    verify_report report;
    std::string why;
    const auto source = index_capture(settings.source, why);
    if (!source) {
        report.problems.push_back(why);
        return report;
    }
    report.source_seconds = source->seconds_at(source->packets);
    for (const auto& what : settings.recordings) {
        if (const auto recording = index_capture(what.file, why)) {
            report.recordings.push_back(
                check_recording(*source, *recording, what, settings.max_tail_seconds));
            continue;
        }
        auto& unreadable = report.recordings.emplace_back();
        unreadable.file = what.file;
        unreadable.program_number = what.program_number;
        unreadable.problems.push_back(why);
    }
    if (!settings.on_air.empty())
        report.on_air = check_on_air(settings.on_air, *source, report.problems);
    return report;
}

boost::json::object to_json(const verify_report& report) {
    boost::json::array recordings;
    for (const auto& recording : report.recordings)
        recordings.push_back(to_json(recording));
    boost::json::array services;
    for (const auto& service : report.on_air)
        services.push_back(to_json(service));
    return {{"passed", report.passed()},
            {"source_seconds", rounded(report.source_seconds)},
            {"recordings", std::move(recordings)},
            {"on_air", std::move(services)},
            {"problems", boost::json::value_from(report.problems)}};
}

} // namespace cihost::sim
