// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/resource.hpp"

#include <cstdint>

namespace cihost::en50221 {

/// Application Information, EN 50221 §8.4.2: who the module is. From version 3 on (CI Plus) the
/// module is told once how fast its slot is, and may ask for a reset.
class application_information final : public resource {
  public:
    application_information(std::uint16_t session_nb, outbox& out, unsigned version = 1,
                            unsigned data_rate_mbit = 72)
        : resource{session_nb, out}
        , version_{version}
        , data_rate_mbit_{data_rate_mbit} {}

    void opened(time_point now) override;
    bool receive(const apdu::object& object, time_point now) override;
    bool owed() const override { return !informed_; }

    void enter_menu() { send(apdu::enter_menu); }

  private:
    void take_info(bytes_view body);

    const unsigned version_;
    const unsigned data_rate_mbit_;
    bool informed_ = false;
};

} // namespace cihost::en50221
