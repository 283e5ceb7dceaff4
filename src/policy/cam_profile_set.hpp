// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/cam_identity.hpp"
#include "policy/cam_profile.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cihost::policy {

/// Which modules a profile is for: those that everything given here holds for.
struct cam_match {
    std::optional<std::uint16_t> manufacturer;
    std::optional<std::uint16_t> code;
    /// A pattern for the whole name: '*' any characters, '?' one; upper and lower case alike.
    /// Empty: any name.
    std::string name;
    /// First and last of ranges; one CA system of the module's in one of them is enough.
    std::vector<std::pair<std::uint16_t, std::uint16_t>> ca_systems;

    bool fits(const cam_identity& who,
              const std::optional<std::vector<std::uint16_t>>& ca_system_ids) const;
    /// Of two that fit the greater one is the more specific: a code counts more than a
    /// manufacturer, that more than a name, the longer the better, and that more than CA systems.
    unsigned weight() const;
};

/// A profile, and the modules it is for; without a match it is for those who name it.
struct known_cam {
    cam_profile profile;
    std::vector<cam_match> matches;
};

/// All profiles there are; never without "default".
class cam_profile_set {
  public:
    cam_profile_set();

    /// In the place of the one with its name, if there is one. Of matches that weigh the same the
    /// one added last counts.
    void add(known_cam cam);
    std::span<const known_cam> all() const noexcept { return all_; }
    const known_cam* find(std::string_view name) const;
    /// The profile whose match fits and weighs most; "default" if none fits.
    const cam_profile& choose(const cam_identity& who,
                              const std::optional<std::vector<std::uint16_t>>& ca_system_ids) const;

  private:
    std::vector<known_cam> all_;
    /// When each was added.
    std::vector<unsigned> added_;
    unsigned count_ = 0;
};

} // namespace cihost::policy
