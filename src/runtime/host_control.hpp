// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/tuning.hpp"
#include "policy/rate_limit.hpp"
#include "runtime/multiplex.hpp"
#include "runtime/receiver.hpp"
#include "runtime/stream_watch.hpp"

#include <cihost/en50221/event.hpp>
#include <cihost/en50221/host_control.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cihost::runtime {

/// Where the receiver is.
struct host_control_situation {
    std::optional<device::tuning> tuning;
    bool locked = false;
    /// Why the multiplex may not be left, as the end of a sentence: "service 101 is in use". Empty:
    /// it may. What a module itself brought about is no reason.
    std::string held;
};

/// What Host Control does to the receiver. On the control thread.
struct host_control_hooks {
    log_function log;
    std::function<host_control_situation()> look;
    std::function<void(std::optional<device::tuning>)> go_to;
    std::function<void(std::uint16_t program_number)> want;
    std::function<void(std::uint16_t program_number)> unwant;
    std::function<void(unsigned slot, std::uint16_t session_nb, en50221::tune_status)> reply;
    std::function<void(unsigned slot)> ask_release;
    /// replacements() is to be looked at soon. Not called again before it was.
    std::function<void()> replacements_changed;
};

/// What the modules ask of the receiver by Host Control, EN 50221 §8.5.1, carried out: one module
/// at a time may lead it to a service, as long as nobody else needs it where it is; any may have
/// PIDs replaced. All of it is undone when the session ends, or the module is lost. No I/O and no
/// clock.
class host_control {
  public:
    /// From a tune to the service's place in a PAT, for each multiplex that may have it.
    static constexpr duration patience = std::chrono::seconds{10};
    /// Replaced PIDs at a time; a module that wants more is not well.
    static constexpr std::size_t most_replacements = 64;

    /// `tables` outlives this.
    host_control(const multiplex& tables, host_control_hooks hooks);

    /// Lets modules lead the receiver to other multiplexes: those given, in this order. Without it
    /// they stay on the one there is.
    void set_finder(multiplex_finder find) { find_ = std::move(find); }

    /// Any event of that slot's conversation; most do not concern it.
    void take(unsigned slot, const en50221::event& what, time_point now);
    /// The conversation in that slot is over.
    void module_lost(unsigned slot);
    /// Somebody else decides where the receiver goes: before it does.
    void overruled();
    /// Another multiplex is, or will be, received.
    void multiplex_left();
    /// The receiver's state may have changed; at least every 250 ms.
    void tick(time_point now);

    /// The slot whose module has led, or leads, the receiver to a service.
    std::optional<unsigned> leader() const;
    /// The service that it wants.
    std::optional<std::uint16_t> service() const;
    std::vector<pid_replacement> replacements();

  private:
    struct wish {
        unsigned slot = 0;
        std::uint16_t session_nb = 0;
        /// Nothing: told by where it is alone.
        std::optional<std::uint16_t> transport_stream_id;
        std::uint16_t service_id = 0;
        bool reply_wanted = false;
        /// Multiplexes that are still to be tried.
        std::vector<device::tuning> places;
        time_point due = never;
        /// Some multiplex was there, without the service.
        bool multiplex_seen = false;
    };
    struct replacement {
        unsigned slot = 0;
        std::uint16_t session_nb = 0;
        std::uint8_t reference = 0;
        pid_replacement pids;
    };

    void tune(unsigned slot, const en50221::host_control_tune& what, time_point now);
    void tune(unsigned slot, const en50221::host_control_tune_broadcast& what, time_point now);
    /// False, and refused: the module may not lead now.
    bool admit(const wish& w, time_point now);
    void travel(wish w, time_point now);
    void next_place(time_point now);
    bool is_here(const wish& w) const;
    void arrive();
    void refuse(const wish& w, en50221::tune_status status, const std::string& why);
    void replace(unsigned slot, const en50221::host_control_replace& what);
    void clear(unsigned slot, std::uint16_t session_nb, std::optional<std::uint8_t> reference);
    void session_over(unsigned slot, std::uint16_t session_nb);
    /// Gives back what the leading module was given.
    void restore();
    void erase_replacements(const std::function<bool(const replacement&)>& which);
    void changed();
    void say(unsigned slot, severity level, const std::string& sentence);

    const multiplex& tables_;
    const host_control_hooks hooks_;
    multiplex_finder find_;
    /// Under way, or arrived (without places and `due`).
    std::optional<wish> lead_;
    bool arrived_ = false;
    /// The multiplex was left for it; what was there before.
    bool away_ = false;
    std::optional<device::tuning> before_;
    std::vector<replacement> replacements_;
    bool change_told_ = false;
    /// A module can ask a thousand times a second.
    policy::rate_limit wishes_{20, std::chrono::seconds{10}};
    policy::rate_limit sayings_{20, std::chrono::minutes{1}};
    time_point now_{};
};

} // namespace cihost::runtime
