// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/cam_profile_set.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace cihost::policy {
namespace {

char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Linear in practice: a module's name cannot make it go back further than to the last '*'.
bool fits_pattern(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    auto star = std::string_view::npos;
    std::size_t after_star = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            after_star = t;
        } else if (p < pattern.size() &&
                   (pattern[p] == '?' || lower_case(pattern[p]) == lower_case(text[t]))) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++after_star;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

} // namespace

bool cam_match::fits(const cam_identity& who,
                     const std::optional<std::vector<std::uint16_t>>& ca_system_ids) const {
    if ((manufacturer && *manufacturer != who.manufacturer) || (code && *code != who.code) ||
        (!name.empty() && !fits_pattern(name, who.name)))
        return false;
    if (ca_systems.empty())
        return true;
    return ca_system_ids && std::ranges::any_of(*ca_system_ids, [this](std::uint16_t id) {
               return std::ranges::any_of(ca_systems, [id](const auto& range) {
                   return id >= range.first && id <= range.second;
               });
           });
}

unsigned cam_match::weight() const {
    constexpr unsigned longest = 255;
    const auto letters = std::ranges::count_if(name, [](char c) { return c != '*' && c != '?'; });
    return (code ? 1U << 18 : 0) + (manufacturer ? 1U << 17 : 0) +
           (std::min(static_cast<unsigned>(letters), longest) << 8) + (ca_systems.empty() ? 0 : 1U);
}

cam_profile_set::cam_profile_set() {
    known_cam unknown;
    unknown.profile.description = "A module that nothing is known of.";
    add(std::move(unknown));
}

void cam_profile_set::add(known_cam cam) {
    const auto same = std::ranges::find(all_, cam.profile.name,
                                        [](const known_cam& c) { return c.profile.name; });
    if (same == all_.end()) {
        all_.push_back(std::move(cam));
        added_.push_back(++count_);
    } else {
        added_[static_cast<std::size_t>(same - all_.begin())] = ++count_;
        *same = std::move(cam);
    }
}

const known_cam* cam_profile_set::find(std::string_view name) const {
    const auto found = std::ranges::find(
        all_, name, [](const known_cam& c) { return std::string_view{c.profile.name}; });
    return found == all_.end() ? nullptr : &*found;
}

const cam_profile&
cam_profile_set::choose(const cam_identity& who,
                        const std::optional<std::vector<std::uint16_t>>& ca_system_ids) const {
    // "default" stays where the constructor put it
    const auto* best = &all_.front();
    std::pair<unsigned, unsigned> best_rank;
    for (std::size_t i = 0; i < all_.size(); ++i)
        for (const auto& match : all_[i].matches) {
            const std::pair rank{match.weight(), added_[i]};
            if (rank >= best_rank && match.fits(who, ca_system_ids)) {
                best_rank = rank;
                best = &all_[i];
            }
        }
    return best->profile;
}

} // namespace cihost::policy
