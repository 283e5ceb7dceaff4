// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/journal.hpp"
#include "sim/cam/menu_page.hpp"
#include "sim/cam/module_sessions.hpp"
#include "sim/cam/stream_gate.hpp"

#include <cihost/time.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace cihost::sim {

/// The CAM's user of MMI, EN 50221 §8.6: its menu when the host asks for it, and pages that come
/// by themselves. One page at a time.
class module_menu {
  public:
    module_menu(const menu_behaviour& behaviour, module_sessions& sessions, stream_gate& gate,
                journal& log);

    void power_on();
    /// All sessions are gone.
    void disconnected(time_point now);
    void enter_menu(time_point now);
    /// Pages whose time has come: since CA_INFO, and for the services that are to be descrambled.
    void tick(std::optional<time_point> ca_info_at, const std::set<std::uint16_t>& programs,
              time_point now);

    void opened(std::uint16_t session, time_point now);
    void refused(time_point now);
    /// By the host.
    void closed(time_point now);
    /// False for an object that does not belong there.
    bool receive(const session_event& object, time_point now);

  private:
    const menu_page* find(std::string_view name) const;
    void show(const menu_page& page, bool by_itself, time_point now);
    void send_page(time_point now);
    void follow(const std::string& name, time_point now);
    bool take_choice(bytes_view body, time_point now);
    bool take_answer(bytes_view body, time_point now);
    void take_pin(std::string_view typed, time_point now);
    /// Nothing is shown any more.
    void forget_page(const char* reason, time_point now);
    /// The dialogue ends from this side.
    void end(const char* reason, time_point now);

    menu_behaviour behaviour_;
    menu_page pin_page_;
    module_sessions& sessions_;
    stream_gate& gate_;
    journal& log_;

    const menu_page* page_ = nullptr;
    bool by_itself_ = false;
    bool opening_ = false;
    std::optional<std::uint16_t> session_;
    /// When the pop-up comes next; nothing: CA_INFO was not sent yet.
    std::optional<time_point> popup_at_;
    bool popup_done_ = false;
    /// The host had no MMI for a page that has to be seen.
    time_point ask_again_ = never;
    unsigned wrong_pins_ = 0;
    /// For these the PIN was not given: not asked again until others are wanted.
    std::optional<std::set<std::uint16_t>> pin_refused_for_;
    std::set<std::uint16_t> programs_;
};

} // namespace cihost::sim
