// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/control_client.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string_view>

namespace cihost::cli {

/// The library's client, in values instead of text.
class control_client {
  public:
    static constexpr auto default_patience = cihost::control_client::default_patience;

    explicit control_client(const std::filesystem::path& socket,
                            std::chrono::milliseconds patience = default_patience)
        : client_{socket, patience} {}

    boost::json::value call(std::string_view method, const boost::json::object& params = {},
                            std::chrono::milliseconds patience = default_patience);

    /// The next that has come, without waiting.
    std::optional<boost::json::object> notification();
    int fd() const noexcept { return client_.fd(); }

  private:
    cihost::control_client client_;
};

} // namespace cihost::cli
