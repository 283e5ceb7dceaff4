// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config.hpp"
#include "device/tuning.hpp"

#include <array>
#include <cstddef>
#include <cstdio>

namespace cihost::daemon {
namespace {

const char* word(runtime::severity level) {
    static constexpr std::array<const char*, 4> words{"debug", "info", "warning", "error"};
    return words.at(static_cast<std::size_t>(level));
}

std::string octal(unsigned mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode);
    return text.data();
}

std::string describe(const receiver_config& r) {
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
        if (const auto* const known = policy::find_cam_profile(*r.cam_profile))
            text += "  CAM profile '" + known->name + "': " + known->description + "\n";
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
    text += "control socket " + value.socket.string() + ", mode " + octal(value.socket_mode) + "\n";
    text += "log to " + (value.log_file ? value.log_file->string() : "stderr") + ", level " +
            word(value.log_level) + " and above\n";
    text += "recordings without a folder of their own go to " + value.recording_directory.string() +
            "\n";
    text += describe(value.cam);
    if (value.channels)
        text += "channel list " + value.channels->file.string() + "\n";
    if (value.receivers.empty())
        text += "receivers: all adapters found in /dev/dvb, tuned as services are asked for\n";
    for (const auto& r : value.receivers)
        text += describe(r);
    return text;
}

} // namespace cihost::daemon
