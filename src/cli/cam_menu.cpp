// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cam_menu.hpp"

#include <boost/json/object.hpp>

#include <utility>

namespace cihost::cli {

namespace json = boost::json;

cam_menu::cam_menu(control_client& daemon, const cam_place& where)
    : daemon_{daemon} {
    const auto status = daemon_.call("status");
    where_ = find_cam(status, where);
    cam_ = cam_at(status, where_);
}

void cam_menu::look() {
    cam_ = cam_at(daemon_.call("status"), where_);
    if (cam_.is_null() || json_view{cam_}["state"].text() == "empty")
        throw control_refused{"There is no CAM in " + where_.text() + " any more."};
}

void cam_menu::ask() { daemon_.call("cam.menu", where_.params()); }

void cam_menu::close() { daemon_.call("cam.menu.close", where_.params()); }

void cam_menu::answer(std::string_view how, json::value with) {
    auto params = where_.params();
    params["id"] = id();
    params[how] = std::move(with);
    daemon_.call("cam.menu.answer", std::move(params));
}

json::value cam_menu::report() const {
    const auto* cam = cam_.if_object();
    const auto* menu = cam != nullptr ? cam->if_contains("menu") : nullptr;
    auto report = where_.params();
    report["menu"] = menu != nullptr ? *menu : json::value{};
    return report;
}

} // namespace cihost::cli
