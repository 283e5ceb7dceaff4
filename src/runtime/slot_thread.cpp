// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/slot_thread.hpp"

#include <utility>

namespace cihost::runtime {

namespace {
// One TPDU is outstanding at most, one status and one reset: more only pile up behind a module
// that blocks.
constexpr std::size_t max_jobs = 16;
} // namespace

slot_thread::slot_thread(control_queue& control)
    : control_{control}
    , jobs_{max_jobs} {}

bool slot_thread::write(device_ptr device, bytes slot_and_tpdu, success how,
                        std::function<void(error_code)> done) {
    return jobs_.post([this, device = std::move(device), data = std::move(slot_and_tpdu), how,
                       done = std::move(done)] {
        const auto error = device->write(data);
        tell([done, error] { done(error); }, !error && how == success::quiet);
    });
}

bool slot_thread::ask_status(device_ptr device, unsigned slot,
                             std::optional<device::slot_status> expected,
                             std::function<void(result<device::slot_status>)> done) {
    return jobs_.post([this, device = std::move(device), slot, expected, done = std::move(done)] {
        const auto status = device->status(slot);
        tell([done, status] { done(status); }, status && expected &&
                                                   status->present == expected->present &&
                                                   status->ready == expected->ready);
    });
}

void slot_thread::tell(std::function<void()> news, bool quietly) {
    if (quietly)
        control_.post_quietly(std::move(news));
    else
        control_.post(std::move(news));
}

bool slot_thread::reset(device_ptr device, std::function<void(error_code)> done) {
    return jobs_.post([this, device = std::move(device), done = std::move(done)] {
        const auto error = device->reset();
        control_.post([done, error] { done(error); });
    });
}

void slot_thread::release(device_ptr device) {
    jobs_.post([device = std::move(device)] {});
}

} // namespace cihost::runtime
