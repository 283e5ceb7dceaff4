// SPDX-License-Identifier: LGPL-2.1-or-later

/// The end of a conversation, when nobody runs the control thread's work any more.

#include "runtime/cam.hpp"

#include <chrono>
#include <variant>

namespace cihost::runtime {

using clock = std::chrono::steady_clock;

bool cam::begin_farewell() {
    // a job that took long was a module that hangs: it would not hear us
    constexpr auto hung = std::chrono::milliseconds{250};
    const auto before = clock::now();
    thread_.stop();
    const auto now = clock::now();
    if (!device_ || now - before > hung)
        return false;
    // what is received now is answered step by step
    obeying_ = true;
    return host_.take_leave(now);
}

bool cam::farewell_step() {
    host_.tick(clock::now());
    while (const auto output = host_.next()) {
        const auto* const order = std::get_if<policy::write_block>(&*output);
        if (!order)
            continue;
        trace_.tpdu(number_, en50221::direction::host_to_module, host_.traced(order->block));
        bytes block{static_cast<std::uint8_t>(number_)};
        block.insert(block.end(), order->block.begin(), order->block.end());
        if (device_->write(block))
            return false;
        host_.write_done(order->conversation, clock::now());
    }
    return !host_.gone();
}

} // namespace cihost::runtime
