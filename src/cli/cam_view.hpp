// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/json/value.hpp>

#include <string>

/// What was learned of CAMs as text for people; CONTROL.md describes what comes in.
namespace cihost::cli {

/// `cam.list`.
std::string cams_text(const boost::json::value& cams);
/// `cam.show`.
std::string one_cam_text(const boost::json::value& cam);
/// The profiles in `cam.list`: of each CAM, and those there are.
std::string cam_profiles_text(const boost::json::value& cams);
/// The profile in `cam.show`, with its values.
std::string cam_profile_text(const boost::json::value& cam);

} // namespace cihost::cli
