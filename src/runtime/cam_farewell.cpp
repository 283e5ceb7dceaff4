// SPDX-License-Identifier: LGPL-2.1-or-later

/// The end of a conversation, when nobody runs the control thread's work any more.

#include "runtime/cam.hpp"

#include <set>
#include <utility>

namespace cihost::runtime {

using clock = std::chrono::steady_clock;

bool cam::begin_farewell() {
    // a job that took long was a module that hangs: it would not hear us
    constexpr auto hung = std::chrono::milliseconds{250};
    const auto before = clock::now();
    thread_.stop();
    const auto now = clock::now();
    if (!device_ || !talk_->active() || now - before > hung)
        return false;
    farewell_ = true;
    for (const auto program : std::set{plan_.wanted()})
        plan_.unwant(program, now);
    return true;
}

bool cam::farewell_step() {
    const auto now = clock::now();
    const auto flush = [&] {
        while (auto tpdu = talk_->next_write()) {
            trace_.tpdu(number_, en50221::direction::host_to_module, talk_->traced(*tpdu));
            tpdu->insert(tpdu->begin(), static_cast<std::uint8_t>(number_));
            // a high-level driver gives no answer to a CA_PMT
            answered_ = talk_->interface() == device::ca_interface::high_level;
            if (device_->write(*tpdu))
                return false;
            talk_->write_done(clock::now());
        }
        return true;
    };
    talk_->tick(now);
    while (const auto out = plan_.next(now))
        talk_->send_ca_pmt(out->value, out->session_nb, now);
    if (!flush())
        return false;
    if (answered_ && !std::exchange(leaving_, true))
        talk_->stop(now);
    return flush() && talk_->active();
}

} // namespace cihost::runtime
