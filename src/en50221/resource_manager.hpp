// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/resource.hpp"

#include <cihost/en50221/resource_id.hpp>

#include <vector>

namespace cihost::en50221 {

/// Resource Manager, EN 50221 §8.4.1: each side asks for the other's list. Most modules open
/// nothing else before the profile_change that follows theirs; some ask for ours long before.
class resource_manager final : public resource {
  public:
    resource_manager(std::uint16_t session_nb, outbox& out, std::vector<resource_id> profile)
        : resource{session_nb, out}
        , profile_{std::move(profile)} {}

    void opened(time_point now) override;
    bool receive(const apdu::object& object, time_point now) override;
    bool owed() const override { return enquired_; }

  private:
    void enquire();

    std::vector<resource_id> profile_;
    bool enquired_ = false;
};

} // namespace cihost::en50221
