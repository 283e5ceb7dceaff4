// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/receiver/air_commands.hpp"

#include <boost/json/string.hpp>

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

namespace cihost::sim {

namespace json = boost::json;

namespace {

json::object air_done(std::string sentence) { return {{"result", std::move(sentence)}}; }
json::object air_refused(std::string sentence) { return {{"error", std::move(sentence)}}; }

std::optional<broadcast_part> part_of(const json::object& request) {
    const auto* part = request.if_contains("part");
    if (part != nullptr && part->is_string())
        for (const auto known :
             {broadcast_part::pat, broadcast_part::pmt, broadcast_part::ecm, broadcast_part::emm})
            if (part->get_string() == name(known))
                return known;
    return std::nullopt;
}

/// A whole number up to `most`; nothing: it is none, or not there.
std::optional<std::uint32_t> number_of(const json::object& request, const char* key, double most) {
    const auto* number = request.if_contains(key);
    if (number == nullptr || !number->is_number())
        return std::nullopt;
    const auto value = number->to_number<double>();
    if (!(value >= 0 && value <= most) || value != std::floor(value))
        return std::nullopt;
    return static_cast<std::uint32_t>(value);
}

json::object set_part(receiver& target, const json::object& request, bool away, time_point now) {
    const auto part = part_of(request);
    if (!part)
        return air_refused("Which part of the broadcast? There are: pat, pmt, ecm, emm.");
    const bool of_service = *part == broadcast_part::pmt || *part == broadcast_part::ecm;
    const auto program = number_of(request, "service", 0xFFFF).value_or(0);
    if (target.transmitter().withhold(*part, static_cast<std::uint16_t>(program), away, now)) {
        std::string known;
        for (const auto& service : target.transmitter().services())
            if (service.scrambled)
                known += (known.empty() ? "" : ", ") + std::to_string(service.program_number);
        return air_refused("Of which scrambled service? There are: " + known + ".");
    }
    return air_done(std::string{"The "} + name(*part) +
                    (of_service ? " of service " + std::to_string(program) : "") +
                    (away ? " is not sent any more." : " is sent."));
}

json::object withhold(receiver& target, const json::object& request, time_point now) {
    return set_part(target, request, true, now);
}

json::object restore(receiver& target, const json::object& request, time_point now) {
    return set_part(target, request, false, now);
}

json::object noise(receiver& target, const json::object& request, time_point now) {
    const auto one_in = number_of(request, "one_in", 1e9);
    if (!one_in)
        return air_refused("One packet in how many? Say a whole number; 0 for a good signal.");
    target.reception().set_noise(*one_in, now);
    return air_done(*one_in == 0 ? "The signal is good."
                                 : "One packet in " + std::to_string(*one_in) + " is damaged.");
}

} // namespace

air_command find_air_command(std::string_view name) {
    if (name == "withhold")
        return withhold;
    if (name == "restore")
        return restore;
    return name == "noise" ? noise : nullptr;
}

} // namespace cihost::sim
