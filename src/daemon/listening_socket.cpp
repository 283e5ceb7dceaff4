// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/listening_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <grp.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) { return std::generic_category().message(error); }

unique_fd open_socket() {
    unique_fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd)
        throw std::runtime_error("No socket can be opened: " + reason(errno) + ".");
    return fd;
}

sockaddr_un address_of(const fs::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto& text = path.native();
    if (text.size() >= sizeof address.sun_path)
        throw std::runtime_error("The control socket's path " + text + " is too long: at most " +
                                 std::to_string(sizeof address.sun_path - 1) +
                                 " bytes are possible.");
    std::copy(text.begin(), text.end(), std::begin(address.sun_path));
    return address;
}

const sockaddr* generic(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

constexpr auto unchanged = static_cast<gid_t>(-1);

gid_t id_of(const std::string& group) {
    std::vector<char> room(std::size_t{1} << 16);
    ::group entry{};
    ::group* found = nullptr;
    const int error = ::getgrnam_r(group.c_str(), &entry, room.data(), room.size(), &found);
    if (found == nullptr)
        throw std::runtime_error("There is no group '" + group + "' to give the control socket to" +
                                 (error != 0 ? " (" + reason(error) + ")" : std::string{}) +
                                 ". Create it with groupadd, or name another one with [control] "
                                 "group.");
    return found->gr_gid;
}

/// What has the name already.
enum class holder_kind { nobody, crashed, listener, unknown, no_socket };
struct name_holder {
    holder_kind kind = holder_kind::nobody;
    /// Why it is left alone; empty: it need not be.
    std::string sentence;
};

name_holder holder_of(const fs::path& path, const sockaddr_un& address) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0)
        return {};
    if (!S_ISSOCK(status.st_mode))
        return {holder_kind::no_socket,
                path.string() + " exists and is no socket; it is left alone. Remove it, or "
                                "name another socket in the configuration."};
    const auto probe = open_socket();
    // EAGAIN: a listener with a full queue is a living one
    if (::connect(probe.get(), generic(address), sizeof address) == 0 || errno == EAGAIN)
        return {holder_kind::listener, "Another cihostd listens on " + path.string() +
                                           " already. Stop it first, or name another socket in the "
                                           "configuration."};
    if (errno != ECONNREFUSED && errno != ENOENT)
        return {holder_kind::unknown, "The socket " + path.string() +
                                          " exists and cannot be tested: " + reason(errno) + "."};
    return {holder_kind::crashed, {}};
}

/// Removes what a daemon that crashed left behind, and nothing else.
void remove_stale(const fs::path& path, const sockaddr_un& address) {
    const auto holder = holder_of(path, address);
    if (!holder.sentence.empty())
        throw std::runtime_error(holder.sentence);
    if (holder.kind == holder_kind::crashed)
        ::unlink(path.c_str());
}

bool may_give_to(gid_t group) {
    if (::geteuid() == 0 || ::getegid() == group)
        return true;
    std::vector<gid_t> own(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
    const int count = ::getgroups(static_cast<int>(own.size()), own.data());
    own.resize(static_cast<std::size_t>(std::max(count, 0)));
    return std::find(own.begin(), own.end(), group) != own.end();
}

} // namespace

socket_outlook look_at_socket(const fs::path& path, const std::optional<std::string>& group) {
    socket_outlook found;
    try {
        if (group && !may_give_to(id_of(*group)))
            found.problem = "The control socket cannot be given to the group '" + *group +
                            "' by this user, who is no member of it.";
        const auto holder = holder_of(path, address_of(path));
        (holder.kind == holder_kind::no_socket ? found.problem : found.remark) = holder.sentence;
    } catch (const std::runtime_error& e) {
        found.problem = e.what();
    }
    return found;
}

listening_socket::listening_socket(fs::path path, unsigned mode,
                                   const std::optional<std::string>& group)
    : path_{std::move(path)}
    , fd_{open_socket()} {
    const auto address = address_of(path_);
    const auto owner = group ? id_of(*group) : unchanged;
    if (std::error_code failed; path_.has_parent_path()) {
        fs::create_directories(path_.parent_path(), failed);
        if (failed)
            throw std::runtime_error("The folder " + path_.parent_path().string() +
                                     " cannot be created: " + failed.message() + ".");
    }
    remove_stale(path_, address);

    // The mode is set on the socket before it gets its name, so that there is no moment with a
    // wider one; and once more afterwards, because bind() applies the umask.
    if (::fchmod(fd_.get(), mode) != 0 || ::bind(fd_.get(), generic(address), sizeof address) != 0)
        throw std::runtime_error("The control socket " + path_.string() +
                                 " cannot be created: " + reason(errno) + ".");
    if (owner != unchanged && ::lchown(path_.c_str(), static_cast<uid_t>(-1), owner) != 0) {
        const int error = errno;
        ::unlink(path_.c_str());
        throw std::runtime_error(
            "The control socket " + path_.string() + " cannot be given to the group '" + *group +
            "': " + reason(error) + ". The user that cihostd runs as must be a member of it.");
    }
    struct stat status {};
    if (::chmod(path_.c_str(), mode) != 0 || ::lstat(path_.c_str(), &status) != 0 ||
        ::listen(fd_.get(), SOMAXCONN) != 0) {
        const int error = errno;
        ::unlink(path_.c_str());
        throw std::runtime_error("The control socket " + path_.string() +
                                 " cannot be opened: " + reason(error) + ".");
    }
    device_ = status.st_dev;
    inode_ = status.st_ino;
}

listening_socket::~listening_socket() {
    // not a successor's socket of the same name
    struct stat status {};
    if (::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_)
        ::unlink(path_.c_str());
}

} // namespace cihost::daemon
