// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/resource.hpp"

namespace cihost::en50221 {

/// Application Information, EN 50221 §8.4.2: who the module is.
class application_information final : public resource {
  public:
    using resource::resource;

    void opened(time_point now) override;
    bool receive(const apdu::object& object, time_point now) override;
    bool owed() const override { return !informed_; }

    void enter_menu() { send(apdu::enter_menu); }

  private:
    bool informed_ = false;
};

} // namespace cihost::en50221
