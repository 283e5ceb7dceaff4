// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cihost::en50221 {

/// What a module shows by high-level MMI, EN 50221 §8.6.5. Texts are UTF-8, with '\n' for a line
/// break; any may be empty.
struct mmi_display {
    enum class form {
        /// One of the choices is to be picked. There may be none.
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

    /// Of an enquiry: the answer is a secret, such as a PIN, and not to be shown.
    bool blind = false;
    /// Of an enquiry: characters that the module expects; 0: not fixed. Modules take others too.
    unsigned answer_length = 0;

    friend bool operator==(const mmi_display&, const mmi_display&) = default;
};

/// Whether a module can be answered by this: UTF-8 without control codes, and no more of it than
/// any module asks for.
bool is_answer(std::string_view utf8);

} // namespace cihost::en50221
