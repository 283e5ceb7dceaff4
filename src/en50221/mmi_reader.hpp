// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/apdu.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/mmi.hpp>

#include <cstdint>

namespace cihost::en50221 {

/// Puts the MMI objects of one session together: menus and texts may come in several, of which all
/// but the last say "more". Modules are taken by what they send, not by what they say of it: texts
/// are read to the end whatever the number of choices, and a text that is cut off is what there is
/// of it.
class mmi_reader {
  public:
    enum class outcome {
        /// None of these objects.
        unknown,
        /// The rest is to follow.
        part,
        /// display() is new.
        complete,
        /// Nothing can be read out of it; what there was of it is dropped.
        malformed,
    };
    outcome take(const apdu::object& object);
    const mmi_display& display() const noexcept { return display_; }
    /// The text of the latest enquiry as it came, for its character table.
    const bytes& question() const noexcept { return question_; }
    /// Drops what is incomplete.
    void clear();

  private:
    outcome take_enquiry(bytes_view body);
    outcome read_menu(mmi_display::form shape);

    mmi_display display_;
    bytes question_;
    /// Bodies of menu_more or list_more objects, and of which of the two.
    bytes parts_;
    std::uint32_t parts_tag_ = 0;
};

} // namespace cihost::en50221
