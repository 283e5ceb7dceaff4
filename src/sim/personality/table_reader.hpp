// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cihost/time.hpp>

#include <toml++/toml.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cihost::sim {

/// Reads one table of a personality, and notes everything wrong with it.
///
/// Call protocol: name every key there is, with the place its value goes to; a key that is absent
/// leaves the place as it is. Then finish(), which notes the keys that nobody named.
class table_reader {
  public:
    /// `table` may be null: absent. `name` stands in front of the keys; empty for the top level.
    table_reader(const toml::table* table, std::string name, std::string_view file,
                 std::vector<std::string>& problems);

    void text(std::string_view key, std::string& to);
    void flag(std::string_view key, bool& to);
    /// Key in whole milliseconds, a day at most.
    void time(std::string_view key, duration& to);
    template<class Number>
    void number(std::string_view key, Number& to, std::int64_t least, std::int64_t most) {
        whole_number(key, least, most,
                     [&](std::int64_t value) { to = static_cast<Number>(value); });
    }
    /// A list, element by element: `take` gives a sentence when it does not like one.
    using element_reader = std::function<std::string(const toml::node&)>;
    void list(std::string_view key, const element_reader& take);
    /// A text of which `take` says what is wrong with it; empty = nothing.
    using word_reader = std::function<std::string(const std::string&)>;
    void word(std::string_view key, const word_reader& take);

    bool has(std::string_view key) const;
    /// The table of that name; null if there is none.
    const toml::table* table(std::string_view key);
    /// [[key]]: each of its tables.
    void tables(std::string_view key, const std::function<void(const toml::table&)>& take);

    void reject(std::string_view key, const std::string& what);
    void finish();

  private:
    const toml::node* find(std::string_view key);
    void whole_number(std::string_view key, std::int64_t least, std::int64_t most,
                      const std::function<void(std::int64_t)>& take);
    void note(const toml::source_region& where, std::string_view key, const std::string& what);

    const toml::table* table_;
    std::string name_;
    std::string_view file_;
    std::vector<std::string>& problems_;
    std::vector<std::string> known_;
};

} // namespace cihost::sim
