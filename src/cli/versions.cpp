// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/versions.hpp"

#include "base/printable.hpp"
#include "cli/control_client.hpp"
#include "cli/json_view.hpp"

#include <cihost/version.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <exception>
#include <string>

namespace cihost::cli {
namespace {

namespace json = boost::json;

std::string line(json_view v) {
    return v["program"].text() + " " + v["version"].text() + ", control protocol " +
           std::to_string(v["protocol"].number().value_or(0)) + "\n";
}

} // namespace

exit_status show_versions(const std::filesystem::path& socket, bool as_json, const terminal& t) {
    json::object all{{"cihost",
                      {{"program", "cihost"},
                       {"version", std::string(version())},
                       {"protocol", cihost::control_client::protocol}}},
                     {"cihostd", nullptr},
                     {"problem", ""}};
    try {
        all["cihostd"] = control_client{socket}.call("version");
    } catch (const std::exception& e) { // what we are is known all the same
        all["problem"] = e.what();
    }
    if (as_json) {
        t.out << json::serialize(all) << "\n";
        return exit_status::done;
    }
    t.out << line(json_view{all["cihost"]});
    if (all["cihostd"].is_null())
        t.out << printable(std::string(all["problem"].as_string())) << "\n";
    else
        t.out << line(json_view{all["cihostd"]});
    return exit_status::done;
}

} // namespace cihost::cli
