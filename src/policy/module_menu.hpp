// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/en50221/event.hpp>
#include <cihost/en50221/mmi.hpp>
#include <cihost/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace cihost::policy {

/// What a module shows, for those who answer from afar: by the time an answer comes the module may
/// show something else, so it names what it is for.
struct shown_menu {
    /// Counts on for the life of the slot, whatever module shows it.
    std::uint64_t id = 0;
    std::uint16_t session_nb = 0;
    en50221::mmi_display display;
    /// The module has its answer, and shows nothing new yet.
    bool answered = false;

    friend bool operator==(const shown_menu&, const shown_menu&) = default;
};

/// Back from a menu, done with a list, no answer to an enquiry.
struct menu_cancel {};
/// A choice of a menu, from 1 on; the answer to an enquiry, UTF-8.
using menu_answer = std::variant<menu_cancel, unsigned, std::string>;

/// The menu of one slot's module.
class module_menu {
  public:
    enum class request { none, waiting, refused };

    /// See cam_profile::close_unasked_menu_after.
    explicit module_menu(std::optional<duration> close_unasked_after = {})
        : close_unasked_after_{close_unasked_after} {}

    /// For what is shown from now on.
    void close_unasked_after(std::optional<duration> time) noexcept { close_unasked_after_ = time; }

    /// Somebody asked for it.
    void asked() noexcept {
        request_ = request::waiting;
        attended_ = true;
        close_at_ = never;
    }
    void refused() noexcept {
        request_ = request::refused;
        attended_ = false;
    }
    void shown(const en50221::mmi_shown& what, time_point now) {
        request_ = request::none;
        if (!attended_ && close_at_ == never && close_unasked_after_)
            close_at_ = now + *close_unasked_after_;
        current_ = {++last_id_, what.session_nb, what.display, false};
    }
    /// False: it was not shown.
    bool closed(std::uint16_t session_nb) noexcept {
        if (!current_ || current_->session_nb != session_nb)
            return false;
        current_.reset();
        attended_ = request_ == request::waiting;
        close_at_ = never;
        return true;
    }
    void answered() noexcept {
        current_->answered = true;
        attended_ = true;
        close_at_ = never;
    }
    /// The module is gone.
    void clear() noexcept {
        current_.reset();
        request_ = request::none;
        attended_ = false;
        close_at_ = never;
    }

    const std::optional<shown_menu>& current() const noexcept { return current_; }
    request asked_for() const noexcept { return request_; }
    /// Nobody asked for what is shown since so long that it is to be closed.
    bool overdue(time_point now) const noexcept { return current_ && now >= close_at_; }
    time_point deadline() const noexcept { return close_at_; }

  private:
    std::optional<duration> close_unasked_after_;
    std::optional<shown_menu> current_;
    std::uint64_t last_id_ = 0;
    request request_ = request::none;
    /// Somebody asked for this dialogue, or has answered in it.
    bool attended_ = false;
    time_point close_at_ = never;
};

} // namespace cihost::policy
