// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// A public receiver on devices of this process.

#include "receiver/receiver_impl.hpp"
#include "runtime/fake_receiver.hpp"
#include "support/temporary_folder.hpp"

#include <cihost/receiver.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace cihost::test {

/// Generous: sanitizers on a busy machine are slow. No test waits this long when all is well.
inline constexpr std::chrono::seconds patience{20};
inline constexpr auto first_service = fake_receiver::first_service;

inline receiver make_receiver(fake_receiver& world, log_function log = {},
                              const std::function<void(runtime::device_factory&)>& change = {}) {
    embedded::devices_and_settings what{.devices = world.devices(), .settings = {}};
    what.settings.name = "test";
    if (change)
        change(what.devices);
    return embedded::receiver_maker::make(std::move(what), std::move(log));
}

inline const tuning somewhere{.frequency_hz = 474'000'000};

template<class Condition>
bool eventually(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return true;
}

/// The sentences of a receiver_error of that kind.
template<class Function>
std::string refusal(receiver_error::kind expected, Function ask) {
    try {
        ask();
    } catch (const receiver_error& error) {
        return error.which() == expected ? error.what()
                                         : "another kind of error: " + std::string{error.what()};
    }
    return "no error";
}

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace cihost::test
