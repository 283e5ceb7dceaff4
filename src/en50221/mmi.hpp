// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/mmi_reader.hpp"
#include "en50221/resource.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cihost::en50221 {

/// MMI, EN 50221 §8.6, high level: one dialogue. The module shows menus, lists and enquiries, each
/// in place of the one before; the host answers each once.
class mmi final : public resource {
  public:
    /// An answer does not go out earlier behind what it answers: modules miss it.
    static constexpr std::chrono::milliseconds answer_pause{100};
    /// Behind a close_mmi the module is to close the session; many do not.
    static constexpr std::chrono::milliseconds close_pause{500};

    using resource::resource;

    bool receive(const apdu::object& object, time_point now) override;
    void tick(time_point now) override;
    time_point deadline() const override;
    bool owed() const override;

    /// False: nothing is shown that can be answered this way.
    bool answer_menu(unsigned choice, time_point now);
    bool answer_enquiry(const std::optional<std::string>& utf8, time_point now);
    /// Takes leave: cancels what is open, close_mmi, and in time the session. False: done already.
    bool close(time_point now);
    /// What is shown goes.
    void hide();
    /// Another session takes the screen.
    void superseded();
    /// The session is gone. True: what is shown outlives it, until tick() at deadline().
    bool session_ended();

  private:
    struct answer {
        std::uint32_t tag;
        bytes body;
    };

    void show(time_point now);
    void control(bytes_view body);
    void closed_by_module(bytes_view body, time_point now);
    void reply(std::vector<answer> with, time_point now);
    answer cancellation() const;

    mmi_reader reader_;
    bool shown_ = false;
    /// What is shown waits for an answer.
    bool open_ = false;
    time_point shown_at_{};
    /// What is sent, and when: everything at once.
    std::vector<answer> replies_;
    time_point reply_at_ = never;
    /// close_mmi came, or went: what is shown goes, and then the session.
    time_point hide_at_ = never;
    time_point close_at_ = never;
    bool closed_here_ = false;
};

} // namespace cihost::en50221
