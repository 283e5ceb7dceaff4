// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config_reader.hpp"

#include "base/suggestion.hpp"

#include <algorithm>
#include <utility>

namespace cihost::daemon {

config_reader::config_reader(const toml::table& table, std::string name, std::string file,
                             std::vector<config_problem>& problems)
    : table_{table}
    , name_{std::move(name)}
    , file_{std::move(file)}
    , problems_{problems} {}

const toml::node* config_reader::find(std::string_view key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end())
        known_.emplace_back(key);
    return table_.get(key);
}

std::optional<std::string> config_reader::text(std::string_view key, std::string_view allowed) {
    const auto* node = find(key);
    if (node == nullptr)
        return std::nullopt;
    if (!node->is_string()) {
        reject(*node, key, type_sentence(*node), allowed);
        return std::nullopt;
    }
    const auto& value = node->as_string()->get();
    if (value.empty()) {
        reject(*node, key, "is empty.", allowed);
        return std::nullopt;
    }
    return value;
}

std::optional<std::int64_t> config_reader::integer(std::string_view key, std::int64_t least,
                                                   std::int64_t most, std::string_view allowed) {
    const auto* node = find(key);
    if (node == nullptr)
        return std::nullopt;
    if (!node->is_integer()) {
        reject(*node, key, type_sentence(*node), allowed);
        return std::nullopt;
    }
    const auto value = node->as_integer()->get();
    if (value < least || value > most) {
        reject(*node, key, "is " + std::to_string(value) + ", which is out of range.", allowed);
        return std::nullopt;
    }
    return value;
}

std::optional<bool> config_reader::flag(std::string_view key) {
    const auto* node = find(key);
    if (node == nullptr)
        return std::nullopt;
    if (!node->is_boolean()) {
        reject(*node, key, type_sentence(*node), "true, false");
        return std::nullopt;
    }
    return node->as_boolean()->get();
}

void config_reader::reject(const toml::node& where, std::string_view key, std::string what,
                           std::string_view allowed) {
    note(where.source(), key, std::move(what), allowed);
}

void config_reader::missing(std::string_view key, std::string_view allowed) {
    note(table_.source(), key, "is missing.", allowed);
}

void config_reader::finish() {
    for (auto&& [key, value] : table_) {
        const std::string_view name = key.str();
        if (std::find(known_.begin(), known_.end(), name) != known_.end())
            continue;
        std::string what = "is not a known key";
        if (const auto meant = suggestion(name, known_))
            what += "; did you mean '" + *meant + "'?";
        else
            what += ".";
        note(key.source(), name, std::move(what), join(known_));
    }
}

void config_reader::note(const toml::source_region& where, std::string_view key, std::string what,
                         std::string_view allowed) {
    problems_.push_back({.file = file_,
                         .line = where.begin.line,
                         .column = where.begin.column,
                         .key = name_.empty() ? std::string(key) : name_ + "." + std::string(key),
                         .what = std::move(what),
                         .allowed = std::string(allowed)});
}

config_problem syntax_problem(const toml::parse_error& error, std::string file) {
    return {.file = std::move(file),
            .line = error.source().begin.line,
            .column = error.source().begin.column,
            .what = "this is not TOML: " + std::string(error.description()) + "."};
}

std::string type_sentence(const toml::node& node) {
    switch (node.type()) {
    case toml::node_type::table:
        return "is a table.";
    case toml::node_type::array:
        return "is a list.";
    case toml::node_type::string:
        return "is text in quotes.";
    case toml::node_type::integer:
        return "is a number without quotes.";
    case toml::node_type::floating_point:
        return "is a number with a decimal point.";
    case toml::node_type::boolean:
        return "is true or false.";
    default:
        return "is a date or time.";
    }
}

} // namespace cihost::daemon
