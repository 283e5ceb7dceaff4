// SPDX-License-Identifier: LGPL-2.1-or-later
#include "receiver/receiver_impl.hpp"
#include "receiver/recording_impl.hpp"
#include "receiver/report_values.hpp"

#include <cihost/receiver.hpp>

#include <algorithm>
#include <utility>

namespace cihost {

namespace {

void require_service(std::uint16_t program_number) {
    if (program_number == 0)
        throw receiver_error{receiver_error::kind::invalid,
                             "0 is the program_number of no service: give that of "
                             "the channel, or of one of services()."};
}

const runtime::service_report* find(const runtime::receiver_report& r,
                                    std::uint16_t program_number) {
    const auto it =
        std::ranges::find(r.services, program_number, &runtime::service_report::program_number);
    return it == r.services.end() ? nullptr : &*it;
}

} // namespace

receiver::impl::impl(embedded::devices_and_settings what, log_function log)
    : of_kernel_{what.nodes.has_value()}
    , has_ca_{what.devices.open_ca != nullptr}
    , thread_{std::make_shared<embedded::control_thread>(std::move(what.settings),
                                                         std::move(what.devices), std::move(log))} {
}

runtime::receiver_report receiver::impl::report() const {
    runtime::receiver_report r;
    thread_->run([&](runtime::receiver& receiver) { r = receiver.report(); });
    return r;
}

void receiver::impl::tune(const tuning& where) {
    embedded::require_details(where, of_kernel_);
    thread_->run([&](runtime::receiver& receiver) { receiver.tune(where); });
}

void receiver::impl::untune() {
    thread_->run([](runtime::receiver& receiver) { receiver.tune(std::nullopt); });
}

receiver_status receiver::impl::status() const { return embedded::status_of(report()); }

receiver_status receiver::impl::wait_for_lock(std::chrono::milliseconds patience) const {
    receiver_status now;
    const bool locked = thread_->wait(patience, [&](runtime::receiver& receiver) {
        now = embedded::status_of(receiver.report());
        if (!now.tuning)
            throw receiver_error{receiver_error::kind::invalid,
                                 "The receiver is not tuned to anything, so no lock "
                                 "can come: call tune() first."};
        return now.locked;
    });
    if (!locked)
        throw receiver_error{receiver_error::kind::timeout, "There was no lock within " +
                                                                embedded::seconds_text(patience) +
                                                                ". " + now.reason};
    return now;
}

std::vector<cam_status> receiver::impl::cams() const {
    std::vector<cam_status> all;
    for (const auto& cam : report().cams)
        all.push_back(embedded::status_of(cam));
    return all;
}

cam_status receiver::impl::wait_for_cam(std::chrono::milliseconds patience) const {
    if (!has_ca_)
        throw receiver_error{receiver_error::kind::failed,
                             "This receiver has no CI slot, as its settings say: no "
                             "CAM can be ready. Set another ca device than \"none\"."};
    cam_status first;
    runtime::receiver_report latest;
    const bool ready = thread_->wait(patience, [&](runtime::receiver& receiver) {
        latest = receiver.report();
        for (const auto& cam : latest.cams)
            if (first = embedded::status_of(cam); first.ready)
                return true;
        return false;
    });
    if (!ready)
        throw receiver_error{receiver_error::kind::timeout, embedded::why_no_cam(latest, patience)};
    return first;
}

std::vector<service_status> receiver::impl::services() const {
    std::vector<service_status> all;
    thread_->run([&](runtime::receiver& receiver) {
        for (const auto& service : receiver.report().services)
            all.push_back(embedded::status_of(service.program_number, &service,
                                              receiver.why(service.program_number)));
    });
    return all;
}

service_status receiver::impl::service(std::uint16_t program_number) const {
    require_service(program_number);
    service_status now;
    thread_->run([&](runtime::receiver& receiver) {
        const auto report = receiver.report();
        now = embedded::status_of(program_number, find(report, program_number),
                                  receiver.why(program_number));
    });
    return now;
}

void receiver::impl::want(std::uint16_t program_number) {
    require_service(program_number);
    thread_->run([&](runtime::receiver& receiver) { receiver.want(program_number); });
}

void receiver::impl::unwant(std::uint16_t program_number) {
    thread_->run([&](runtime::receiver& receiver) { receiver.unwant(program_number); });
}

service_status receiver::impl::wait_until_clear(std::uint16_t program_number,
                                                std::chrono::milliseconds patience) const {
    require_service(program_number);
    const bool clear = thread_->wait(patience, [&](runtime::receiver& receiver) {
        return policy::is_clear(receiver.why(program_number).found.cause);
    });
    auto now = service(program_number);
    if (!clear && !now.clear)
        throw receiver_error{receiver_error::kind::timeout,
                             embedded::with_remedy(now.sentence, now.remedy)};
    return now;
}

recording receiver::impl::record(std::uint16_t program_number, const std::filesystem::path& file) {
    require_service(program_number);
    return recording{recording::impl::begin(thread_, program_number, file)};
}

receiver embedded::receiver_maker::make(devices_and_settings what, log_function log) {
    return receiver{std::make_unique<receiver::impl>(std::move(what), std::move(log))};
}

receiver::receiver(receiver_settings settings)
    : impl_{std::make_unique<impl>(embedded::understand(settings), std::move(settings.log))} {}

receiver::receiver(std::unique_ptr<impl> made) noexcept
    : impl_{std::move(made)} {}

receiver::receiver(receiver&&) noexcept = default;
receiver& receiver::operator=(receiver&&) noexcept = default;
receiver::~receiver() = default;

void receiver::tune(const tuning& where) { impl_->tune(where); }

void receiver::untune() { impl_->untune(); }

receiver_status receiver::status() const { return impl_->status(); }

receiver_status receiver::wait_for_lock(std::chrono::milliseconds patience) const {
    return impl_->wait_for_lock(patience);
}

std::vector<cam_status> receiver::cams() const { return impl_->cams(); }

cam_status receiver::wait_for_cam(std::chrono::milliseconds patience) const {
    return impl_->wait_for_cam(patience);
}

std::vector<service_status> receiver::services() const { return impl_->services(); }

service_status receiver::service(std::uint16_t program_number) const {
    return impl_->service(program_number);
}

void receiver::want(std::uint16_t program_number) { impl_->want(program_number); }

void receiver::unwant(std::uint16_t program_number) { impl_->unwant(program_number); }

service_status receiver::wait_until_clear(std::uint16_t program_number,
                                          std::chrono::milliseconds patience) const {
    return impl_->wait_until_clear(program_number, patience);
}

recording receiver::record(std::uint16_t program_number, const std::filesystem::path& file) {
    return impl_->record(program_number, file);
}

} // namespace cihost
