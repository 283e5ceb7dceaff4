// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/assignment_search.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace cihost::policy {

/// Puts an assignment into words, for people who ask why.
class assignment_reasons {
  public:
    /// `units` decided, and as long-lived as this object.
    assignment_reasons(const assignment_question& question,
                       const std::vector<assignment_unit>& units)
        : question_{question}
        , units_{units} {}

    /// Reason of a line with its place.
    void serve(std::size_t unit, const assignment_wish& wish, assignment_line& line) const;
    /// Reason, shortage and obstacles of one that no module descrambles.
    void receive_only(const assignment_wish& wish, assignment_line& line) const;
    /// Reason, shortage and obstacles of one without a place.
    void leave_out(const assignment_wish& wish, assignment_line& line) const;

  private:
    enum class barrier { rule, absent, receiver, held, module, full };
    struct obstacle {
        barrier kind = barrier::absent;
        std::string text;
    };

    obstacle obstacle_at(std::size_t receiver, const assignment_wish& wish) const;
    obstacle module_obstacle(std::size_t receiver, const assignment_wish& wish) const;
    std::string shortage(const std::vector<obstacle>& all, const assignment_wish& wish,
                         assignment_line& line) const;
    std::vector<std::string> labels_on(std::size_t receiver, std::optional<std::size_t> cam) const;
    std::string module_of(const assignment_candidate& where) const;
    std::string choice_of_modules(const assignment_unit& unit,
                                  const assignment_candidate& where) const;

    const assignment_question& question_;
    const std::vector<assignment_unit>& units_;
};

} // namespace cihost::policy
