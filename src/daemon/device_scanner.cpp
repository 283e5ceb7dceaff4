// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/device_scanner.hpp"

#include <utility>

namespace cihost::daemon {
namespace {

// a scan and a listing at most
constexpr std::size_t jobs_at_once = 4;

} // namespace

device_scanner::device_scanner(boost::asio::io_context& context, const surroundings& around,
                               std::vector<std::filesystem::path> frontends)
    : around_{around}
    , frontends_{std::move(frontends)}
    , control_{context}
    , worker_{jobs_at_once} {}

void device_scanner::scan(scanned done) {
    waiting_.push_back(std::move(done));
    if (!scanning_)
        begin();
}

void device_scanner::scan_anew(scanned done) {
    next_.push_back(std::move(done));
    if (!scanning_)
        begin();
}

void device_scanner::begin() {
    scanning_ = true;
    waiting_.insert(waiting_.end(), next_.begin(), next_.end());
    next_.clear();
    worker_.post([this, frontends = frontends_] {
        control_.post([this, found = take_inventory(around_, frontends)] {
            const auto done = std::exchange(waiting_, {});
            scanning_ = false;
            if (!next_.empty())
                begin();
            for (const auto& tell : done)
                tell(found);
        });
    });
}

void device_scanner::list(listed done) {
    worker_.post([this, done = std::move(done), frontends = frontends_] {
        control_.post([done, text = list_nodes(around_, frontends)] { done(text); });
    });
}

} // namespace cihost::daemon
