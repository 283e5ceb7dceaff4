// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/assignment_search.hpp"

#include <vector>

namespace cihost::policy {

/// Wishes for one service, as one where they can share a place; in rank order.
std::vector<assignment_unit> assignment_units(const assignment_question& question);

/// Places where a wish would be received, and descrambled if it needs that; or, `scrambled`, where
/// it would be received only.
std::vector<assignment_candidate> assignment_candidates(const assignment_question& question,
                                                        const assignment_wish& wish,
                                                        bool scrambled);

/// The one of `candidates` where the wish runs; the number of candidates if there is none.
std::size_t current_candidate(const assignment_question& question, const assignment_wish& wish,
                              const std::vector<assignment_candidate>& candidates);

/// Receiver and slot of a candidate.
assignment_place place_of(const assignment_question& question, const assignment_candidate& where);

/// Whether the module there was asked for the wish in vain.
bool was_in_vain(const assignment_wish& wish, const assignment_place& place);

/// Whether it has to be descrambled; not while nobody knows.
bool needs_module(const assignment_question& question, const assignment_wish& wish);

/// Where a receiver may be, with regard to its wires and its configuration.
bool can_be_on(const assignment_receiver& receiver, std::size_t multiplex);

/// What one wish shall know and be where several share a place.
assignment_wish wish_of(const assignment_question& question, const assignment_unit& unit);

} // namespace cihost::policy
