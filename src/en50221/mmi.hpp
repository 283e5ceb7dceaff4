// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cihost::en50221 {

/// What a module shows by high-level MMI, EN 50221 §8.6.5. Texts are UTF-8.
struct mmi_display {
    enum class form {
        /// One of the choices is to be picked.
        menu,
        /// To be read.
        list,
        /// A question to be answered in writing; it stands in `title`.
        enquiry,
    };
    form shape = form::menu;
    std::string title;
    std::string subtitle;
    std::string bottom;
    /// In the order of their numbers, from 1 on.
    std::vector<std::string> choices;

    friend bool operator==(const mmi_display&, const mmi_display&) = default;
};

/// Puts the MMI objects of one session together: menus and texts may come in several, of which all
/// but the last say "more".
class mmi_reader {
  public:
    /// One APDU, tag included. True: it changed what is shown. An object that is none, or not of
    /// these, changes nothing.
    bool take(bytes_view apdu);
    /// What is shown; nothing once the module has closed it.
    const std::optional<mmi_display>& shown() const noexcept { return shown_; }
    void clear();

  private:
    bool take_menu(mmi_display::form shape);

    std::optional<mmi_display> shown_;
    /// Bodies of menu_more or list_more objects, and of which of the two.
    bytes parts_;
    std::uint32_t parts_tag_ = 0;
};

} // namespace cihost::en50221
