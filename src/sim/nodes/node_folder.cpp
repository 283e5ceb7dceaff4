// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/nodes/node_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace cihost::sim {

node_folder::node_folder(std::filesystem::path path, unique_fd lock)
    : path_{std::move(path)}
    , lock_{std::move(lock)} {}

result<node_folder> node_folder::hold(const std::filesystem::path& path, std::string& why) {
    const auto failed = [&](int error, const std::string& what) {
        why = path.string() + ": " + what;
        return error_code{error, boost::system::generic_category()};
    };
    std::error_code parents;
    std::filesystem::create_directories(path.parent_path(), parents);
    // an error of create_directories() shows here, with the errno that matters
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        const int error = errno;
        return failed(error, "the folder cannot be made: " + std::string(std::strerror(error)));
    }
    unique_fd lock{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!lock) {
        const int error = errno;
        return failed(error, "the folder cannot be opened: " + std::string(std::strerror(error)));
    }
    struct stat status {};
    if (::fstat(lock.get(), &status) != 0 || status.st_uid != ::geteuid())
        return failed(EPERM, "the folder belongs to another user");
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        return failed(EADDRINUSE, "another virtual receiver runs there; choose another --dir");
    return node_folder{path, std::move(lock)};
}

std::filesystem::path default_node_folder() {
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    if (runtime != nullptr && *runtime != '\0')
        return std::filesystem::path(runtime) / "cihost-sim";
    return "/tmp/cihost-sim-" + std::to_string(::getuid());
}

} // namespace cihost::sim
