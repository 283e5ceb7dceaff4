// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/command_line.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace cihost::cli {

/// "roof:1", "roof"; empty for the only one.
cam_place parse_cam_place(std::string_view text);

/// A slot of a receiver of the daemon.
struct found_place {
    std::string receiver;
    std::uint64_t slot = 0;

    /// "roof:1".
    std::string text() const { return receiver + ":" + std::to_string(slot); }
    /// The same as a word for a shell.
    std::string word() const {
        return receiver.find(' ') == std::string::npos ? text() : "\"" + text() + "\"";
    }
    boost::json::object params() const { return {{"receiver", receiver}, {"slot", slot}}; }
};

/// The slot that is meant, by a `status`: one that is not said must be the only one with a module,
/// or of all of those the only one whose menu waits for somebody. Throws refused with what there is
/// to choose from.
found_place find_cam(const boost::json::value& status, const cam_place& wanted);

/// Throws refused if the `status` has no receiver of that name, with what may be meant.
void require_receiver(const boost::json::value& status, const std::string& name);

/// The CAM there; null if it is not there (any more).
boost::json::value cam_at(const boost::json::value& status, const found_place& where);

} // namespace cihost::cli
