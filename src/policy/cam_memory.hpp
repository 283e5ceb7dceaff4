// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/ca_pmt_strategy.hpp"
#include "policy/cam_identity.hpp"
#include "policy/cam_profile.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cihost::policy {

/// What became of a strategy with one kind of module.
struct strategy_record {
    ca_pmt_strategy strategy;
    unsigned worked = 0;
    unsigned failed = 0;
    /// The latest outcome.
    bool good = false;

    friend bool operator==(const strategy_record&, const strategy_record&) = default;
};

/// What was learned of one kind of module.
struct cam_record {
    cam_identity who;
    /// Pinned: what was learned stays as it is, and is never dropped for want of room.
    bool pinned = false;
    /// In place of what the match rules say.
    std::optional<std::string> pinned_profile;
    /// The profile it had while this was learned; what was learned with another one is void.
    std::string profile;
    std::chrono::sys_seconds last_seen{};

    /// Conversations that came to CA_INFO, 0 for a moment after learn_anew(); READY to CA_INFO, a
    /// mean of the last few.
    unsigned starts = 0;
    std::optional<std::chrono::milliseconds> usual_start;
    /// Services that became clear; CA_PMT to the first clear packet, likewise.
    unsigned clears = 0;
    std::optional<std::chrono::milliseconds> usual_clear;
    /// The longest that it lately took for an answer.
    std::optional<std::chrono::milliseconds> slowest_answer;
    /// Most services seen clear at a time.
    unsigned most_services = 0;
    /// With so many clear, a further one that it is known to descramble stayed scrambled; and how
    /// often that was seen. One time may be an accident.
    unsigned services_limit = 0;
    unsigned limit_met = 0;
    /// The latest outcome first.
    std::vector<strategy_record> strategies;

    friend bool operator==(const cam_record&, const cam_record&) = default;
};

/// What was learned of modules, by kind; and which kind each slot had last, so that its next start
/// can be made ready for it before it says its name. Pure: where it is kept is others' business.
class cam_memory {
  public:
    /// Kinds, and slots; beyond, those seen longest ago are dropped.
    static constexpr std::size_t most_records = 200;
    static constexpr std::size_t most_strategies = 16;

    /// Beyond the time of day nothing tells records apart by age.
    using utc = std::chrono::sys_seconds;

    /// A conversation came to CA_INFO. With another profile than before, strategies, limit and
    /// answer times are forgotten: they were that one's.
    void started(const cam_identity& who, const std::string& profile,
                 std::optional<duration> ready_to_ca_info, utc now);
    /// The slowest answer of a conversation; see cam_record.
    void answered(const cam_identity& who, duration slowest);
    /// A service became clear so long after its CA_PMT.
    void cleared(const cam_identity& who, duration ca_pmt_to_clear);
    /// So many services that were scrambled are clear at a time.
    void services_clear(const cam_identity& who, unsigned count);
    /// With so many clear, a further one that was clear before stayed scrambled.
    void limit_met(const cam_identity& who, unsigned count);

    /// A service that was scrambled is clear, with this strategy.
    void strategy_worked(const cam_identity& who, const ca_pmt_strategy& strategy);
    /// A service stayed scrambled for longer than this module takes, with this strategy.
    void strategy_failed(const cam_identity& who, const ca_pmt_strategy& strategy);
    /// The one that worked last and has not failed since.
    std::optional<ca_pmt_strategy> proven_strategy(const cam_identity& who) const;

    /// What was learned goes over the profile, if it was learned with it.
    void improve(const cam_identity& who, cam_profile& profile) const;

    /// `place` names a slot of a receiver: "roof:0".
    void seen_in(const std::string& place, const cam_identity& who);
    std::optional<cam_identity> last_in(const std::string& place) const;

    const cam_record* find(const cam_identity& who) const;
    /// By manufacturer, code and name.
    const std::map<cam_identity, cam_record>& records() const noexcept { return records_; }
    const std::map<std::string, cam_identity>& places() const noexcept { return places_; }

    /// False: nothing is known of it.
    bool pin(const cam_identity& who, bool pinned, std::optional<std::string> profile = {});
    bool forget(const cam_identity& who);
    /// Of one that is in use: what was learned is forgotten, and begins with this conversation.
    void learn_anew(const cam_identity& who, const std::string& profile, utc now);

    /// From where it is kept.
    void restore(cam_record record);
    /// Counts changes that are worth keeping.
    std::uint64_t changes() const noexcept { return changes_; }
    /// Of them, those that a sudden end must not cost: what was found out at a viewer's expense,
    /// and what somebody asked for. Times and counts come again by themselves.
    std::uint64_t weighty_changes() const noexcept { return weighty_changes_; }

  private:
    /// Null: unknown, or pinned.
    cam_record* learning(const cam_identity& who);
    void note(const cam_identity& who, const ca_pmt_strategy& strategy, bool good);
    void make_room();
    void changed_weightily() noexcept {
        ++changes_;
        ++weighty_changes_;
    }

    std::map<cam_identity, cam_record> records_;
    std::map<std::string, cam_identity> places_;
    std::uint64_t changes_ = 0;
    std::uint64_t weighty_changes_ = 0;
};

} // namespace cihost::policy
