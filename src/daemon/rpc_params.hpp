// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/rpc_error.hpp"
#include "daemon/service_ref.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cihost::daemon {

/// Named parameters of one request. Whatever does not fit throws rpc_error (invalid_params) that
/// says which parameter, and what is allowed.
class rpc_params {
  public:
    /// Refuses parameters with names not in `allowed`.
    rpc_params(const boost::json::object& values, std::initializer_list<std::string_view> allowed);

    /// Without NUL bytes, not empty.
    std::optional<std::string> text(std::string_view name) const;
    /// A list of them.
    std::optional<std::vector<std::string>> texts(std::string_view name) const;
    std::optional<bool> flag(std::string_view name) const;
    std::optional<std::uint64_t> number(std::string_view name) const;
    std::uint64_t required_number(std::string_view name) const;
    std::string required_text(std::string_view name) const;
    /// A program_number 1…65535 or a name.
    service_ref required_service(std::string_view name) const;

  private:
    const boost::json::object& values_;
};

} // namespace cihost::daemon
