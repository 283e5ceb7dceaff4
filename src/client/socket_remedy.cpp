// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/socket_remedy.hpp"

#include <cstddef>
#include <grp.h>
#include <sys/stat.h>
#include <vector>

namespace cihost {
namespace {

std::string name_of_group(gid_t group) {
    std::vector<char> room(std::size_t{1} << 16);
    ::group entry{};
    ::group* found = nullptr;
    ::getgrgid_r(group, &entry, room.data(), room.size(), &found);
    return found != nullptr ? std::string(found->gr_name) : std::to_string(group);
}

} // namespace

std::string socket_remedy(const std::filesystem::path& socket, uid_t owner, gid_t group,
                          mode_t mode) {
    // nobody is to become a member of root's group for the sake of a socket
    if ((mode & S_IWGRP) != 0 && group != 0) {
        const auto name = name_of_group(group);
        return "Run this as a member of the group '" + name + "': usermod -aG " + name +
               " USER, then log in anew.";
    }
    const auto who = owner == 0
                         ? std::string{"Run this with sudo"}
                         : "Run this as the user that owns it (ls -l " + socket.string() + ")";
    return who + ", or let a group of yours use it: [control] group = \"GROUP\" in cihostd's "
                 "configuration, with mode = \"0660\"; then restart cihostd.";
}

std::string socket_remedy(const std::filesystem::path& socket) {
    struct stat status {};
    if (::stat(socket.c_str(), &status) != 0)
        return "Run this as the user or with the group that owns it (ls -l " + socket.string() +
               ").";
    return socket_remedy(socket, status.st_uid, status.st_gid, status.st_mode);
}

} // namespace cihost
