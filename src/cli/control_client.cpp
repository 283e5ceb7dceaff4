// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/control_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace cihost::cli {

namespace json = boost::json;

json::value control_client::call(std::string_view method, const json::object& params,
                                 std::chrono::milliseconds patience) {
    return json::parse(client_.call(method, json::serialize(params), patience));
}

std::optional<json::object> control_client::notification() {
    const auto text = client_.notification();
    return text ? std::optional{std::move(json::parse(*text).as_object())} : std::nullopt;
}

} // namespace cihost::cli
