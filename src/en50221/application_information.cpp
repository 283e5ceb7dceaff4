// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/application_information.hpp"

#include <cihost/en50221/application_info.hpp>

#include <array>
#include <utility>

namespace cihost::en50221 {
namespace {

/// The first with request_cicam_reset and data_rate_info.
constexpr unsigned ci_plus_version = 3;

} // namespace

void application_information::opened(time_point) { send(apdu::application_info_enq); }

bool application_information::receive(const apdu::object& object, time_point) {
    switch (object.tag) {
    case apdu::application_info:
        take_info(object.body);
        return true;
    case apdu::request_cicam_reset:
        if (version_ < ci_plus_version)
            return false;
        report(cicam_reset_requested{});
        return true;
    default:
        return false;
    }
}

void application_information::take_info(bytes_view body) {
    if (!std::exchange(informed_, true) && version_ >= ci_plus_version) {
        const std::uint8_t rate = data_rate_mbit_ >= 96 ? 0x01 : 0x00;
        send(apdu::data_rate_info, std::array{rate});
    }
    if (auto info = parse_application_info(body))
        report(application_info_received{std::move(*info)});
    else
        complain("The module sent a malformed application_info.", body);
}

} // namespace cihost::en50221
