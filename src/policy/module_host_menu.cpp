// SPDX-License-Identifier: LGPL-2.1-or-later

/// What a module shows, and what it is answered. Answers are never logged: they may be PINs.

#include "policy/module_host.hpp"

#include <cerrno>
#include <string>
#include <variant>

namespace cihost::policy {

namespace {

using form = en50221::mmi_display::form;

error_code error(int value) { return {value, boost::system::generic_category()}; }

/// Whether the answer is of the kind that is asked for.
bool fits(const menu_answer& answer, const en50221::mmi_display& display) {
    if (const auto* choice = std::get_if<unsigned>(&answer))
        return display.shape == form::menu && *choice >= 1 && *choice <= display.choices.size();
    if (const auto* text = std::get_if<std::string>(&answer))
        return display.shape == form::enquiry && en50221::is_answer(*text);
    return true;
}

} // namespace

error_code module_host::enter_menu(time_point now) {
    if (!supervisor_.talking() || !talk_->enter_menu(now))
        return error(EAGAIN);
    menu_.asked();
    run(now);
    return {};
}

error_code module_host::answer_menu(std::uint64_t id, const menu_answer& answer, time_point now) {
    const auto& shown = menu_.current();
    if (!shown || shown->id != id || shown->answered)
        return error(ESTALE);
    if (!fits(answer, shown->display))
        return error(EINVAL);
    const auto session_nb = shown->session_nb;
    bool taken = false;
    if (const auto* text = std::get_if<std::string>(&answer)) {
        taken = talk_->answer_enquiry(session_nb, *text, now);
    } else if (shown->display.shape == form::enquiry) {
        taken = talk_->answer_enquiry(session_nb, std::nullopt, now);
    } else {
        const auto* choice = std::get_if<unsigned>(&answer);
        taken = talk_->answer_menu(session_nb, choice != nullptr ? *choice : 0, now);
    }
    if (taken)
        menu_.answered();
    run(now);
    // else the module has closed it already, and lets it be shown for a while
    return taken ? error_code{} : error(ESTALE);
}

error_code module_host::close_menu(time_point now) {
    const auto& shown = menu_.current();
    if (!shown || !talk_->close_mmi(shown->session_nb, now))
        return error(ESTALE);
    menu_.answered(); // as far as it will be
    run(now);
    return {};
}

void module_host::close_unasked_menu(time_point now) {
    if (!menu_.overdue(now))
        return;
    log(severity::info, "what the module shows is closed: nobody asked for it, and it does "
                        "nothing else meanwhile.");
    const auto session_nb = menu_.current()->session_nb;
    // its mmi_closed is yet to come, or there is no such session any more
    if (!talk_->close_mmi(session_nb, now))
        menu_.closed(session_nb);
}

void module_host::menu_shown(const en50221::mmi_shown& what, time_point now) {
    menu_.shown(what, now);
    log(severity::info, "the module shows \"" + what.display.title + "\".");
}

void module_host::menu_closed(std::uint16_t session_nb) {
    if (menu_.closed(session_nb))
        log(severity::info, "the module's menu is closed.");
}

void module_host::menu_not_shown() {
    menu_.refused();
    log(severity::info, "the module was asked for its menu, and shows none.");
}

} // namespace cihost::policy
