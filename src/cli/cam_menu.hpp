// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/cam_place.hpp"
#include "cli/control_client.hpp"
#include "cli/json_view.hpp"

#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace cihost::cli {

/// With a daemon that does not tell of changes.
inline constexpr std::chrono::milliseconds menu_look_period{200};
/// Modules close what they show before they show the next.
inline constexpr std::chrono::milliseconds menu_closing_pause{1'500};

/// What a module shows, as the daemon last told, and the answers to it.
class cam_menu {
  public:
    /// Throws refused if the place is not clear.
    cam_menu(control_client& daemon, const cam_place& where);

    const found_place& where() const noexcept { return where_; }
    /// Asks the daemon again. Throws refused when the module has gone.
    void look();

    /// Null: it shows nothing. Until the next look().
    json_view shown() const noexcept { return json_view{cam_}["menu"]; }
    /// 0 if it shows nothing.
    std::uint64_t id() const noexcept { return shown()["id"].number().value_or(0); }
    bool answered() const noexcept { return shown()["answered"].flag(); }
    /// It was asked for its menu, and has not shown it yet.
    bool awaited() const { return json_view{cam_}["menu_request"].text() == "waiting"; }
    /// It was asked for its menu, and showed none.
    bool refused_to() const { return json_view{cam_}["menu_request"].text() == "refused"; }

    /// Asks the module for its menu.
    void ask();
    void choose(std::uint64_t choice) { answer("choice", choice); }
    void write(const std::string& text) { answer("text", boost::json::value(text)); }
    void back() { answer("cancel", true); }
    void close();

    /// "roof:0", and the menu as it came.
    boost::json::value report() const;

  private:
    void answer(std::string_view how, boost::json::value with);

    control_client& daemon_;
    found_place where_;
    boost::json::value cam_;
};

} // namespace cihost::cli
