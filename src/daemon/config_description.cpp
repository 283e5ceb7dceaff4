// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config.hpp"
#include "daemon/config_assign.hpp"
#include "device/tuning.hpp"

#include <array>
#include <cstddef>
#include <cstdio>

namespace cihost::daemon {
namespace {

std::string octal(unsigned mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode);
    return text.data();
}

std::string describe(const receiver_config& r, const cam_config& cam) {
    std::string text = "receiver '" + r.name + "': ";
    text += r.nodes
                ? r.nodes->frontend.string() + " with " + r.nodes->dvr.string() +
                      (r.nodes->ca.empty() ? " and no CA device" : " and " + r.nodes->ca.string())
                : "virtual receiver in " + r.virtual_device.string();
    if (r.tuning)
        text += ", tuned to " + device::describe(*r.tuning);
    else if (r.channel)
        text += ", tuned to the channel '" + *r.channel + "'";
    else
        text += ", tuned as services are asked for";
    text += "\n";
    if (!r.services.empty()) {
        text += "  always wanted: ";
        for (std::size_t i = 0; i < r.services.size(); ++i)
            text += (i == 0 ? "" : ", ") + to_string(r.services[i]);
        text += "\n";
    }
    if (r.cam_profile)
        if (const auto* const known = cam.profiles().find(*r.cam_profile))
            text +=
                "  CAM profile '" + known->profile.name + "': " + known->profile.description + "\n";
    if (r.trace)
        text += "  CAM conversation traced to " + r.trace->string() + "\n";
    return text;
}

} // namespace

std::string to_string(const service_ref& service) {
    if (const auto* number = std::get_if<std::uint16_t>(&service))
        return std::to_string(*number);
    return "'" + std::get<std::string>(service) + "'";
}

std::string describe(const config& value) {
    std::string text;
    text += "control socket " + value.socket.string() + ", mode " + octal(value.socket_mode) +
            (value.socket_group ? ", group " + *value.socket_group : std::string{}) + "\n";
    text += "log to " + (value.log_file ? value.log_file->string() : "stderr") + ", level " +
            name(value.log.usual) + " and above";
    for (const auto& [area, level] : value.log.areas)
        text += ", for " + area + " " + name(level);
    text += "\n";
    text += "recordings without a folder of their own go to " + value.recording_directory.string() +
            ", named " + value.recording_pattern + "\n";
    text += value.http ? "streams at http://" + to_string(*value.http) + "/\n"
                       : "no streams over HTTP\n";
    if (!value.cam.profiles_from.empty())
        text += "CAM profiles " + value.cam.profiles_from + "\n";
    if (!value.cam.profiles_remark.empty())
        text += "  " + value.cam.profiles_remark + "\n";
    text += value.cam.learn
                ? "what is learned of CAMs is kept in " + value.cam.memory.string() + "\n"
                : "nothing is learned of CAMs\n";
    text += describe(value.cam);
    text += describe(value.rules);
    if (value.channels)
        text += "channel list " + value.channels->file.string() + "\n";
    if (value.receivers.empty())
        text += "receivers: all adapters found in /dev/dvb, tuned as services are asked for\n";
    for (const auto& r : value.receivers)
        text += describe(r, value.cam);
    return text;
}

} // namespace cihost::daemon
