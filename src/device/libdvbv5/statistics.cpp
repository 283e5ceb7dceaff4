// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/libdvbv5/statistics.hpp"

#include <algorithm>
#include <limits>

namespace cihost::device::dvbv5 {

namespace {

void measure(const dtv_stats* stat, std::optional<std::int32_t>& thousandths,
             std::optional<std::uint16_t>& relative) {
    if (stat == nullptr)
        return;
    using absolute = std::numeric_limits<std::int32_t>;
    using share = std::numeric_limits<std::uint16_t>;
    // the structure is packed: copies, no references
    if (stat->scale == FE_SCALE_DECIBEL)
        thousandths = static_cast<std::int32_t>(
            std::clamp<std::int64_t>(std::int64_t{stat->svalue}, absolute::min(), absolute::max()));
    else if (stat->scale == FE_SCALE_RELATIVE)
        relative = static_cast<std::uint16_t>(
            std::min<std::uint64_t>(std::uint64_t{stat->uvalue}, share::max()));
}

std::optional<std::uint64_t> count(const dtv_stats* stat) {
    if (stat == nullptr || stat->scale != FE_SCALE_COUNTER)
        return {};
    return std::uint64_t{stat->uvalue};
}

} // namespace

void statistics::tuned() noexcept {
    last_.reset();
    rate_.reset();
    blocks_before_.reset();
}

std::optional<double> statistics::error_rate(const statistics_source& source) {
    auto errors = count(source(DTV_STAT_POST_ERROR_BIT_COUNT));
    auto total = count(source(DTV_STAT_POST_TOTAL_BIT_COUNT));
    const bool after_code = errors && total;
    if (!after_code) {
        errors = count(source(DTV_STAT_PRE_ERROR_BIT_COUNT));
        total = count(source(DTV_STAT_PRE_TOTAL_BIT_COUNT));
    }
    if (!errors || !total) {
        last_.reset();
        rate_.reset();
        return rate_;
    }
    const counts now{*errors, *total};
    // a driver that starts counting anew, or begins to give the better counter
    if (!last_ || after_code != last_after_code_ || now.total < last_->total ||
        now.errors < last_->errors) {
        rate_.reset();
        last_ = counts{};
    }
    last_after_code_ = after_code;
    // counters that stand still between two of the driver's own looks: the last rate holds
    if (now.total > last_->total) {
        rate_ = static_cast<double>(now.errors - last_->errors) /
                static_cast<double>(now.total - last_->total);
        last_ = now;
    }
    return rate_;
}

signal_status statistics::read(bool locked, const statistics_source& source) {
    signal_status status{.locked = locked};
    measure(source(DTV_STAT_SIGNAL_STRENGTH), status.strength_mdbm, status.strength_relative);
    measure(source(DTV_STAT_CNR), status.cnr_mdb, status.cnr_relative);
    status.bit_error_rate = error_rate(source);
    if (const auto blocks = count(source(DTV_STAT_ERROR_BLOCK_COUNT))) {
        // some drivers clear it when they tune, others never: since our first look either way
        if (!blocks_before_ || *blocks < *blocks_before_)
            blocks_before_ = locked ? *blocks : std::optional<std::uint64_t>{};
        if (blocks_before_)
            status.uncorrected_blocks = *blocks - *blocks_before_;
    }
    return status;
}

} // namespace cihost::device::dvbv5
