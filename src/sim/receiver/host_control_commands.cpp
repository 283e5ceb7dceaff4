// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/receiver/host_control_commands.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

namespace cihost::sim {

namespace json = boost::json;

namespace {

constexpr std::uint16_t largest_pid = 0x1FFF;

/// Nothing unless it is a whole number up to `most`; `absent` where it is not said.
std::optional<std::uint16_t> number(const json::object& request, std::string_view name,
                                    std::uint16_t most,
                                    std::optional<std::uint16_t> absent = std::nullopt) {
    const auto* field = request.if_contains(name);
    if (field == nullptr)
        return absent;
    if (!field->is_number())
        return std::nullopt;
    const auto value = field->to_number<double>();
    if (!(value >= 0 && value <= most) || value != std::floor(value))
        return std::nullopt;
    return static_cast<std::uint16_t>(value);
}

json::object refused(const char* sentence) { return {{"error", sentence}}; }

json::object outcome(bool obeyed) {
    return obeyed ? json::object{{"result", "The module asks for it."}}
                  : refused("The host does not offer Host Control to the module, or has not yet.");
}

json::object tune(cam_slot& slot, const json::object& request, time_point now) {
    const auto service = number(request, "service", 0xFFFF);
    const auto network = number(request, "network", 0xFFFF, std::uint16_t{0});
    const auto stream = number(request, "stream", 0xFFFF, std::uint16_t{0});
    if (!service || !network || !stream)
        return refused("Which service? Say its number; 'network' and 'stream' are numbers too.");
    return outcome(slot.module().tune(*network, *stream, *service, now));
}

json::object replace(cam_slot& slot, const json::object& request, time_point now) {
    const auto pid = number(request, "pid", largest_pid);
    const auto by = number(request, "by", largest_pid);
    const auto reference = number(request, "reference", 0xFF, std::uint16_t{1});
    if (!pid || !by || !reference)
        return refused("Which PID by which? Say two up to 8191; a 'reference' is up to 255.");
    return outcome(slot.module().replace(static_cast<std::uint8_t>(*reference), *pid, *by, now));
}

json::object clear_replace(cam_slot& slot, const json::object& request, time_point now) {
    const auto reference = number(request, "reference", 0xFF, std::uint16_t{1});
    if (!reference)
        return refused("A 'reference' is a number up to 255.");
    return outcome(slot.module().clear_replace(static_cast<std::uint8_t>(*reference), now));
}

json::object release(cam_slot& slot, const json::object&, time_point now) {
    return slot.module().release(now) ? json::object{{"result", "The module ends Host Control."}}
                                      : refused("The module has no session of Host Control.");
}

json::object request_reset(cam_slot& slot, const json::object&, time_point now) {
    return slot.module().request_reset(now)
               ? json::object{{"result", "The module asks for a reset."}}
               : refused("The module has no session of Application Information from version 3 on.");
}

} // namespace

host_control_command find_host_control_command(std::string_view name) {
    return name == "tune"            ? tune
           : name == "replace"       ? replace
           : name == "clear-replace" ? clear_replace
           : name == "release"       ? release
           : name == "request-reset" ? request_reset
                                     : nullptr;
}

} // namespace cihost::sim
