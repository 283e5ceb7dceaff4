// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/back_off.hpp"
#include "policy/rate_limit.hpp"
#include "policy/recovery_step.hpp"

#include <cihost/time.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace cihost::policy {

/// What is seen of a service behind the module.
struct service_sight {
    /// The multiplex is received and packets of the service come.
    bool received = false;
    /// They are scrambled.
    bool scrambled = false;
    /// ECM sections of the service, counted on.
    std::uint64_t ecms = 0;

    friend bool operator==(const service_sight&, const service_sight&) = default;
};

/// What else decides about a service: its CA_PMT.
struct service_request {
    /// When the latest one went to the module; never while the module has none.
    time_point at = never;
    /// Last change of the PMT's content.
    time_point pmt_at = never;
    /// The module has answered that it does not descramble the service, or the CA_PMT does not
    /// fit through the device.
    bool refused = false;
};

enum class recovery_state {
    /// Nothing is wrong, or nothing that a module could mend.
    none,
    suspect,
    /// Steps were made, and more will be.
    trying,
    /// The next step waits for something: recovery_status::hold.
    held,
    /// Everything was tried.
    given_up,
};
/// "none", "suspect" …
const char* name(recovery_state state) noexcept;

/// What a step waits for.
enum class recovery_hold {
    none,
    /// ECMs.
    ecm,
    /// Somebody who answers what the module shows.
    menu,
    /// The module refuses the service by its own answer.
    refused,
    /// Services that are clear: the next step might cost them.
    running_services,
};

/// "", "ecm", "menu" …
const char* name(recovery_hold hold) noexcept;

struct recovery_status {
    struct attempts {
        unsigned times = 0;
        time_point latest = never;
        /// For how long the service had been scrambled then.
        duration scrambled_for{0};
    };

    recovery_state state = recovery_state::none;
    recovery_hold hold = recovery_hold::none;
    std::optional<recovery_step> latest;
    /// What it became clear by, the last time that it was not by itself: a step …
    std::optional<recovery_step> helped;
    /// … or that what the module had shown was answered, or closed.
    bool menu_helped = false;
    /// Since the service is wanted, by index().
    std::array<attempts, recovery_steps.size()> steps;
    /// The device was to be reset, and a sibling slot was at work.
    bool reset_refused = false;
};

/// One thing to do, or to tell.
struct recovery_order {
    enum class kind {
        /// Do `step`; answer by not_applicable() if that changes nothing.
        take,
        /// What `step` left behind, if it was a way to ask, has not helped.
        drop,
        /// The service is clear since `step`.
        worked,
        /// It is clear since the module's menu is gone: that is no doing of any step.
        menu_helped,
        /// Everything was tried. `step` was the last.
        give_up,
    };
    kind what = kind::take;
    std::uint16_t program_number = 0;
    recovery_step step = recovery_step::resend;
    duration scrambled_for{0};
    /// The service had been clear since it was wanted.
    bool was_clear = false;
    /// Of a drop: a menu stood in the way meanwhile, and it says nothing of `step`.
    bool not_judged = false;
};

/// The ladder for the services of one module: what stays scrambled although its ECMs come is helped
/// step by step, each given its time, from asking once more to a reset. Steps that may cost what is
/// clear wait until nothing is. It ends: after the last step comes only a CA_PMT now and then. It
/// begins anew by begin_anew(), and for a service whose PMT changes, or that is wanted again.
///
/// Call protocol: see() for each wanted service whenever something changed; then take next() until
/// it gives nothing; again at deadline().
class service_recovery {
  public:
    explicit service_recovery(const recovery_settings& settings = {});

    /// From the next step on; but for the number of resets.
    void use(const recovery_settings& settings) {
        settings_ = settings;
        usual_clear_time_ = std::max(usual_clear_time_, settings.usual_clear_time);
    }

    void see(std::uint16_t program_number, const service_sight& sight,
             const service_request& request, time_point now);
    /// Not wanted any more.
    void forget(std::uint16_t program_number);
    /// The module shows something that nobody has answered. `answered`: it did, and somebody has.
    void menu(bool shown, bool answered, time_point now);
    /// Something changed: a card, a module, a conversation that ended by itself.
    void begin_anew(time_point now);
    /// Somebody asks for the service once more.
    void begin_anew(std::uint16_t program_number, time_point now);
    /// The step that was ordered last for the service changes nothing.
    void not_applicable(std::uint16_t program_number);
    /// The reset that a step asked for was not possible.
    void reset_refused();

    std::optional<recovery_order> next(time_point now);
    time_point deadline() const;

    const recovery_status* status(std::uint16_t program_number) const;
    /// Whether some other service is clear.
    bool others_clear(std::uint16_t program_number) const;
    bool clear(std::uint16_t program_number) const;
    /// When what the module had shown was answered or closed, the latest time; never: not yet.
    time_point menu_gone_at() const noexcept { return menu_gone_at_; }
    /// As seen last; null: never.
    const service_request* request(std::uint16_t program_number) const;

  private:
    struct service {
        service_sight sight;
        service_request request;
        time_point ecm_at = never;
        /// Since when the module has a CA_PMT, for as long as it stays in conversation.
        time_point asked_at = never;
        time_point scrambled_since = never;
        time_point clear_since = never;
        bool was_clear = false;
        /// The next step, and how many were made.
        std::size_t rung = 0;
        unsigned taken = 0;
        time_point began_at = never;
        time_point stepped_at = time_point::min();
        /// A way to ask that has not helped yet.
        std::optional<recovery_step> trial;
        /// The menu that was told to have helped.
        time_point told_menu = never;
        bool ended = false;
        unsigned retries = 0;
        back_off pauses;
        time_point retry_at = never;
        recovery_status status;
    };
    /// Whether a step sooner than usual was a step too soon.
    enum class patience { untested, tested, useless };

    /// Asked for, received and scrambled.
    static bool stuck(const service& s);
    /// What the time for its next step is counted from.
    static time_point base(const service& s);
    void restart(service& s, time_point now) const;
    duration wait(const service& s) const;
    recovery_hold hold_of(std::uint16_t program_number, const service& s, time_point now) const;
    /// When other services have had their time to become clear.
    time_point others_settled_at(std::uint16_t program_number) const;
    time_point due(std::uint16_t program_number, const service& s) const;
    bool left_out(const service& s, recovery_step step, time_point now);
    /// Clear since a menu is gone, and not by a step.
    bool cleared_by_menu(const service& s) const;
    void learn_from(const service& s);
    std::optional<recovery_order> judge_clear(std::uint16_t program_number, service& s,
                                              time_point now);
    std::optional<recovery_order> climb(std::uint16_t program_number, service& s, time_point now);
    recovery_order take(std::uint16_t program_number, service& s, recovery_step step,
                        time_point now);

    recovery_settings settings_;
    std::map<std::uint16_t, service> services_;
    bool menu_ = false;
    time_point menu_gone_at_ = never;
    rate_limit resets_;
    rate_limit reconnects_;
    /// By index(): when a step was made last, for whichever service.
    std::array<time_point, recovery_steps.size()> made_at_;
    duration usual_clear_time_;
    patience patience_ = patience::untested;
    duration tested_clear_time_{0};
};

} // namespace cihost::policy
