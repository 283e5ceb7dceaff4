// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/config.hpp"

#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cihost::daemon {

/// Reads one TOML table and notes everything wrong with it.
///
/// Call protocol: ask for every key there is; then finish(), which reports the keys nobody asked
/// for. So the list of allowed keys cannot go stale.
class config_reader {
  public:
    /// `name` stands in front of the keys; empty for the top level.
    config_reader(const toml::table& table, std::string name, std::string file,
                  std::vector<config_problem>& problems);

    /// The value, of whatever type; nullptr if the key is absent.
    const toml::node* find(std::string_view key);
    /// Nothing if the key is absent, or has another type (noted).
    std::optional<std::string> text(std::string_view key, std::string_view allowed);
    std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most,
                                        std::string_view allowed);

    std::optional<bool> flag(std::string_view key);

    void reject(const toml::node& where, std::string_view key, std::string what,
                std::string_view allowed);
    /// A key that must be there is not.
    void missing(std::string_view key, std::string_view allowed);
    void finish();

  private:
    void note(const toml::source_region& where, std::string_view key, std::string what,
              std::string_view allowed);

    const toml::table& table_;
    std::string name_;
    std::string file_;
    std::vector<config_problem>& problems_;
    std::vector<std::string> known_;
};

/// The parser stops at the first fault of the syntax.
config_problem syntax_problem(const toml::parse_error& error, std::string file);

/// "is a whole number" and the like.
std::string type_sentence(const toml::node& node);

} // namespace cihost::daemon
