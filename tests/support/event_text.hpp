// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// Events in words, as conversation files expect them: the event's name, then what it says, with
/// numbers in hex as they stand in the standard: "session_opened 0001 00010041",
/// "ca_info_received 0003 0500 0B00", "disconnected silent".

#include "base/hex.hpp"

#include <cihost/en50221/event.hpp>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string>
#include <type_traits>
#include <variant>

namespace cihost::test {

inline std::string name_of(const en50221::event& e) {
    static const char* const names[] = {"connected",
                                        "session_opened",
                                        "session_closed",
                                        "session_refused",
                                        "application_info_received",
                                        "ca_info_received",
                                        "ca_pmt_reply_received",
                                        "ca_pmt_too_large",
                                        "mmi_shown",
                                        "mmi_closed",
                                        "menu_refused",
                                        "suspect",
                                        "responsive",
                                        "disconnected",
                                        "violation",
                                        "cicam_reset_requested",
                                        "host_control_tune",
                                        "host_control_tune_broadcast",
                                        "host_control_replace",
                                        "host_control_clear_replace",
                                        "host_control_release_answered"};
    static_assert(std::variant_size_v<en50221::event> == std::size(names));
    return names[e.index()];
}

template<class Event>
std::string name_of() {
    return name_of(en50221::event{Event{}});
}

/// " 00AB": `digits` of them.
inline std::string hex_word(unsigned long value, int digits) {
    char text[24];
    std::snprintf(text, sizeof text, " %0*lX", digits, value);
    return text;
}

inline const char* word_of(en50221::disconnected::why reason) {
    switch (reason) {
    case en50221::disconnected::why::create_failed:
        return "create_failed";
    case en50221::disconnected::why::silent:
        return "silent";
    case en50221::disconnected::why::deleted_by_module:
        return "deleted_by_module";
    case en50221::disconnected::why::write_failed:
        return "write_failed";
    case en50221::disconnected::why::stopped:
        return "stopped";
    }
    return "?";
}

/// Events without words of their own say their name.
inline std::string text_of(const en50221::event& e) {
    using namespace en50221;
    auto text = name_of(e);
    std::visit(
        [&text](const auto& what) {
            using type = std::decay_t<decltype(what)>;
            if constexpr (std::is_same_v<type, session_opened> ||
                          std::is_same_v<type, session_closed>) {
                text += hex_word(what.session_nb, 4) + hex_word(what.resource.value, 8);
            } else if constexpr (std::is_same_v<type, session_refused>) {
                text += hex_word(what.resource.value, 8) + hex_word(what.status, 2);
            } else if constexpr (std::is_same_v<type, application_info_received>) {
                text += hex_word(what.info.application_type, 2) +
                        hex_word(what.info.manufacturer, 4) +
                        hex_word(what.info.manufacturer_code, 4) + ' ' + what.info.menu_string;
            } else if constexpr (std::is_same_v<type, ca_info_received>) {
                text += hex_word(what.session_nb, 4);
                for (const auto id : what.ca_system_ids)
                    text += hex_word(id, 4);
            } else if constexpr (std::is_same_v<type, ca_pmt_reply_received>) {
                // then the answer of the programme and of each stream: "81", "0101 81"; "-" for
                // none
                const auto enable = [](const auto& given) {
                    return given ? hex_word(0x80U | static_cast<unsigned>(*given), 2) : " -";
                };
                text += hex_word(what.session_nb, 4) + hex_word(what.reply.program_number, 4) +
                        enable(what.reply.enable);
                for (const auto& stream : what.reply.streams)
                    text += hex_word(stream.elementary_pid, 4) + enable(stream.enable);
            } else if constexpr (std::is_same_v<type, mmi_shown>) {
                // "menu 2 Title", "list 5 Title", "enquiry blind 4 Question"
                using form = mmi_display::form;
                const auto& d = what.display;
                text += hex_word(what.session_nb, 4);
                if (d.shape == form::enquiry)
                    text += std::string{" enquiry "} + (d.blind ? "blind " : "plain ") +
                            std::to_string(d.answer_length);
                else
                    text += std::string{d.shape == form::menu ? " menu " : " list "} +
                            std::to_string(d.choices.size());
                text += ' ' + d.title;
            } else if constexpr (std::is_same_v<type, mmi_closed>) {
                text += hex_word(what.session_nb, 4);
            } else if constexpr (std::is_same_v<type, disconnected>) {
                text += std::string{" "} + word_of(what.reason);
            } else if constexpr (std::is_same_v<type, violation>) {
                text += ' ' + what.what + ' ' + to_hex(what.data);
            }
        },
        e);
    return text;
}

} // namespace cihost::test
