// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// A simulated CAM in the broadcast's way, past its start-up.

#include "cam_bench.hpp"
#include "cam_broadcast.hpp"
#include "support/catch.hpp"

#include <cihost/bytes.hpp>

#include <chrono>
#include <cstdint>

namespace cihost::test {

inline sim::cam_settings with_card() {
    sim::cam_settings settings;
    settings.think_time = std::chrono::milliseconds{0};
    settings.card_key.assign(card_key.begin(), card_key.end());
    return settings;
}

/// A CAM that is through with its start-up, and the broadcast it is in.
struct stream_bench : cam_bench {
    explicit stream_bench(const sim::cam_settings& settings = with_card())
        : cam_bench{settings} {
        insert();
        connect();
    }

    bytes pass(bytes packets) {
        cam.pass(packets, now);
        return packets;
    }
    void entitle() {
        pass(air.cat());
        pass(air.emm());
    }
    /// ECM, and the time until its keys are there.
    void give_ecm(ts::pid_t pid, const sim::ecm_content& content, std::uint64_t nonce = 1) {
        pass(air.ecm(pid, content, nonce));
        now += std::chrono::milliseconds{150};
    }
    /// Whether packets of a PID come out clear; anything but clear or untouched fails.
    bool clear(ts::pid_t pid, const sim::ecm_content& content,
               sim::parity which = sim::parity::even) {
        const auto source = air.media({pid}, 40);
        const auto on_air = scrambled(source, content, which);
        const auto out = pass(on_air);
        CHECK((out == source || out == on_air));
        return out == source;
    }

    broadcast air;
};

} // namespace cihost::test
