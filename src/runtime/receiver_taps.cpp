// SPDX-License-Identifier: LGPL-2.1-or-later

/// Recordings and streams of a receiver.

#include "runtime/receiver_impl.hpp"

#include <utility>

namespace cihost::runtime {

void receiver::impl::tell_taps(const multiplex_change& change) {
    for (const auto program : change.gone) {
        recordings_.service_gone(program);
        streams_.service_gone(program);
    }
    for (const auto program : change.pmts) {
        recordings_.pmt_changed(program);
        streams_.pmt_changed(program);
    }
    for (const auto program : change.events) {
        recordings_.events_changed(program);
        streams_.events_changed(program);
    }
    if (change.descriptions) {
        recordings_.descriptions_changed();
        streams_.descriptions_changed();
    }
}

result<std::uint64_t> receiver::start_recording(const recording_order& what,
                                                recording_created created) {
    return impl_->recordings().start(what, std::move(created));
}

error_code receiver::stop_recording(std::uint64_t id, std::function<void(recording_report)> done) {
    return impl_->recordings().stop(id, std::move(done));
}

std::vector<recording_report> receiver::recordings() const {
    impl_->refresh();
    return impl_->recordings().reports();
}

std::uint64_t receiver::start_stream(std::uint16_t program_number, stream_sink sink) {
    return impl_->streams().start(program_number, std::move(sink));
}

void receiver::stop_stream(std::uint64_t id) { impl_->streams().stop(id); }

} // namespace cihost::runtime
