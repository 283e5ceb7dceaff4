// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "runtime/receiver.hpp"

#include <cihost/receiver.hpp>

#include <chrono>
#include <string>

namespace cihost::embedded {

receiver_status status_of(const runtime::receiver_report& r);
cam_status status_of(const runtime::cam_report& r);
/// `listed`: the receiver reports on it; null: it only knows why it is not clear.
service_status status_of(std::uint16_t program_number, const runtime::service_report* listed,
                         const runtime::service_verdict& verdict);

/// Why no CAM is ready after all this time, for each slot, and what to do.
std::string why_no_cam(const runtime::receiver_report& r, std::chrono::milliseconds waited);

/// "0.5 s", "20 s".
std::string seconds_text(std::chrono::milliseconds time);
/// Both, or the one that there is.
std::string with_remedy(const std::string& sentence, const std::string& remedy);

} // namespace cihost::embedded
