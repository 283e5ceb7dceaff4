// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/assignment_rules.hpp"

#include <cihost/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cihost::policy {

/// Who goes first when tuners or modules are short; a greater number first.
struct assignment_priorities {
    int recording = 30;
    int viewer = 20;
    /// Only so that a card is kept authorised.
    int visit = 10;

    friend bool operator==(const assignment_priorities&, const assignment_priorities&) = default;
};

struct assignment_place {
    /// Index of the receiver.
    std::size_t receiver = 0;
    /// Number of the CI slot; nothing: no module is asked.
    std::optional<unsigned> slot;

    friend bool operator==(const assignment_place&, const assignment_place&) = default;
};

/// Somebody wants a service.
struct assignment_wish {
    /// For people: "recording 3 of ZDF".
    std::string label;
    assignment_service service;
    /// Multiplexes that have it, the likeliest first; indices of the question's.
    std::vector<std::size_t> multiplexes;
    /// Of its PMT; nothing: not known; empty: it is broadcast in the clear.
    std::optional<std::vector<std::uint16_t>> ca_system_ids;
    /// PIDs of the elementary streams that a module would be asked for, each once, those that
    /// matter most first. Services of one multiplex may share some.
    std::vector<std::uint16_t> streams;
    int priority = 0;
    /// Among equals, who came first goes first.
    time_point since{};
    /// Where it runs: received, and descrambled if it needs that.
    std::optional<assignment_place> current;
    /// When it cannot be descrambled, it is received all the same, and may hold a tuner for that.
    bool receive_scrambled = false;
    /// Slots whose modules were asked for it in vain: the last choice, also if it is at one of them
    /// now. It is left there only if no other place is to be had.
    std::vector<assignment_place> in_vain;
    /// Receivers that may serve it; empty: all. A recording that runs cannot go to another one.
    std::vector<std::size_t> receivers;
};

/// A module in its slot.
struct assignment_cam {
    unsigned slot = 0;
    /// menu_string, if the module told one.
    std::string name;
    /// Why nothing can be asked of it, as the end of a sentence that begins with the slot: "is
    /// empty"; empty: it can, now or soon.
    std::string unusable;
    /// Nothing: not told yet.
    std::optional<std::vector<std::uint16_t>> ca_system_ids;
    /// It tells no CA systems and is asked for anything.
    bool takes_all = false;
    /// 0: no limit. A service that alone has more streams gets all there is; one that several
    /// services share counts once.
    unsigned max_services = 0;
    unsigned max_streams = 0;
    /// See module_host::waits_for_answer().
    bool waits_for_answer = false;
};

struct assignment_receiver {
    std::string name;
    /// Stays where it is.
    bool fixed = false;
    bool present = true;
    /// Where it is tuned.
    std::optional<std::size_t> multiplex;
    /// Multiplexes that it can receive.
    std::vector<bool> receives;
    std::vector<assignment_cam> cams;
};

struct assignment_question {
    std::vector<assignment_wish> wishes;
    std::vector<assignment_receiver> receivers;
    /// What a receiver has to be capable of for each multiplex, in words: "DVB-S2".
    std::vector<std::string> multiplexes;
    assignment_rules rules;
};

/// Why a wish is left out.
enum class assignment_shortage {
    none,
    /// No receiver can be on its multiplex.
    receiver,
    /// No module can descramble it.
    module,
    /// Those that could are asked for as much as they can do.
    capacity,
    /// The rules allow no place that there is.
    rule,
};

struct assignment_line {
    /// Nothing: left out. Without a slot and with a shortage: received, but not descrambled.
    std::optional<assignment_place> place;
    /// The receiver has to be tuned for it.
    bool tune = false;
    std::size_t multiplex = 0;
    /// It ran somewhere else.
    bool moved = false;
    /// CA systems to ask the slot for; empty: all that the module knows.
    std::vector<std::uint16_t> ca_system_ids;
    assignment_shortage shortage = assignment_shortage::none;
    /// A sentence.
    std::string reason;
    /// Of one that is left out: what is in the way at each receiver, "roof is absent".
    std::vector<std::string> obstacles;
};

struct assignment_tune {
    std::size_t receiver = 0;
    std::size_t multiplex = 0;

    friend bool operator==(const assignment_tune&, const assignment_tune&) = default;
};

struct assignment_answer {
    /// One for each wish, in their order.
    std::vector<assignment_line> lines;
    std::vector<assignment_tune> tunes;
};

/// Decides which receiver and module serves each wish. Wishes are ranked: by priority, then those
/// that run, before those that are only received, then who came first. Down the ranks, each gets a
/// place if that leaves all before it theirs, and one that runs keeps its own if it can: nobody is
/// moved or left out but for one of higher priority, and nothing is moved for mere balance. Among
/// the places that are left to it a wish gets the best: a module that was not asked for it in vain,
/// one that does not wait for somebody's answer, one known to be able, the preferred CA system, a
/// receiver that is there already, the least busy module. Wishes for one service share a place.
///
/// The same question has the same answer. The search for places is exact up to some effort; a
/// question beyond it (very many wishes for very different receivers) may leave out a wish that
/// could have been served by moving others of its rank.
assignment_answer assign(const assignment_question& question);

} // namespace cihost::policy
