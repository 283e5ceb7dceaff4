// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/ca_pmt_content.hpp"

#include <cihost/ts/ca_descriptor.hpp>

#include <algorithm>
#include <cstddef>
#include <set>

namespace cihost::policy {
namespace {

using en50221::ca_pmt;
using ts::stream_kind;

std::vector<ts::ca_descriptor> filtered(const ts::descriptor_list& loop,
                                        const std::vector<std::uint16_t>& ca_system_ids) {
    auto descriptors = ts::ca_descriptors(loop);
    if (!ca_system_ids.empty()) {
        std::erase_if(descriptors, [&](const ts::ca_descriptor& d) {
            return std::ranges::find(ca_system_ids, d.ca_system_id) == ca_system_ids.end();
        });
    }
    return descriptors;
}

bool descrambles_nothing(const ca_pmt& value) {
    return value.ca_descriptors.empty() && std::ranges::all_of(value.streams, [](const auto& s) {
               return s.ca_descriptors.empty();
           });
}

/// A descriptor without a PID says nothing beside one of its system that has one, and PID 1FFF has
/// led modules astray. Alone it goes through: BISS has no ECMs, and the module may know the key.
void leave_out_placeholders(ca_pmt& value) {
    std::set<std::uint16_t> with_pid;
    const auto look = [&](const std::vector<ts::ca_descriptor>& loop) {
        for (const auto& d : loop)
            if (ts::names_pid(d))
                with_pid.insert(d.ca_system_id);
    };
    const auto clean = [&](std::vector<ts::ca_descriptor>& loop) {
        std::erase_if(loop, [&](const auto& d) {
            return !ts::names_pid(d) && with_pid.contains(d.ca_system_id);
        });
    };
    look(value.ca_descriptors);
    for (const auto& s : value.streams)
        look(s.ca_descriptors);
    clean(value.ca_descriptors);
    for (auto& s : value.streams)
        clean(s.ca_descriptors);
}

bool is_presentation(const ts::pmt::stream& s) {
    const auto kind = ts::kind_of(s);
    return kind == stream_kind::video || kind == stream_kind::audio ||
           kind == stream_kind::subtitle;
}

/// The streams to be named, in the order of the PMT.
std::vector<ts::pmt::stream> named_streams(const ts::pmt& table, const ca_pmt_settings& settings) {
    auto streams = table.streams;
    if (settings.presentation_streams_only && std::ranges::any_of(streams, is_presentation))
        std::erase_if(streams, [](const auto& s) { return !is_presentation(s); });
    while (settings.max_streams > 0 && streams.size() > settings.max_streams) {
        // the last of those that matter least: stream_kind goes down in importance
        auto least = streams.begin();
        for (auto it = streams.begin(); it != streams.end(); ++it)
            if (ts::kind_of(*it) >= ts::kind_of(*least))
                least = it;
        streams.erase(least);
    }
    return streams;
}

void raise(ca_pmt& value) {
    // a stream in the clear has no say: a carousel, a teletext
    const auto scrambled = [](const auto& s) { return !s.ca_descriptors.empty(); };
    const auto first = std::ranges::find_if(value.streams, scrambled);
    if (first == value.streams.end())
        return;
    const auto common = first->ca_descriptors;
    if (std::ranges::any_of(value.streams, [&](const auto& s) {
            return scrambled(s) && s.ca_descriptors != common;
        }))
        return;
    for (const auto& d : common)
        if (std::ranges::find(value.ca_descriptors, d) == value.ca_descriptors.end())
            value.ca_descriptors.push_back(d);
    for (auto& s : value.streams)
        s.ca_descriptors.clear();
}

} // namespace

std::optional<ca_pmt> ca_pmt_of(const ts::pmt& table,
                                const std::vector<std::uint16_t>& ca_system_ids,
                                const ca_pmt_settings& settings) {
    ca_pmt value;
    value.program_number = table.program_number;
    value.version = table.version;
    value.ca_descriptors = filtered(table.program_info, ca_system_ids);
    for (const auto& stream : named_streams(table, settings))
        value.streams.push_back({stream.stream_type, stream.elementary_pid,
                                 filtered(stream.descriptors, ca_system_ids)});
    leave_out_placeholders(value);
    if (descrambles_nothing(value))
        return std::nullopt;
    if (settings.raise_ca_descriptors)
        raise(value);
    return value;
}

std::vector<ts::pid_t> streams_by_weight(const ts::pmt& table, const ca_pmt_settings& settings) {
    auto without_limit = settings;
    without_limit.max_streams = 0;
    if (!ca_pmt_of(table, {}, without_limit))
        return {};
    auto streams = named_streams(table, without_limit);
    std::ranges::stable_sort(streams, {}, [](const auto& s) { return ts::kind_of(s); });
    std::vector<ts::pid_t> pids;
    for (const auto& s : streams)
        if (std::ranges::find(pids, s.elementary_pid) == pids.end())
            pids.push_back(s.elementary_pid);
    return pids;
}

bool same_content(const ca_pmt& a, const ca_pmt& b) {
    return a.ca_descriptors == b.ca_descriptors && a.streams == b.streams;
}

std::vector<std::uint16_t> systems_of(const ca_pmt& value) {
    std::vector<std::uint16_t> ids;
    const auto collect = [&](const std::vector<ts::ca_descriptor>& loop) {
        for (const auto& d : loop)
            if (std::ranges::find(ids, d.ca_system_id) == ids.end())
                ids.push_back(d.ca_system_id);
    };
    collect(value.ca_descriptors);
    for (const auto& s : value.streams)
        collect(s.ca_descriptors);
    return ids;
}

} // namespace cihost::policy
