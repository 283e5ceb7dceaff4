// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/ioctl_filter.hpp"

#include <cerrno>
#include <memory>
#include <seccomp.h>

namespace cihost::daemon {
namespace {

/// Type and number of an ioctl request. Direction and size, in the bits above, are left out: a
/// driver may look at the number alone.
constexpr scmp_datum_t request_mask = 0xFFFF;
constexpr scmp_datum_t request(unsigned char type, unsigned char number) {
    return static_cast<scmp_datum_t>(type) << 8U | number;
}
constexpr scmp_datum_t descrambler_key = request('o', 134);
constexpr scmp_datum_t descrambler_pid = request('o', 135);

struct release {
    void operator()(void* filter) const noexcept { seccomp_release(filter); }
};

/// libseccomp answers with negative errno values.
error_code from_errno(int negative) noexcept {
    return {-negative, boost::system::generic_category()};
}

} // namespace

error_code install_ioctl_filter() noexcept {
    const std::unique_ptr<void, release> filter{seccomp_init(SCMP_ACT_ALLOW)};
    if (!filter)
        return from_errno(-ENOMEM);
    if (const int failed = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1); failed != 0)
        return from_errno(failed);
    for (const auto refused : {descrambler_key, descrambler_pid}) {
        const scmp_arg_cmp matches{1, SCMP_CMP_MASKED_EQ, request_mask, refused};
        const int failed = seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(EPERM),
                                                  SCMP_SYS(ioctl), 1, &matches);
        if (failed != 0)
            return from_errno(failed);
    }
    if (const int failed = seccomp_load(filter.get()); failed != 0)
        return from_errno(failed);
    return {};
}

} // namespace cihost::daemon
