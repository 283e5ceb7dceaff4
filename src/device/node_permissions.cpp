// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/node_permissions.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace cihost::device {

namespace {

constexpr std::size_t account_buffer = 16 * 1024;

std::string user_name(uid_t id) {
    std::vector<char> buffer(account_buffer);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return found->pw_name;
    return std::to_string(id);
}

std::string group_name(gid_t id) {
    std::vector<char> buffer(account_buffer);
    group entry{};
    group* found = nullptr;
    if (::getgrgid_r(id, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return found->gr_name;
    return std::to_string(id);
}

char type_letter(mode_t mode) noexcept {
    if (S_ISCHR(mode))
        return 'c';
    if (S_ISBLK(mode))
        return 'b';
    if (S_ISDIR(mode))
        return 'd';
    if (S_ISSOCK(mode))
        return 's';
    if (S_ISFIFO(mode))
        return 'p';
    return '-';
}

/// "crw-rw---- root:video", as ls shows it.
std::string listing(const struct stat& node) {
    std::string text{type_letter(node.st_mode)};
    constexpr std::array letters{'r', 'w', 'x'};
    for (unsigned bit = 0; bit < 9; ++bit)
        text += (node.st_mode & (0400U >> bit)) != 0 ? letters[bit % 3] : '-';
    return text + " " + user_name(node.st_uid) + ":" + group_name(node.st_gid);
}

bool belongs_to(gid_t wanted) {
    if (::getegid() == wanted)
        return true;
    const int count = ::getgroups(0, nullptr);
    if (count <= 0)
        return false;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    const int given = ::getgroups(count, groups.data());
    for (int n = 0; n < given; ++n)
        if (groups[static_cast<std::size_t>(n)] == wanted)
            return true;
    return false;
}

} // namespace

std::string who_may_open(const std::filesystem::path& node) {
    struct stat found {};
    if (::stat(node.c_str(), &found) != 0)
        return "Who may open it is not to be seen: " + std::string{std::strerror(errno)} + ".";

    constexpr mode_t group_both = S_IRGRP | S_IWGRP;
    constexpr mode_t others_both = S_IROTH | S_IWOTH;
    const auto shown = " (" + listing(found) + ")";
    const bool by_others = (found.st_mode & others_both) == others_both;
    const bool by_group = (found.st_mode & group_both) == group_both;
    // as far as the mode goes we may: so a container, a sandbox or a service's settings refuse
    if (by_others || (by_group && belongs_to(found.st_gid)) || ::geteuid() == 0)
        return "Its permissions" + shown +
               " are not what forbids it: look at the device rules of the container or the service "
               "(DeviceAllow= char-DVB, PrivateDevices=).";
    if (by_group && found.st_gid != 0) {
        const auto group = group_name(found.st_gid);
        return "It may be opened by group " + group + shown + ": add your user: sudo adduser " +
               user_name(::getuid()) + " " + group + ", then log in again.";
    }
    return "It may be opened by " + user_name(found.st_uid) + " alone" + shown +
           ": a udev rule that gives it to group video is missing (SUBSYSTEM==\"dvb\", "
           "GROUP=\"video\", MODE=\"0660\").";
}

} // namespace cihost::device
