// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/personality/table_reader.hpp"

#include "base/suggestion.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cihost::sim {

table_reader::table_reader(const toml::table* table, std::string name, std::string_view file,
                           std::vector<std::string>& problems)
    : table_{table}
    , name_{std::move(name)}
    , file_{file}
    , problems_{problems} {}

const toml::node* table_reader::find(std::string_view key) {
    known_.emplace_back(key);
    return table_ == nullptr ? nullptr : table_->get(key);
}

bool table_reader::has(std::string_view key) const {
    return table_ != nullptr && table_->contains(key);
}

void table_reader::text(std::string_view key, std::string& to) {
    word(key, [&](const std::string& value) {
        to = value;
        return std::string{};
    });
}

void table_reader::word(std::string_view key, const word_reader& take) {
    const auto* node = find(key);
    if (node == nullptr)
        return;
    const auto* value = node->as_string();
    const auto what = value == nullptr ? "has to be text in quotes" : take(value->get());
    if (!what.empty())
        note(node->source(), key, what);
}

void table_reader::flag(std::string_view key, bool& to) {
    const auto* node = find(key);
    if (node == nullptr)
        return;
    if (const auto* value = node->as_boolean())
        to = value->get();
    else
        note(node->source(), key, "has to be true or false");
}

void table_reader::time(std::string_view key, duration& to) {
    constexpr std::int64_t a_day = 86'400'000;
    whole_number(key, 0, a_day, [&](std::int64_t value) { to = std::chrono::milliseconds{value}; });
}

void table_reader::whole_number(std::string_view key, std::int64_t least, std::int64_t most,
                                const std::function<void(std::int64_t)>& take) {
    const auto* node = find(key);
    if (node == nullptr)
        return;
    const auto* value = node->as_integer();
    if (value != nullptr && value->get() >= least && value->get() <= most)
        take(value->get());
    else
        note(node->source(), key,
             "has to be a whole number from " + std::to_string(least) + " to " +
                 std::to_string(most));
}

void table_reader::list(std::string_view key, const element_reader& take) {
    const auto* node = find(key);
    if (node == nullptr)
        return;
    const auto* elements = node->as_array();
    if (elements == nullptr) {
        note(node->source(), key, "has to be a list in square brackets");
        return;
    }
    for (const auto& element : *elements)
        if (const auto what = take(element); !what.empty())
            note(element.source(), key, what);
}

const toml::table* table_reader::table(std::string_view key) {
    const auto* node = find(key);
    if (node == nullptr)
        return nullptr;
    if (node->as_table() == nullptr)
        note(node->source(), key, "has to be a table");
    return node->as_table();
}

void table_reader::tables(std::string_view key,
                          const std::function<void(const toml::table&)>& take) {
    const auto* node = find(key);
    if (node == nullptr)
        return;
    const auto* elements = node->as_array();
    if (elements == nullptr || !elements->is_homogeneous(toml::node_type::table)) {
        note(node->source(), key, "has to be written as [[" + std::string(key) + "]]");
        return;
    }
    for (const auto& element : *elements)
        take(*element.as_table());
}

void table_reader::reject(std::string_view key, const std::string& what) {
    const auto* node = table_ == nullptr ? nullptr : table_->get(key);
    note(node != nullptr     ? node->source()
         : table_ != nullptr ? table_->source()
                             : toml::source_region{},
         key, what);
}

void table_reader::finish() {
    if (table_ == nullptr)
        return;
    for (auto&& [key, value] : *table_) {
        const std::string_view name = key.str();
        if (std::find(known_.begin(), known_.end(), name) != known_.end())
            continue;
        const auto meant = suggestion(name, known_);
        note(key.source(), name,
             meant ? "is not a known key; did you mean '" + *meant + "'?"
                   : "is not a known key; there are: " + join(known_));
    }
}

void table_reader::note(const toml::source_region& where, std::string_view key,
                        const std::string& what) {
    problems_.push_back(std::string(file_) + ":" + std::to_string(where.begin.line) + ": " +
                        (name_.empty() ? "" : name_ + ".") + std::string(key) + " " + what);
}

} // namespace cihost::sim
