// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/rpc_error.hpp"
#include "daemon/service_ref.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cihost::daemon {

/// Several services may be meant. The message is for those who ask by the control socket; who asks
/// otherwise says it in words of his own.
class ambiguous_service : public rpc_error {
  public:
    /// What tells one from the others.
    struct choice {
        service_ref service;
        std::optional<std::string> receiver = {};
    };
    ambiguous_service(std::string message, std::vector<choice> choices)
        : rpc_error{rpc_code::not_found, std::move(message)}
        , choices_{std::move(choices)} {}

    const std::vector<choice>& choices() const noexcept { return choices_; }

  private:
    std::vector<choice> choices_;
};

} // namespace cihost::daemon
