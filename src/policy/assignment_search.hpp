// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/assignment.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace cihost::policy {

/// How sure it is that a slot descrambles a service.
enum class assignment_fit { unknown, takes_all, known };

/// A place that a wish could have were it alone.
struct assignment_candidate {
    std::size_t receiver = 0;
    std::size_t multiplex = 0;
    /// Index of the receiver's; nothing: no module.
    std::optional<std::size_t> cam;
    assignment_fit fit = assignment_fit::unknown;
    /// Of the CA system it would be descrambled by.
    std::size_t preference = 0;

    friend bool operator==(const assignment_candidate&, const assignment_candidate&) = default;
};

/// Wishes for one service that share a place.
struct assignment_unit {
    /// In rank order.
    std::vector<std::size_t> wishes;
    std::uint16_t program_number = 0;
    /// As a wish has them.
    std::vector<std::uint16_t> streams;
    std::vector<assignment_candidate> candidates;
    /// The one where it runs; nothing too if the place is none any more.
    std::optional<std::size_t> current;
    /// The one where it is received only; behind all others, and of no use to others.
    std::optional<std::size_t> held;
    /// So many candidates, from the first on, may be tried.
    std::size_t open = 0;
    /// Decided.
    std::optional<std::size_t> pinned;
};

/// Finds out whether units can all be served at once.
class assignment_search {
  public:
    /// Both must outlive this object.
    assignment_search(const assignment_question& question, std::vector<assignment_unit>& units);

    /// After the candidates of a unit that was not admitted have become others.
    void candidates_changed() { classify(); }
    /// Whether `unit` can be served beside those admitted; then it is one of them.
    bool admit(std::size_t unit);
    /// Whether an admitted one can be at the first so many of its candidates alone; then it is.
    bool restrict(std::size_t unit, std::size_t open);
    /// Whether it can be at that candidate of its; then it is pinned there. For one that was not
    /// admitted, that admits it.
    bool pin(std::size_t unit, std::size_t candidate);
    /// Where an admitted unit is in the solution at hand.
    std::size_t place_of(std::size_t unit) const { return solution_[unit]; }
    const std::vector<std::size_t>& admitted() const noexcept { return admitted_; }

  private:
    struct program {
        std::uint16_t number = 0;
        std::optional<std::size_t> cam;
        std::size_t uses = 0;
    };
    struct load {
        std::size_t uses = 0;
        std::size_t multiplex = 0;
        std::vector<program> programs;
        /// What a module is asked for.
        struct of_cam {
            unsigned services = 0;
            /// By PID: by how many services. Kept for modules with a limit alone.
            std::map<std::uint16_t, unsigned> streams;
        };
        std::vector<of_cam> cams;
    };

    void classify();
    bool put(std::size_t unit, const assignment_candidate& where);
    void take(std::size_t unit, const assignment_candidate& where);
    /// Those that the module would be asked for.
    std::span<const std::uint16_t> streams_on(std::size_t unit, const assignment_cam& cam) const;
    void reset();
    /// Everybody stays where the solution at hand has them.
    bool extend(std::size_t unit);
    bool solve();
    bool descend(std::size_t depth);

    const assignment_question& question_;
    std::vector<assignment_unit>& units_;
    std::vector<std::size_t> admitted_;
    /// By unit: index of its candidate.
    std::vector<std::size_t> solution_;
    std::vector<std::size_t> trial_;
    std::vector<std::size_t> order_;
    std::vector<load> loads_;
    /// Receivers of one class can stand for each other while nobody is on them.
    std::vector<std::size_t> class_of_;
    std::size_t effort_ = 0;
};

} // namespace cihost::policy
