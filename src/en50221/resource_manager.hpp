// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/resource.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/resource_id.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace cihost::en50221 {

/// Resource Manager, EN 50221 §8.4.1, and its version 2, TS 101 699: each side asks for the other's
/// list. Most modules open nothing else before the profile_change that follows theirs; some ask for
/// ours long before.
class resource_manager final : public resource {
  public:
    /// `profile`, the host's list, outlives this. `module_id`, 1…63, is what a module that carries
    /// resources of its own is told to call itself.
    resource_manager(std::uint16_t session_nb, outbox& out, unsigned version,
                     const std::vector<resource_id>& profile, std::uint8_t module_id)
        : resource{session_nb, out}
        , version_{version}
        , profile_{profile}
        , module_id_{module_id} {}

    void opened(time_point now) override;
    bool receive(const apdu::object& object, time_point now) override;
    bool owed() const override { return enquired_; }

    /// The host's list is another one now.
    void profile_changed();

  private:
    void enquire();
    void take_profile(bytes_view body);
    void name_module(bytes_view body);

    const unsigned version_;
    const std::vector<resource_id>& profile_;
    const std::uint8_t module_id_;
    bool enquired_ = false;
    /// The module's list, as it told it last.
    std::optional<bytes> theirs_;
};

} // namespace cihost::en50221
