// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// What the host of the simulated weeks knows of its CAMs: the daemon's own knowledge, and the file
/// that outlives the host, in simulated time.

#include "policy/cam_adviser.hpp"
#include "policy/cam_memory.hpp"

#include <cihost/time.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace cihost::daemon {
class cam_knowledge;
}

namespace cihost::test {

class weeks_knowledge {
  public:
    weeks_knowledge();
    weeks_knowledge(const weeks_knowledge&) = delete;
    weeks_knowledge& operator=(const weeks_knowledge&) = delete;
    ~weeks_knowledge();

    /// For one receiver; until the next restart().
    policy::cam_adviser& adviser(const std::string& receiver);
    policy::cam_memory& memory();
    const policy::cam_memory& memory() const;

    /// After whatever happened: what is new reaches the file as soon as daemon::cam_memory_file
    /// would write it. What is wrong with what was learned since; empty: nothing.
    std::string look(time_point now);
    /// A new host begins with the file, `in_order` after the old one has written it once more. What
    /// got lost; empty: nothing that must not.
    std::string restart(bool in_order);
    /// By hand, with a profile that is good for it or with none; nothing happens to a CAM that
    /// nobody has met.
    void pin(const std::string& cam, bool with_profile);
    void unpin(const std::string& cam);

  private:
    void write(time_point now);
    std::string touched_pins() const;

    std::unique_ptr<daemon::cam_knowledge> known_;
    /// What is on the disk, and what of the memory it is.
    std::string file_;
    std::uint64_t written_ = 0;
    std::uint64_t weighty_written_ = 0;
    time_point written_at_ = time_point::min();
    /// As it was when it was pinned.
    std::map<policy::cam_identity, policy::cam_record> pinned_;
};

} // namespace cihost::test
