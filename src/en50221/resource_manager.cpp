// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/resource_manager.hpp"

#include <array>
#include <utility>

namespace cihost::en50221 {
namespace {

// module_id_command()
constexpr std::uint8_t acknowledge = 0x01;
constexpr std::uint8_t set = 0x02;

} // namespace

void resource_manager::opened(time_point) { enquire(); }

void resource_manager::profile_changed() { send(apdu::profile_change); }

void resource_manager::enquire() {
    send(apdu::profile_enq);
    enquired_ = true;
}

bool resource_manager::receive(const apdu::object& object, time_point) {
    switch (object.tag) {
    case apdu::profile_enq: {
        writer w;
        for (const auto id : profile_)
            w.u32(id.value);
        send(apdu::profile, w.view());
        return true;
    }
    case apdu::profile:
        take_profile(object.body);
        return true;
    case apdu::profile_change:
        enquire();
        return true;
    case apdu::module_id_send:
        if (version_ < 2)
            return false;
        name_module(object.body);
        return true;
    default:
        return false;
    }
}

/// Told on only after a profile we asked for that says something new: a module that answers each
/// profile_change by its profile, or by a profile_change, would keep us going round. What the
/// module provides itself, nobody here uses.
void resource_manager::take_profile(bytes_view body) {
    bytes list{body.begin(), body.end()};
    if (!std::exchange(enquired_, false) || theirs_ == list)
        return;
    theirs_ = std::move(list);
    profile_changed();
}

/// The numbers of the host's modules have to differ: each slot has its own to give.
void resource_manager::name_module(bytes_view body) {
    if (body.empty())
        return complain("The module sent a malformed module_id_send.", body);
    const bool same = (body[0] & 0x3F) == module_id_;
    send(apdu::module_id_command, std::array{same ? acknowledge : set, module_id_});
}

} // namespace cihost::en50221
