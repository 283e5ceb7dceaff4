// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/rpc_params.hpp"

#include "base/suggestion.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <vector>

namespace cihost::daemon {
namespace {

namespace json = boost::json;

[[noreturn]] void refuse(std::string_view name, std::string_view fault, std::string_view allowed) {
    throw rpc_error{rpc_code::invalid_params, "'" + std::string(name) + "' " + std::string(fault) +
                                                  ". Allowed: " + std::string(allowed)};
}

std::string string_of(std::string_view name, const json::value& value, std::string_view allowed) {
    const auto* text = value.if_string();
    if (text == nullptr)
        refuse(name, "is not text", allowed);
    if (text->empty())
        refuse(name, "is empty", allowed);
    if (text->find('\0') != json::string::npos)
        refuse(name, "holds a NUL character", allowed);
    return {text->data(), text->size()};
}

} // namespace

rpc_params::rpc_params(const json::object& values, std::initializer_list<std::string_view> allowed)
    : values_{values} {
    const std::vector<std::string> names(allowed.begin(), allowed.end());
    for (const auto& entry : values) {
        const std::string key(entry.key());
        if (std::find(names.begin(), names.end(), key) != names.end())
            continue;
        std::string message = "'" + key + "' is not a parameter of this method";
        if (const auto meant = suggestion(key, names))
            message += "; did you mean '" + *meant + "'?";
        else
            message += ".";
        message += " Allowed: " + (names.empty() ? "none" : join(names));
        throw rpc_error{rpc_code::invalid_params, message};
    }
}

std::optional<std::string> rpc_params::text(std::string_view name) const {
    const auto* value = values_.if_contains(name);
    if (value == nullptr || value->is_null())
        return std::nullopt;
    return string_of(name, *value, "text");
}

std::optional<std::vector<std::string>> rpc_params::texts(std::string_view name) const {
    const auto* value = values_.if_contains(name);
    if (value == nullptr || value->is_null())
        return std::nullopt;
    const auto* list = value->if_array();
    if (list == nullptr)
        refuse(name, "is not a list", "a list of texts");
    std::vector<std::string> all;
    for (const auto& entry : *list)
        all.push_back(string_of(name, entry, "a list of texts"));
    return all;
}

std::optional<bool> rpc_params::flag(std::string_view name) const {
    const auto* value = values_.if_contains(name);
    if (value == nullptr || value->is_null())
        return std::nullopt;
    if (!value->is_bool())
        refuse(name, "is neither true nor false", "true, false");
    return value->get_bool();
}

std::optional<std::uint64_t> rpc_params::number(std::string_view name) const {
    const auto* value = values_.if_contains(name);
    if (value == nullptr)
        return std::nullopt;
    if (value->is_uint64())
        return value->get_uint64();
    if (!value->is_int64() || value->get_int64() < 0)
        refuse(name, "is not a whole number from 0", "a whole number from 0");
    return static_cast<std::uint64_t>(value->get_int64());
}

std::uint64_t rpc_params::required_number(std::string_view name) const {
    const auto value = number(name);
    if (!value)
        refuse(name, "is missing", "a whole number from 0");
    return *value;
}

std::string rpc_params::required_text(std::string_view name) const {
    const auto* value = values_.if_contains(name);
    if (value == nullptr)
        refuse(name, "is missing", "text");
    return string_of(name, *value, "text");
}

service_ref rpc_params::required_service(std::string_view name) const {
    static constexpr std::string_view allowed =
        "a program number from 1 to 65535, or the name of a service";
    const auto* value = values_.if_contains(name);
    if (value == nullptr)
        refuse(name, "is missing", allowed);
    if (value->is_string())
        return string_of(name, *value, allowed);
    if (!value->is_int64() || value->get_int64() < 1 || value->get_int64() > 65535)
        refuse(name, "is no service", allowed);
    return static_cast<std::uint16_t>(value->get_int64());
}

} // namespace cihost::daemon
