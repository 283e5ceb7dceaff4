// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/adapter_watch.hpp"

#include <utility>

namespace cihost::daemon {

adapter_watch::adapter_watch(boost::asio::io_context& context, device_scanner& scanner,
                             std::string listing, changed tell, std::chrono::milliseconds period)
    : scanner_{scanner}
    , known_{std::move(listing)}
    , last_{known_}
    , tell_{std::move(tell)}
    , period_{period}
    , timer_{context, [this] { look(); }} {}

void adapter_watch::start() { timer_.set(std::chrono::steady_clock::now() + period_); }

void adapter_watch::stop() {
    stopped_ = true;
    timer_.set(never);
}

void adapter_watch::look() {
    scanner_.list([this](const std::string& listing) { listed(listing); });
}

void adapter_watch::listed(const std::string& listing) {
    if (stopped_)
        return;
    if (listing != known_ && listing == last_) {
        known_ = listing;
        scanner_.scan_anew(tell_);
    }
    last_ = listing;
    start();
}

} // namespace cihost::daemon
