// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/stream_list.hpp"

#include "runtime/recording_tap.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace cihost::runtime {

stream_list::stream_list(stream_pump& pump, tap_feed feed, hooks h)
    : pump_{pump}
    , feed_{feed}
    , hooks_{std::move(h)} {}

std::uint64_t stream_list::start(std::uint16_t program_number, stream_sink sink) {
    const auto id = next_id_++;
    streams_[id] = program_number;
    // shared from here on: there may be many viewers
    auto give = [sink = std::move(sink)](bytes block) {
        sink(std::make_shared<const bytes>(std::move(block)));
        return true;
    };
    pump_.post([tap = std::make_shared<recording_tap>(id, program_number, std::move(give))](
                   stream_analysis& analysis) { analysis.add(tap); });
    feed_.all(id, program_number);
    hooks_.want(program_number);
    return id;
}

void stream_list::stop(std::uint64_t id) {
    const auto stream = streams_.extract(id);
    if (!stream)
        return;
    pump_.post([id](stream_analysis& analysis) { analysis.remove(id); });
    hooks_.unwant(stream.mapped());
}

unsigned stream_list::count(std::uint16_t program_number) const {
    return static_cast<unsigned>(std::ranges::count_if(
        streams_, [&](const auto& stream) { return stream.second == program_number; }));
}

template<class Function>
void stream_list::each(std::uint16_t program_number, Function function) const {
    for (const auto& [id, number] : streams_)
        if (number == program_number)
            function(id);
}

void stream_list::pmt_changed(std::uint16_t program_number) const {
    each(program_number, [&](std::uint64_t id) { feed_.pmt(id, program_number); });
}

void stream_list::events_changed(std::uint16_t program_number) const {
    each(program_number, [&](std::uint64_t id) { feed_.events(id, program_number); });
}

void stream_list::descriptions_changed() const {
    for (const auto& [id, number] : streams_)
        feed_.description(id, number);
}

void stream_list::service_gone(std::uint16_t program_number) const {
    each(program_number, [&](std::uint64_t id) { feed_.suspend(id); });
}

} // namespace cihost::runtime
