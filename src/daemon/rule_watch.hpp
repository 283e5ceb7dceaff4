// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/receiver_set.hpp"
#include "policy/assignment_rules.hpp"
#include "runtime/receiver.hpp"

#include <set>
#include <string>

namespace cihost::daemon {

/// Says, once, which rules of the configuration name a place that there is not: which slots a
/// receiver has its device tells, once it is open.
class rule_watch {
  public:
    /// `receivers` must outlive this object.
    rule_watch(const receiver_set& receivers, policy::assignment_rules rules,
               runtime::log_function log)
        : receivers_{receivers}
        , rules_{std::move(rules)}
        , log_{std::move(log)} {}

    void use(policy::assignment_rules rules) { rules_ = std::move(rules); }
    /// From time to time.
    void look();

  private:
    void look_at(const policy::assignment_rule& rule, const policy::assignment_target& target);

    const receiver_set& receivers_;
    policy::assignment_rules rules_;
    const runtime::log_function log_;
    /// Sentences.
    std::set<std::string> said_;
};

} // namespace cihost::daemon
