// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/socket_remedy.hpp"

#include "support/catch.hpp"

#include <grp.h>

using namespace cihost;

TEST_CASE("who may not use a control socket is told what to do, by whom it belongs to") {
    const auto remedy = [](uid_t owner, gid_t group, mode_t mode) {
        return socket_remedy("/run/s", owner, group, mode);
    };
    // nobody becomes a member of root's group for that
    CHECK(remedy(0, 0, 0660) ==
          "Run this with sudo, or let a group of yours use it: [control] group = \"GROUP\" in "
          "cihostd's configuration, with mode = \"0660\"; then restart cihostd.");
    CHECK(remedy(7, 7, 0600)
              .starts_with("Run this as the user that owns it (ls -l /run/s), or let a group of "
                           "yours use it: "));
    const auto* const known = ::getgrgid(1);
    const std::string name = known != nullptr ? known->gr_name : "1";
    CHECK(remedy(0, 1, 0660) == "Run this as a member of the group '" + name + "': usermod -aG " +
                                    name + " USER, then log in anew.");
    CHECK(remedy(0, 4'000'000, 0660).find("group '4000000'") != std::string::npos);
    CHECK(socket_remedy("/nonexistent/s").find("ls -l /nonexistent/s") != std::string::npos);
}
