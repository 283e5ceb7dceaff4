// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/resource.hpp"

#include <cihost/en50221/host_control.hpp>

#include <chrono>
#include <cstdint>
#include <vector>

namespace cihost::en50221 {

/// Host Control, EN 50221 §8.5.1, with versions 2 (CI Plus 1.3) and 3 (TS 103 205): the module asks
/// for another service, or for one PID in the place of another. Whether it gets it, the receiver
/// decides.
class host_control final : public resource {
  public:
    /// From ask_release to the end of the session by the host.
    static constexpr duration release_patience = std::chrono::seconds{5};

    /// `delivery_descriptors`: as in resource_settings.
    host_control(std::uint16_t session_nb, outbox& out, unsigned version,
                 std::vector<std::uint8_t> delivery_descriptors)
        : resource{session_nb, out}
        , version_{version}
        , delivery_descriptors_{std::move(delivery_descriptors)} {}

    bool receive(const apdu::object& object, time_point now) override;
    void tick(time_point now) override;
    time_point deadline() const override { return release_due_; }

    void ask_release(time_point now);
    /// Nothing without a request that waits for it.
    void reply_to_tune(tune_status status);

  private:
    bool receive_v1(const apdu::object& object);
    bool receive_v2(const apdu::object& object);
    bool receive_v3(const apdu::object& object);
    void tune(bytes_view body);
    void replace(bytes_view body);
    void clear_replace(bytes_view body);
    void tune_broadcast(bytes_view body);
    void tune_triplet(bytes_view body);
    void release_answered(bytes_view body);
    void tell_tuners();
    /// One more reply_to_tune() is due.
    void expect_reply() { ++replies_due_; }

    const unsigned version_;
    const std::vector<std::uint8_t> delivery_descriptors_;
    unsigned replies_due_ = 0;
    time_point release_due_ = never;
};

} // namespace cihost::en50221
