// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/cam_config.hpp"
#include "daemon/cam_memory_file.hpp"
#include "policy/cam_adviser.hpp"
#include "runtime/receiver.hpp"

#include <cihost/time.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cihost::daemon {

/// What the daemon knows of modules: profiles, and what it has learned. A profile is, in this
/// order: the one that the configuration names for the receiver or for all; else the one pinned to
/// this kind of module; else the one whose match fits. What was learned goes over all but the
/// first, and the single values of [cam] go over everything.
class cam_knowledge {
  public:
    cam_knowledge(const cam_config& settings, runtime::log_function log);
    cam_knowledge(const cam_knowledge&) = delete;
    cam_knowledge& operator=(const cam_knowledge&) = delete;
    ~cam_knowledge();

    /// For one receiver; lives as long as this. `own`: the profile that it names for itself.
    policy::cam_adviser& adviser(const std::string& receiver,
                                 const std::optional<std::string>& own);
    /// Another one than adviser() was told, from the next starts on.
    void use_own(const std::string& receiver, const std::optional<std::string>& own);
    /// Other profiles and values, from the next starts on. Whether and where it learns stays.
    void use(const cam_config& settings);
    policy::cam_profile choose(const std::optional<std::string>& own, const std::string& place,
                               const policy::profile_question& question);

    /// What a module of this kind gets at its next start, unless its receiver names a profile.
    policy::cam_profile next_profile(const policy::cam_identity& who) const;

    /// What is wrong with what is known; sentences for the start of the daemon.
    std::vector<std::string> remarks() const;
    /// Why a pin to a profile is of no effect; empty: it is, or there is none.
    std::string lost_pin(const policy::cam_record& record) const;

    policy::cam_memory& memory() noexcept { return memory_; }
    const policy::cam_memory& memory() const noexcept { return memory_; }
    const policy::cam_profile_set& profiles() const { return settings_.profiles(); }
    const cam_config& settings() const noexcept { return settings_; }

    /// From time to time, and at the end, which blocks: keeps what was learned.
    void look(time_point now) { file_.look(memory_, now); }
    void finish() { file_.finish(memory_); }

  private:
    class receiver_adviser;

    policy::cam_profile known(const policy::cam_identity& who,
                              const std::optional<std::vector<std::uint16_t>>& systems) const;
    policy::cam_profile guess(const std::string& place, unsigned nameless_starts) const;

    cam_config settings_;
    cam_memory_file file_;
    policy::cam_memory memory_;
    std::map<std::string, std::unique_ptr<receiver_adviser>> advisers_;
};

} // namespace cihost::daemon
