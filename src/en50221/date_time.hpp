// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/broadcast_clock.hpp"
#include "en50221/resource.hpp"

#include <chrono>

namespace cihost::en50221 {

/// Date-Time, EN 50221 §8.5.2: answers an enquiry at once, then repeats at the interval it asked
/// for.
class date_time final : public resource {
  public:
    date_time(std::uint16_t session_nb, outbox& out, const broadcast_clock& clock)
        : resource{session_nb, out}
        , clock_{clock} {}

    bool receive(const apdu::object& object, time_point now) override;
    void tick(time_point now) override;
    time_point deadline() const override;

  private:
    const broadcast_clock& clock_;
    std::chrono::seconds interval_{0};
    /// When the module is to hear next; never if it asked for no more.
    time_point due_ = never;
};

} // namespace cihost::en50221
