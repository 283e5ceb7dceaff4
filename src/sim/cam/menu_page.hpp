// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cihost::sim {

/// One menu, list or question of a module, EN 50221 §8.6.5. Texts go out as they are: any character
/// set of EN 300 468 annex A.
struct menu_page {
    enum class form { menu, list, enquiry };
    struct item {
        std::string text;
        /// Page that it leads to; empty = the menu is closed.
        std::string opens;
    };

    std::string name;
    form shape = form::menu;
    /// The question, of an enquiry.
    std::string title;
    std::string subtitle;
    std::string bottom;
    std::vector<item> items;

    /// Of an enquiry: not shown while it is typed, and how long it is; 255 = any length.
    bool blind = false;
    unsigned answer_length = 255;
    /// What has to be answered; empty = anything.
    std::string expected;
    /// Pages after the right and the wrong answer; empty = the menu is closed.
    std::string opens;
    std::string wrong_opens;
};

/// A page that comes by itself.
struct menu_popup {
    std::string page;
    /// Since CA_INFO.
    duration after{0};
    /// It comes again so long after it was closed; 0 = once a boot.
    duration again_after{0};
};

struct menu_behaviour {
    /// The first is what enter_menu opens; none = a module without a menu.
    std::vector<menu_page> pages;
    std::optional<menu_popup> popup;
    /// Nothing is descrambled while a page is shown that came by itself.
    bool blocks = false;
    /// Without it, nothing of pin_services (none: of any service) is descrambled: asked for by a
    /// blind enquiry as soon as such a service is wanted. Empty = none is needed.
    std::string pin;
    std::set<std::uint16_t> pin_services;
    unsigned pin_tries = 3;
    /// Menus, lists and texts that are longer than this leave in parts of that many bytes, each but
    /// the last called "more"; 0 = whole.
    std::size_t part_size = 0;
    /// Whether the module ends a dialogue by close_mmi, by closing the session, or by both.
    bool sends_close_mmi = true;
    bool closes_session = true;
};

} // namespace cihost::sim
