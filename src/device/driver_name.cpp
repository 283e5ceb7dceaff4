// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/driver_name.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <system_error>

namespace cihost::device {

std::string driver_name(const std::filesystem::path& node, const std::filesystem::path& sysfs) {
    struct stat found {};
    if (::stat(node.c_str(), &found) != 0 || !S_ISCHR(found.st_mode))
        return {};
    const auto number =
        std::to_string(major(found.st_rdev)) + ":" + std::to_string(minor(found.st_rdev));
    std::error_code error;
    const auto driver =
        std::filesystem::read_symlink(sysfs / "dev/char" / number / "device/driver", error);
    return error ? std::string{} : driver.filename().string();
}

} // namespace cihost::device
