// SPDX-License-Identifier: LGPL-2.1-or-later

/// What a receiver lets modules do to it.

#include "runtime/receiver_impl.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace cihost::runtime {

host_control_hooks receiver::impl::make_host_control_hooks() {
    host_control_hooks hooks;
    hooks.log = log_;
    hooks.look = [this] { return situation(); };
    hooks.go_to = [this](std::optional<device::tuning> where) { go_to(std::move(where)); };
    hooks.want = [this](std::uint16_t program) { want(program); };
    hooks.unwant = [this](std::uint16_t program) { unwant(program); };
    hooks.reply = [this](unsigned slot, std::uint16_t session_nb, en50221::tune_status status) {
        ca_.cams()[slot]->reply_to_tune(session_nb, status);
    };
    hooks.ask_release = [this](unsigned slot) { ca_.cams()[slot]->ask_release(); };
    hooks.replacements_changed = [this] { control_.post([this] { update_watch(); }); };
    return hooks;
}

host_control_situation receiver::impl::situation() const {
    host_control_situation now;
    now.tuning = tuning_;
    now.locked = tuner_.signal.locked;
    const auto led = host_control_.service();
    for (const auto& [program, record] : records_)
        if (record.wants > (led == program ? 1U : 0U)) {
            now.held = "service " + std::to_string(program) + " is in use here";
            break;
        }
    return now;
}

} // namespace cihost::runtime
