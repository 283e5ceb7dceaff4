// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.hpp"

#include <cihost/error.hpp>

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>

namespace cihost::device {

/// Address of the Unix socket `name` in `folder`, for bind() and connect() of either end.
///
/// sun_path holds 107 bytes. A longer path is said as /proc/self/fd/N/name, where N is the folder
/// held open by this object: so keep it until the call that uses the address has returned.
class unix_address {
  public:
    /// Fails with an errno value when the folder has to be opened and cannot be.
    static result<unix_address> make(const std::filesystem::path& folder, const std::string& name) {
        unix_address address;
        auto path = (folder / name).string();
        if (path.size() >= sizeof address.address_.sun_path) {
            address.folder_.reset(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
            if (!address.folder_)
                return error_code{errno, boost::system::generic_category()};
            path = "/proc/self/fd/" + std::to_string(address.folder_.get()) + "/" + name;
            if (path.size() >= sizeof address.address_.sun_path)
                return error_code{ENAMETOOLONG, boost::system::generic_category()};
        }
        address.address_.sun_family = AF_UNIX;
        path.copy(address.address_.sun_path, path.size());
        return address;
    }

    const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&address_); }
    static constexpr socklen_t size() noexcept { return sizeof(sockaddr_un); }

  private:
    unix_address() = default;

    sockaddr_un address_{};
    unique_fd folder_;
};

} // namespace cihost::device
