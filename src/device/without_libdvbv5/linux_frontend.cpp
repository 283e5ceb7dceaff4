// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/linux_receiver.hpp"

namespace cihost::device {

result<std::unique_ptr<frontend>> open_linux_frontend(const linux_nodes&) {
    return make_error_code(boost::system::errc::not_supported);
}

} // namespace cihost::device
