// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/frontend_query.hpp"
#include "device/libdvbv5/log.hpp"
#include "device/libdvbv5/node_name.hpp"
#include "device/libdvbv5/parameters.hpp"
#include "device/libdvbv5/satellite.hpp"
#include "device/libdvbv5/statistics.hpp"
#include "device/linux_receiver.hpp"
#include "device/system_calls.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <libdvbv5/dvb-fe.h>
#include <memory>
#include <utility>

// this one of its headers does not say so itself
extern "C" {
#include <libdvbv5/dvb-dev.h>
}

namespace cihost::device {

namespace {

struct free_device {
    // with the frontend: LNB power off, closed; the tuner powers down
    void operator()(dvb_device* device) const noexcept { dvb_dev_free(device); }
};
using device_handle = std::unique_ptr<dvb_device, free_device>;

/// `error` is an errno value. A device that was pulled out fails in several ways.
error_code failure(int error) noexcept {
    if (error == ENXIO || error == EBADF)
        error = ENODEV;
    // no frontend at all, or one that cannot do this; ENOTSUP would speak of this program
    if (error == ENOTTY || error == EOPNOTSUPP)
        error = EINVAL;
    return {error, boost::system::generic_category()};
}

class linux_frontend final : public frontend {
  public:
    linux_frontend(device_handle device, int fd) noexcept
        : device_{std::move(device)}
        , parms_{*device_->fe_parms}
        , has_v5_stats_{parms_.has_v5_stats}
        , fd_{fd} {}

    error_code tune(const tuning& where) noexcept override {
        dvbv5::start_listening();
        if (const auto error = dvbv5::store(parms_, where))
            return dvbv5::first_error() != 0 ? failure(dvbv5::first_error()) : error;
        statistics_.tuned();
        set_scrambling_sequence(where);

        dvbv5::start_listening();
        int set = dvb_fe_set_parms(&parms_);
        if (const auto supply = dvbv5::mended_supply(parms_, where); supply && set == 0) {
            dvb_fe_sec_voltage(&parms_, 1, supply->high_voltage ? 1 : 0);
            dvb_fe_sec_tone(&parms_, supply->tone ? SEC_TONE_ON : SEC_TONE_OFF);
            // voltage and tone stop the kernel's tuning; it has kept what to tune to
            set = set_property(DTV_TUNE, 0);
        }
        const int logged = dvbv5::first_error();
        if (set < 0)
            return failure(logged != 0 ? logged : -set);
        // trouble with LNB and switch is logged and passed over; one that another box feeds, and
        // no LNB by our own will, are no trouble
        if (parms_.lnb != nullptr && logged != 0 && logged != EOPNOTSUPP)
            return failure(logged);
        return {};
    }

    result<signal_status> status() noexcept override {
        dvbv5::start_listening();
        // forgotten by libdvbv5 for good once a driver has none, as most before their first lock
        parms_.has_v5_stats = has_v5_stats_;
        if (const int got = dvb_fe_get_stats(&parms_); got < 0)
            return failure(dvbv5::first_error() != 0 ? dvbv5::first_error() : -got);
        const auto stat = [this](unsigned command) -> const dtv_stats* {
            return dvb_fe_retrieve_stats_layer(&parms_, command, 0);
        };
        const auto* const state = stat(DTV_STATUS);
        const bool locked = state != nullptr && (state->uvalue & FE_HAS_LOCK) != 0;
        return statistics_.read(locked, [&](unsigned command) -> const dtv_stats* {
            // by the old calls libdvbv5 gives the signal-to-noise ratio for these
            if (command == DTV_STAT_ERROR_BLOCK_COUNT && parms_.has_v5_stats == 0)
                return nullptr;
            return stat(command);
        });
    }

  private:
    /// The kernel keeps it from one multiplex to the next, and libdvbv5 does not hand it on.
    void set_scrambling_sequence(const tuning& where) noexcept {
        if (parms_.current_sys != SYS_DVBS2)
            return;
        const auto found = std::find_if(
            where.properties.begin(), where.properties.end(),
            [](const auto& property) { return property.first == DTV_SCRAMBLING_SEQUENCE_INDEX; });
        // kernels before 4.17 do not know it, and then it is 0
        set_property(DTV_SCRAMBLING_SEQUENCE_INDEX,
                     found == where.properties.end() ? 0 : found->second);
    }

    /// 0, or the negative errno.
    int set_property(std::uint32_t command, std::uint32_t value) noexcept {
        dtv_property property{};
        property.cmd = command;
        property.u.data = value;
        dtv_properties properties{.num = 1, .props = &property};
        return kernel().ioctl(fd_, FE_SET_PROPERTY, &properties);
    }

    device_handle device_;
    dvb_v5_fe_parms& parms_;
    const int has_v5_stats_;
    const int fd_;
    dvbv5::statistics statistics_;
};

} // namespace

result<std::unique_ptr<frontend>> open_linux_frontend(const linux_nodes& nodes) {
    // first, since libdvbv5 does not tell its failures apart
    const auto asked = query_frontend(nodes.frontend, kernel());
    if (!asked)
        return failure(asked.error().value());
    const auto name = dvbv5::frontend_name(nodes.frontend);
    if (!name)
        return make_error_code(boost::system::errc::invalid_argument);
    if (asked->systems.empty())
        return make_error_code(boost::system::errc::invalid_argument);

    device_handle device{dvb_dev_alloc()};
    if (!device)
        return make_error_code(boost::system::errc::not_enough_memory);
    dvb_dev_set_log(device.get(), 0, dvbv5::log_function);
    dvb_dev_find(device.get(), nullptr, nullptr);
    dvbv5::start_listening();
    auto* const open = dvb_dev_open(device.get(), name->c_str(), O_RDWR | O_CLOEXEC);
    if (open == nullptr)
        return failure(dvbv5::first_error() != 0 ? dvbv5::first_error() : ENODEV);
    return std::unique_ptr<frontend>{
        std::make_unique<linux_frontend>(std::move(device), dvb_dev_get_fd(open))};
}

} // namespace cihost::device
